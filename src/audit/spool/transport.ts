import { AuditUnavailableError } from '../../errors.js'
import type { AuditRecord } from '../../model/record.js'

/** How much is sent at a time. */
export interface BatchLimits {
  readonly records: number
  /** Of lines; a longer record is sent by itself. */
  readonly bytes: number
  /** Milliseconds that the first record waits for others. */
  readonly lingerMs: number
}

/** The way to one peer. It is called with one batch after the other, never with two at a time. */
export interface Transport {
  readonly limits: BatchLimits
  /**
   * Resolves when the peer has acknowledged all of the records. After a rejection nobody knows which it has; they
   * are sent again.
   *
   * @param signal ends the attempt.
   * @throws PeerRefusalError where sending the same again is of no use; anything else is tried again.
   */
  send(records: readonly AuditRecord[], signal: AbortSignal): Promise<void>
  /** Lets go of connections. */
  close?(): Promise<void>
}

/** The peer cannot be reached, or cannot take records now. */
export class PeerAwayError extends AuditUnavailableError {
  /** How long the peer asks to be left alone. */
  readonly retryAfterMs: number

  constructor(message: string, retryAfterMs = 0) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }
}

/** The peer has looked at the records and will never take them. */
export class PeerRefusalError extends AuditUnavailableError {}
