import { CardeaError } from '../../errors.js'

/** The server has said no. Its own words may name accounts, so only its SQLSTATE is kept. */
export class UpstreamRefusal extends CardeaError {
  constructor(
    readonly sqlState: string,
    what: 'connection' | 'settings',
  ) {
    super(
      'CARDEA_CONNECTION_FAILED',
      what === 'connection'
        ? `The database refused the gateway's connection (SQLSTATE ${sqlState}). The operator has to look at its account.`
        : `The database refused a setting that the client asked for (SQLSTATE ${sqlState}).`,
    )
  }
}

/** A connection that could not be made, or is no longer one. Never says what was sent. */
export function connectionFailed(why: string): CardeaError {
  return new CardeaError('CARDEA_CONNECTION_FAILED', why)
}
