/** Simple query: one text, any number of commands, one implicit transaction around them. */
import { isRefusal } from '../../../model/refusal.js'
import { refusalError } from './errors.js'
import { bindAll } from './extended-query.js'
import { finish } from './finish.js'
import { ANSWER } from './message-types.js'
import { type Portal, preparedOf } from './registry.js'
import { parseMessage, plainBind } from './requests.js'
import { type Approved, approvePortal, runPortal, told } from './run-portal.js'
import type { SessionState } from './session-state.js'

const EMPTY = Buffer.from([ANSWER.emptyQuery, 0, 0, 0, 4])

export async function simpleQuery(state: SessionState, text: string): Promise<void> {
  const { governed, client, registry, leg } = state
  if (!state.skipping) await bindAll(state)
  const commands = governed.read(text)
  // The protocol ends the unnamed ones with every simple query.
  registry.statements.delete('')
  registry.portals.delete('')
  if (leg.busy) await leg.flush()
  if (commands.length === 0) client.put(EMPTY)
  else if (!state.skipping)
    await runAll(
      state,
      commands.map(command => portalOf(state, command.text)),
    )
  await finish(state)
}

/** All are cleared before the first is run; where one fails, the rest is passed over and all are rolled back. */
async function runAll(state: SessionState, portals: readonly Portal[]): Promise<void> {
  const approved = portals.length === 1 ? [undefined] : await approveAll(state, portals)
  if (approved === undefined) return
  for (const [at, portal] of portals.entries()) {
    const { text } = portal.statement
    const last = at === portals.length - 1
    state.leg.push(parseMessage('', text), { kind: 'parse' })
    portal.bind = plainBind('', '')
    const ended = await runPortal(state, portal, {
      rows: 0,
      last: () => last,
      describes: 'columns',
      approved: approved[at],
    })
    if (!ended) return
  }
}

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

function portalOf({ governed }: SessionState, text: string): Portal {
  const statement = preparedOf(query => governed.read(query), '', text, [])
  return { name: '', statement, values: [], bind: undefined, hold: false }
}
