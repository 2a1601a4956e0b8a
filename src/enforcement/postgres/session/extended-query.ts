/**
 * Extended query. Parse and Bind only prepare; what a portal does is decided when it is executed, however old its
 * statement, and before the server has planned it.
 */

import { Binding } from './binding.js'
import { describe, learnTypes } from './describe.js'
import { protocolError } from './errors.js'
import { finish } from './finish.js'
import { CLOSED, PARSED, REQUEST } from './message-types.js'
import { refusedName } from './names.js'
import { isUnknown, parameterValues } from './parameters.js'
import { type BindRequest, readBind, readExecute, readNamed, readParse } from './reads.js'
import { Portal, type Prepared, preparedOf } from './registry.js'
import { runPortal } from './run-portal.js'
import type { SessionState } from './session-state.js'

/** @param bytes a message of the client's, between `start` and `end`; here and below. */
export function parse(
  state: SessionState,
  bytes: Buffer,
  start: number,
  end: number,
): Promise<void> | undefined {
  return afterBinds(state, bytes, start, end, parsed)
}

function parsed(state: SessionState, bytes: Buffer, start: number, end: number): Promise<void> | undefined {
  const { registry, leg, client, governed, holding } = state
  const { name, text, types } = readParse(bytes, start, end)
  const refused = refusedName(name) ?? holding.add(text.length)
  if (refused !== undefined) return state.refuse(refused)
  const before = registry.statements.get(name)
  const statement = preparedOf(query => governed.read(query), name, text, types)
  registry.statements.set(name, statement)
  const skipped = (): void => {
    if (registry.statements.get(name) !== statement) return
    if (before === undefined) registry.statements.delete(name)
    else registry.statements.set(name, before)
  }
  leg.push(own(bytes, start, end), 'parse', {
    message: () => client.put(PARSED),
    failed: error => {
      skipped()
      state.reportBeside(error)
    },
    skipped,
  })
  return holding.isDue(end - start) ? leg.flush() : undefined
}

export function bind(
  state: SessionState,
  bytes: Buffer,
  start: number,
  end: number,
): Promise<void> | undefined {
  return afterBinds(state, bytes, start, end, boundOnce)
}

function boundOnce(
  state: SessionState,
  bytes: Buffer,
  start: number,
  end: number,
): Promise<void> | undefined {
  const { registry, holding } = state
  const whole = own(bytes, start, end)
  const request = readBind(whole, 0, whole.length)
  const statement = registry.statements.get(request.statement)
  // The name of one that is there has been looked at.
  const named = statement === undefined ? refusedName(request.statement) : undefined
  const refused = named ?? refusedName(request.portal) ?? holding.add(whole.length)
  if (refused !== undefined) return state.refuse(refused)
  if (statement === undefined) return state.refuse(NO_STATEMENT)
  if (!isUnknown(request, statement.types)) return bound(state, request, statement)
  return learnTypes(state, statement).then(() =>
    state.skipping ? undefined : bound(state, request, statement),
  )
}

function bound(state: SessionState, request: BindRequest, statement: Prepared): undefined {
  const { registry } = state
  const values = parameterValues(request, statement.types)
  const portal = new Portal(request.portal, statement, values, request.bytes)
  portal.binding = new Binding(state, portal)
  registry.portals.set(request.portal, portal)
  registry.unsent = portal
  return undefined
}

export function describeNamed(
  state: SessionState,
  bytes: Buffer,
  start: number,
  end: number,
): Promise<void> | undefined {
  const { kind, name } = readNamed(bytes, start, end)
  const binding = bindAll(state, kind === 'P' ? name : undefined)
  if (binding === undefined) return described(state, kind, name)
  return binding.then(() => (state.skipping ? undefined : described(state, kind, name)))
}

function described(state: SessionState, kind: 'S' | 'P', name: string): Promise<void> | undefined {
  const { registry, client } = state
  if (kind === 'S') {
    const statement = registry.statements.get(name)
    return statement === undefined ? state.refuse(NO_STATEMENT) : describe(state, { statement })
  }
  const portal = registry.portals.get(name)
  if (portal === undefined) return state.refuse(NO_PORTAL)
  // Told with the rows themselves, so that what is said and what comes is one decision.
  if (client.peek() === REQUEST.execute && portal.bind !== undefined) {
    portal.describes = true
    return undefined
  }
  return describe(state, { statement: portal.statement, portal })
}

export function execute(state: SessionState, bytes: Buffer, start: number, end: number): Promise<unknown> {
  const { portal, rows } = readExecute(bytes, start, end)
  const binding = bindAll(state, portal)
  if (binding === undefined) return executed(state, portal, rows)
  return binding.then(() => (state.skipping ? undefined : executed(state, portal, rows)))
}

function executed(state: SessionState, name: string, rows: number): Promise<unknown> {
  const portal = state.registry.portals.get(name)
  if (portal === undefined) return state.refuse(NO_PORTAL)
  const describes = portal.describes ? 'always' : 'never'
  return runPortal(state, portal, { rows, last: state.syncFollows, describes, approved: undefined })
}

export function close(
  state: SessionState,
  bytes: Buffer,
  start: number,
  end: number,
): Promise<void> | undefined {
  const { name } = readNamed(bytes, start, end)
  const refused = refusedName(name)
  return refused === undefined ? afterBinds(state, bytes, start, end, closed) : state.refuse(refused)
}

function closed(state: SessionState, bytes: Buffer, start: number, end: number): Promise<void> | undefined {
  const { registry, leg, client, holding } = state
  const { kind, name } = readNamed(bytes, start, end)
  const map = kind === 'S' ? registry.statements : registry.portals
  map.delete(name)
  leg.push(own(bytes, start, end), 'close', {
    message: () => client.put(CLOSED),
    failed: error => state.reportBeside(error),
  })
  return holding.isDue(end - start) ? leg.flush() : undefined
}

/** Everything that the client has asked for so far is answered. */
export async function flush(state: SessionState): Promise<void> {
  await bindAll(state)
  await state.leg.flush()
  await state.client.flush()
}

export function sync(state: SessionState): Promise<void> | undefined {
  const binding = state.skipping ? undefined : bindAll(state)
  return binding === undefined ? finish(state) : binding.then(() => finish(state))
}

/**
 * A Bind is sent with the Execute that it is judged for. Before anything else it goes first, also where it is neither
 * described nor executed: its answer has its place, the server may have something to say, and what follows may give
 * its statement's name to another.
 *
 * @param but the portal that is described or executed next.
 */
export function bindAll(state: SessionState, but?: string): Promise<void> | undefined {
  const { unsent } = state.registry
  if (unsent === undefined || unsent.name === but || unsent.bind === undefined) return undefined
  return describe(state, { statement: unsent.statement, portal: unsent, silent: true })
}

function afterBinds(
  state: SessionState,
  bytes: Buffer,
  start: number,
  end: number,
  then: typeof parsed,
): Promise<void> | undefined {
  const binding = bindAll(state)
  if (binding === undefined) return then(state, bytes, start, end)
  return binding.then(() => (state.skipping ? undefined : then(state, bytes, start, end)))
}

/** Bytes that outlive the message: they wait to be sent. */
function own(bytes: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start)
  bytes.copy(copy, 0, start, end)
  return copy
}

const NO_STATEMENT = protocolError('26000', 'The prepared statement does not exist.')
const NO_PORTAL = protocolError('34000', 'The portal does not exist.')
