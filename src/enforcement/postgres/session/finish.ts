/** The end of an exchange: the server says how the transaction stands, and the client is told just that. */

import { LateError } from '../../wire/late.js'
import { engineError } from './errors.js'
import { ANSWER, SYNC } from './message-types.js'
import { told } from './run-portal.js'
import type { SessionState } from './session-state.js'

/** @returns nothing where the client has been told at once. */
export function finish(state: SessionState): Promise<void> | undefined {
  const waiting = state.synced ? state.uncommitted.recorded() : synchronised(state)
  return waiting === undefined ? tellReady(state) : waiting.then(() => tellReady(state))
}

async function synchronised(state: SessionState): Promise<void> {
  const { leg, uncommitted } = state
  // What the implicit transaction could not commit.
  const failed = (bytes: Buffer): void => state.fail(told(new LateError(engineError(bytes))))
  leg.push(SYNC, 'sync', { failed })
  await leg.flush()
  await uncommitted.recorded()
}

function tellReady(state: SessionState): Promise<void> | undefined {
  const { leg, client, registry } = state
  if (leg.isLost) return undefined
  if (state.skipping) registry.forgetUnsent()
  state.synced = false
  state.skipping = false
  if (leg.status === 'I') registry.transactionEnded()
  client.put(READY[leg.status])
  // What the client has asked for next may take its time, or need people: this answer does not wait for it.
  return client.flush()
}

function ready(status: string): Buffer {
  return Buffer.from([ANSWER.readyForQuery, 0, 0, 0, 5, status.charCodeAt(0)])
}

const READY = Object.freeze({ I: ready('I'), T: ready('T'), E: ready('E') })
