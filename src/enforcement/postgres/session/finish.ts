/** The end of an exchange: the server says how the transaction stands, and the client is told just that. */
import { engineError } from './errors.js'
import { LateError } from './late.js'
import { ANSWER, SYNC } from './message-types.js'
import { told } from './run-portal.js'
import type { SessionState } from './session-state.js'

export async function finish(state: SessionState): Promise<void> {
  const { leg, client, registry } = state
  if (!state.synced) {
    leg.push(SYNC, {
      kind: 'sync',
      // What the implicit transaction could not commit.
      failed: bytes => state.fail(told(new LateError(engineError(bytes)))),
    })
    await leg.flush()
  }
  const recorded = state.uncommitted.recorded()
  if (recorded !== undefined) await recorded
  if (leg.isLost) return
  if (state.skipping) registry.forgetUnbound()
  state.synced = false
  state.skipping = false
  if (leg.status === 'I') registry.transactionEnded()
  client.put(READY[leg.status])
  // What the client has asked for next may take its time, or need people: this answer does not wait for it.
  const taking = client.flush()
  if (taking !== undefined) await taking
}

function ready(status: string): Buffer {
  return Buffer.from([ANSWER.readyForQuery, 0, 0, 0, 5, status.charCodeAt(0)])
}

const READY = Object.freeze({ I: ready('I'), T: ready('T'), E: ready('E') })
