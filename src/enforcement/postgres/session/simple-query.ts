/** Simple query: one text, any number of commands, one implicit transaction around them. */
import { isRefusal } from '../../../model/refusal.js'
import type { SessionCommand } from '../../../model/session.js'
import { refusalError } from './errors.js'
import { bindAll } from './extended-query.js'
import { finish } from './finish.js'
import { EMPTY_QUERY } from './message-types.js'
import { Portal, preparedFrom } from './registry.js'
import { parseMessage, UNNAMED_BIND } from './requests.js'
import { type Approved, approvePortal, type HowToRun, runPortal, told } from './run-portal.js'
import type { SessionState } from './session-state.js'

export async function simpleQuery(state: SessionState, text: string): Promise<void> {
  const { governed, client, registry, leg } = state
  const binding = bindAll(state)
  if (binding !== undefined) await binding
  const commands = governed.read(text)
  // The protocol ends the unnamed ones with every simple query.
  registry.statements.delete('')
  registry.portals.delete('')
  if (leg.busy) await leg.flush()
  const [first] = commands
  if (first === undefined) client.put(EMPTY_QUERY)
  else if (state.skipping) {
    // What came before it has failed.
  } else if (commands.length === 1) await run(state, portalOf(state, first), ONLY)
  else await runAll(state, commands)
  const taking = finish(state)
  if (taking !== undefined) await taking
}

/** All are cleared before the first is run; where one fails, the rest is passed over and all are rolled back. */
async function runAll(state: SessionState, commands: readonly SessionCommand[]): Promise<void> {
  const portals = commands.map(command => portalOf(state, command))
  const approved = await approveAll(state, portals)
  if (approved === undefined) return
  for (const [at, portal] of portals.entries()) {
    const isLast = at === portals.length - 1
    if (!(await run(state, portal, { ...(isLast ? ONLY : EARLIER), approved: approved[at] }))) return
  }
}

async function run(state: SessionState, portal: Portal, how: HowToRun): Promise<boolean> {
  state.leg.push(parseMessage('', portal.statement.text), 'parse')
  portal.bind = UNNAMED_BIND
  const ended = await runPortal(state, portal, how)
  state.described = portal.statement.described
  return ended
}

const ONLY: HowToRun = Object.freeze({ rows: 0, last: () => true, describes: 'columns', approved: undefined })
const EARLIER: HowToRun = Object.freeze({ ...ONLY, last: () => false })

async function approveAll(
  state: SessionState,
  portals: readonly Portal[],
): Promise<readonly (Approved | undefined)[] | undefined> {
  const approved: (Approved | undefined)[] = []
  for (const portal of portals) {
    try {
      const one = await approvePortal(state, portal)
      if (one !== undefined && isRefusal(one)) {
        await state.refuse(refusalError(one))
        return undefined
      }
      approved.push(one)
    } catch (error) {
      await state.refuse(told(error))
      return undefined
    }
  }
  return approved
}

function portalOf(state: SessionState, command: SessionCommand): Portal {
  const statement = preparedFrom(command, '', command.text)
  // Texts that follow each other mostly give the same columns.
  statement.described = state.described
  return new Portal('', statement, NO_VALUES, undefined)
}

const NO_VALUES: readonly unknown[] = Object.freeze([])
