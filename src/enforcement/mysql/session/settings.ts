/**
 * What a client may SET without being judged: how long things may take, in which time zone times are written, and
 * nothing of what a statement means or who it is for.
 *
 * @see https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html
 */
import type { SessionSetting } from '../../../model/session.js'
import { HARMLESS_MODES } from '../../upstream/mysql/housekeeping.js'

type Rule = (value: string | null, setting: SessionSetting) => string | null | undefined

const CHARSET = /^(utf8|utf8mb3|utf8mb4)$/i
const COLLATION = /^utf8mb4_[a-z0-9_]{1,48}$/i
const ON = /^(1|on|true)$/i
const OFF = /^(0|off|false)$/i
const NUMBER = /^\d{1,10}(\.\d{1,6})?$/

/** Pinned already, or told to the client as it wants it. */
const charset: Rule = value => (value === null || CHARSET.test(value) ? null : undefined)

const collation: Rule = value => {
  if (value === null || /^utf8(mb3)?_/i.test(value)) return null
  return COLLATION.test(value) ? `set session collation_connection = '${value}'` : undefined
}

const number: Rule = (value, { name }) => {
  if (value === null) return `set session ${name} = default`
  return NUMBER.test(value) ? `set session ${name} = ${value}` : undefined
}

/**
 * By name: the statement that the server is sent, null where nothing has to be, undefined where it may not be set.
 * Results always come in UTF-8, so that everything in them can be read.
 */
const RULES: Readonly<Record<string, Rule>> = Object.freeze({
  names: charset,
  'character set': charset,
  character_set_client: charset,
  character_set_connection: charset,
  character_set_results: value =>
    value === null || /^(null|binary)$/i.test(value) ? null : charset(value, NONE),
  collation,
  collation_connection: collation,
  autocommit: value => {
    if (value === null || ON.test(value)) return 'set session autocommit = 1'
    return OFF.test(value) ? 'set session autocommit = 0' : undefined
  },
  sql_mode: value => {
    const modes = (value ?? '').split(',').map(mode => mode.trim().toUpperCase())
    const kept = modes.filter(mode => mode !== '' && mode !== 'IGNORE_SPACE')
    if (value === null || !kept.every(mode => HARMLESS_MODES.includes(mode))) return undefined
    return `set session sql_mode = '${[...kept, 'IGNORE_SPACE'].join(',')}'`
  },
  sql_auto_is_null: value => (value !== null && OFF.test(value) ? null : undefined),
  sql_select_limit: number,
  sql_safe_updates: value =>
    value !== null && ON.test(value) ? 'set session sql_safe_updates = 1' : undefined,
  group_concat_max_len: number,
  wait_timeout: number,
  interactive_timeout: number,
  net_read_timeout: number,
  net_write_timeout: number,
  lock_wait_timeout: number,
  innodb_lock_wait_timeout: number,
  max_execution_time: number,
  max_statement_time: number,
  time_zone: value => {
    if (value === null) return 'set session time_zone = default'
    return /^[\w+\-/:]{1,64}$/.test(value) ? `set session time_zone = '${value}'` : undefined
  },
  'transaction isolation': (value, { scope }) =>
    `set ${scope === 'session' ? 'session ' : ''}transaction isolation level ${value}`,
  transaction_isolation: level,
  tx_isolation: level,
})

const NONE: SessionSetting = Object.freeze({ name: '', value: null, scope: 'session' })

function level(value: string | null): string | undefined {
  const words = (value ?? '').replaceAll('-', ' ').toLowerCase()
  return /^(read uncommitted|read committed|repeatable read|serializable)$/.test(words)
    ? `set session transaction isolation level ${words}`
    : undefined
}

/**
 * @returns what the server has to be sent, in order; undefined where one of them may not be set so, and the whole is
 *   for policy to judge.
 * @example
 * statementsOf([{ name: 'time_zone', value: '+00:00', scope: 'session' }]) // ["set session time_zone = '+00:00'"]
 */
export function statementsOf(settings: readonly SessionSetting[]): readonly string[] | undefined {
  const statements: string[] = []
  for (const setting of settings) {
    const rule = Object.hasOwn(RULES, setting.name) ? RULES[setting.name] : undefined
    const statement = rule?.(setting.value, setting)
    if (statement === undefined) return undefined
    if (statement !== null) statements.push(statement)
  }
  return statements
}

/** For those whose SET was refused. */
export const MAY_BE_SET = `These may be SET, to values that change nothing of what is read: ${Object.keys(RULES).join(', ')}.`
