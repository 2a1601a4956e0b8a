/** Why a client is not let in, in the words and codes of the protocol. */
import { CardeaError } from '../../../errors.js'
import { FrameIllegal, FrameTooLong } from '../../upstream/postgres/frames.js'
import { UpstreamRefusal } from '../../upstream/refusal.js'
import { NOT_MADE } from '../../wire/words.js'
import { errorMessage } from '../session/errors.js'

/** The client is told and left. `sqlState`: https://www.postgresql.org/docs/current/errcodes-appendix.html */
export class Farewell extends Error {
  override readonly name = 'Farewell'
  constructor(
    readonly sqlState: string,
    message: string,
  ) {
    super(message)
  }
}

/** A whole ErrorResponse. Of errors that are not Cardea's own it says nothing but that there was one. */
export function farewellMessage(error: unknown): Buffer {
  const { code, message, detail } = told(error)
  return errorMessage({
    failed: true,
    severity: 'FATAL',
    code,
    message: `cardea: ${message}`,
    ...(detail === undefined ? {} : { detail }),
  })
}

function told(error: unknown): { readonly code: string; readonly message: string; readonly detail?: string } {
  if (error instanceof Farewell) return { code: error.sqlState, message: error.message }
  if (error instanceof FrameTooLong || error instanceof FrameIllegal) {
    return { code: '08P01', message: `${error.message}.` }
  }
  if (error instanceof UpstreamRefusal) {
    // Its own class 28 and 3D mean the gateway's account, not the client's.
    const settings = error.sqlState.startsWith('22')
    return { code: settings ? error.sqlState : '08006', message: error.message, detail: error.code }
  }
  if (error instanceof CardeaError) {
    return { code: STATES[error.code] ?? '58000', message: error.message, detail: error.code }
  }
  return { code: 'XX000', message: NOT_MADE }
}

const STATES: Readonly<Record<string, string>> = Object.freeze({
  CARDEA_IDENTITY_REFUSED: '28000',
  CARDEA_AGENT_STOPPED: '28000',
  CARDEA_DATA_SOURCE_UNKNOWN: '3D000',
  CARDEA_TOO_MANY_REQUESTS: '53300',
  CARDEA_CLOSED: '57P03',
  // Drivers try the next server, or this one again, as for a server that is starting up.
  CARDEA_STORE_UNAVAILABLE: '57P03',
  CARDEA_CONNECTION_FAILED: '08006',
})
