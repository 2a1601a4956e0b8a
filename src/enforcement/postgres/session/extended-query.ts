/**
 * Extended query. Parse and Bind only prepare; what a portal does is decided when it is executed, however old its
 * statement, and before the server has planned it.
 */

import { describe, learnTypes } from './describe.js'
import { protocolError } from './errors.js'
import { finish } from './finish.js'
import { ANSWER, REQUEST } from './message-types.js'
import { refusedName } from './names.js'
import { isUnknown, parameterValues } from './parameters.js'
import { type BindRequest, readBind, readExecute, readNamed, readParse } from './reads.js'
import { type Portal, type Prepared, preparedOf } from './registry.js'
import { runPortal } from './run-portal.js'
import type { SessionState } from './session-state.js'

const complete = (type: number): Buffer => Buffer.from([type, 0, 0, 0, 4])
const PARSED = complete(ANSWER.parseComplete)
const BOUND = complete(ANSWER.bindComplete)
const CLOSED = complete(ANSWER.closeComplete)

/** A message of the client's, as bytes of its own: they outlive the next one. */
export function parse(state: SessionState, bytes: Buffer): Promise<void> | undefined {
  return afterBinds(state, bytes, parsed)
}

function parsed(state: SessionState, bytes: Buffer): Promise<void> | undefined {
  const { registry, leg, client, governed, holding } = state
  const { name, text, types } = readParse(bytes, 0, bytes.length)
  const refused = refusedName(name) ?? holding.add(text.length)
  if (refused !== undefined) return state.refuse(refused)
  const before = registry.statements.get(name)
  const statement = preparedOf(query => governed.read(query), name, text, types)
  registry.statements.set(name, statement)
  const back = (): void => {
    if (registry.statements.get(name) !== statement) return
    if (before === undefined) registry.statements.delete(name)
    else registry.statements.set(name, before)
  }
  leg.push(bytes, {
    kind: 'parse',
    message: () => client.put(PARSED),
    failed: error => {
      back()
      reported(state, error)
    },
    skipped: back,
  })
  return holding.isDue(bytes.length) ? leg.flush() : undefined
}

export function bind(state: SessionState, bytes: Buffer): Promise<void> | undefined {
  return afterBinds(state, bytes, boundOnce)
}

function boundOnce(state: SessionState, bytes: Buffer): Promise<void> | undefined {
  const { registry } = state
  const request: BindRequest = readBind(bytes, 0, bytes.length)
  const refused =
    refusedName(request.statement) ?? refusedName(request.portal) ?? state.holding.add(bytes.length)
  if (refused !== undefined) return state.refuse(refused)
  const statement = registry.statements.get(request.statement)
  if (statement === undefined) {
    return state.refuse(protocolError('26000', 'The prepared statement does not exist.'))
  }
  if (!isUnknown(request, statement.types)) return bound(state, request, statement, bytes)
  return learnTypes(state, statement).then(() =>
    state.skipping ? undefined : bound(state, request, statement, bytes),
  )
}

function bound(state: SessionState, request: BindRequest, statement: Prepared, bytes: Buffer): undefined {
  const { registry, client } = state
  let before = registry.portals.get(request.portal)
  // Where the server does not take it, what it has under that name is what it had: a cursor that is held, say.
  const back = (): void => {
    if (registry.portals.get(request.portal) !== portal) return
    if (before === undefined) registry.portals.delete(request.portal)
    else registry.portals.set(request.portal, before)
  }
  const portal: Portal = {
    name: request.portal,
    statement,
    values: parameterValues(request, statement.types),
    bind: bytes,
    binding: {
      message: () => {
        // Gone for good: without an end of the transaction each would hold the one before.
        before = undefined
        client.put(BOUND)
      },
      failed: error => {
        back()
        reported(state, error)
      },
      skipped: back,
    },
    ...(statement.told === undefined ? {} : { told: statement.told }),
    hold: false,
  }
  registry.portals.set(request.portal, portal)
  return undefined
}

export async function describeNamed(state: SessionState, bytes: Buffer): Promise<void> {
  const { registry, client } = state
  const { kind, name } = readNamed(bytes, 0, bytes.length)
  const binding = bindAll(state, kind === 'P' ? name : undefined)
  if (binding !== undefined) await binding
  if (state.skipping) return
  if (kind === 'S') {
    const statement = registry.statements.get(name)
    if (statement === undefined)
      return state.refuse(protocolError('26000', 'The prepared statement does not exist.'))
    return describe(state, { statement })
  }
  const portal = registry.portals.get(name)
  if (portal === undefined) return state.refuse(NO_PORTAL)
  // Told with the rows themselves, so that what is said and what comes is one decision.
  if (client.peek() === REQUEST.execute && portal.bind !== undefined) {
    portal.describes = true
    return
  }
  return describe(state, { statement: portal.statement, portal })
}

export async function execute(state: SessionState, bytes: Buffer): Promise<void> {
  const { registry, client } = state
  const { portal: name, rows } = readExecute(bytes, 0, bytes.length)
  const binding = bindAll(state, name)
  if (binding !== undefined) await binding
  if (state.skipping) return
  const portal = registry.portals.get(name)
  if (portal === undefined) return state.refuse(NO_PORTAL)
  await runPortal(state, portal, {
    rows,
    last: () => client.peek() === REQUEST.sync,
    describes: portal.describes === true ? 'always' : 'never',
  })
}

export async function close(state: SessionState, bytes: Buffer): Promise<void> {
  const { registry, leg, client, holding } = state
  const { kind, name } = readNamed(bytes, 0, bytes.length)
  const refused = refusedName(name)
  if (refused !== undefined) return state.refuse(refused)
  await bindAll(state)
  if (state.skipping) return
  const map = kind === 'S' ? registry.statements : registry.portals
  map.delete(name)
  leg.push(bytes, {
    kind: 'close',
    message: () => client.put(CLOSED),
    failed: error => reported(state, error),
  })
  if (holding.isDue(bytes.length)) await leg.flush()
}

/** Everything that the client has asked for so far is answered. */
export async function flush(state: SessionState): Promise<void> {
  await bindAll(state)
  await state.leg.flush()
  await state.client.flush()
}

export async function sync(state: SessionState): Promise<void> {
  if (!state.skipping) await bindAll(state)
  await finish(state)
}

/**
 * A Bind is sent with the Execute that it is judged for. Before anything else it goes first, also where it is neither
 * described nor executed: its answer has its place, the server may have something to say, and what follows may give
 * its statement's name to another.
 *
 * @param but the portal that is described or executed next.
 */
export function bindAll(state: SessionState, but?: string): Promise<void> | undefined {
  for (const { bind, name } of state.registry.portals.values()) {
    if (bind !== undefined && name !== but) return bindEach(state, but)
  }
  return undefined
}

async function bindEach(state: SessionState, but?: string): Promise<void> {
  for (const portal of state.registry.portals.values()) {
    if (portal.bind === undefined || portal.name === but || state.skipping) continue
    await describe(state, { statement: portal.statement, portal, silent: true })
  }
}

function afterBinds(
  state: SessionState,
  bytes: Buffer,
  then: (state: SessionState, bytes: Buffer) => Promise<void> | undefined,
): Promise<void> | undefined {
  const binding = bindAll(state)
  if (binding === undefined) return then(state, bytes)
  return binding.then(() => (state.skipping ? undefined : then(state, bytes)))
}

function reported(state: SessionState, error: Buffer): void {
  // The statement under way answers for what was sent along with it.
  if (state.notices === undefined) state.report(error)
}

const NO_PORTAL = protocolError('34000', 'The portal does not exist.')
