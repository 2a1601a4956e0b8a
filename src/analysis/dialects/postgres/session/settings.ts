/** SET, RESET and SET TRANSACTION, told apart. */
import type { CommandKind } from '../../../../model/session.js'
import { constantValue } from '../lower-expression.js'
import { isOn } from '../lower-utility.js'
import { type Body, childNodes, expectFields, fieldSet, flag, type TreeNode, word } from '../tree.js'

const SET = fieldSet('kind', 'name', 'args', 'jumble_args', 'is_local')
const DEF_ELEM = fieldSet('defname', 'arg', 'defaction')

/** Whose rights apply is no setting like the others, though it is set like one. */
const IDENTITIES: ReadonlySet<string> = new Set(['role', 'session_authorization'])

/** What SET SESSION CHARACTERISTICS sets for later transactions. */
const CHARACTERISTICS: Readonly<Record<string, string>> = {
  transaction_isolation: 'default_transaction_isolation',
  transaction_read_only: 'default_transaction_read_only',
  transaction_deferrable: 'default_transaction_deferrable',
}

export function settingCommand(body: Body): CommandKind | null {
  expectFields('VariableSetStmt', body, SET)
  const kind = word(body, 'kind')
  if (kind === 'VAR_RESET_ALL') return { kind: 'reset-all' }
  if (kind === 'VAR_SET_MULTI') return severalSettings(body)
  const setting = word(body, 'name').toLowerCase()
  const local = flag(body, 'is_local')
  if (IDENTITIES.has(setting)) return null
  if (kind === 'VAR_RESET' || kind === 'VAR_SET_DEFAULT') return { kind: 'set', setting, value: null, local }
  if (kind !== 'VAR_SET_VALUE') return null
  const value = constants(childNodes(body, 'args'))
  return value === null ? null : { kind: 'set', setting, value, local }
}

function severalSettings(body: Body): CommandKind | null {
  const name = word(body, 'name')
  if (name === 'TRANSACTION') {
    const readWrite = asksToWrite(childNodes(body, 'args'))
    return { kind: 'transaction', verb: 'set transaction', readWrite }
  }
  const [option, more] = childNodes(body, 'args')
  // Two settings in one are no SET of one setting.
  if (name !== 'SESSION CHARACTERISTICS' || option?.type !== 'DefElem' || more !== undefined) return null
  expectFields('DefElem', option.body, DEF_ELEM)
  const setting = CHARACTERISTICS[word(option.body, 'defname')]
  if (setting === undefined) return null
  const local = flag(body, 'is_local')
  if (setting !== 'default_transaction_isolation')
    return { kind: 'set', setting, value: [isOn(option.body) ? 'on' : 'off'], local }
  const value = constants(childNodes({ args: [option.body['arg']] }, 'args'))
  return value === null ? null : { kind: 'set', setting, value, local }
}

/** Whether one of a transaction's options is READ WRITE. */
export function asksToWrite(options: readonly TreeNode[]): boolean {
  return options.some(({ type, body }) => {
    return type === 'DefElem' && word(body, 'defname') === 'transaction_read_only' && !isOn(body)
  })
}

function constants(nodes: readonly TreeNode[]): readonly string[] | null {
  const values: string[] = []
  for (const { type, body } of nodes) {
    const value = type === 'A_Const' ? constantValue(body) : null
    if (value === null) return null
    values.push(String(value))
  }
  return values.length === 0 ? null : values
}
