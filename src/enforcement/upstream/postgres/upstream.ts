/** Connections to a PostgreSQL server as a door uses them: messages in, messages out, nothing interpreted. */

import type { RowsReceiver } from './frames.js'

/** Connections under one account of one database. */
export interface PgUpstreams {
  /**
   * A connection for one client, with the session settings given and otherwise as the server starts one.
   *
   * @param settings by lower-case name, as a client's start-up packet may ask for.
   * @throws CardeaError CARDEA_CONNECTION_FAILED; an `UpstreamRefusal` where the server said why.
   */
  acquire(settings: ReadonlyMap<string, string>, signal: AbortSignal): Promise<PgUpstream>
  readonly used: number
  readonly idle: number
  /** Ends what is idle, and whatever is given back from here on. */
  close(): Promise<void>
}

/** One connection, lent to one client. */
export interface PgUpstream {
  /** The server's own process id, which the client is told too. */
  readonly pid: number
  /** Settings as the server last reported them (ParameterStatus), by the server's own spelling. */
  readonly parameters: ReadonlyMap<string, string>
  /** From here on messages go to the receiver. There is one at a time. */
  attach(receiver: PgReceiver): void
  /** Writes whole messages. @returns false when the socket would rather be waited for, see `drained`. */
  send(bytes: Buffer): boolean
  drained(): Promise<void>
  /** Takes nothing more from the server until `resume`; messages that have arrived already still come. */
  pause(): void
  resume(): void
  /** Asks the server to stop the running statement; resolves when the server has taken the request. */
  cancel(): Promise<void>
  /**
   * Gives the connection back: outside of any transaction, with nothing under way. What its session holds is
   * discarded and that is verified before another client gets it; otherwise it is closed.
   */
  release(): Promise<void>
  /** Closes it, whatever it does. */
  destroy(): void
}

export interface PgReceiver {
  /**
   * One whole message: `bytes[start]` is its type, `bytes.subarray(start + 5, end)` its body. The bytes stay as
   * they are; nobody writes into them afterwards but the receiver.
   */
  message(type: number, bytes: Buffer, start: number, end: number): void
  /** So many DataRow messages back to back. Absent: each is told as a message. */
  readonly rows?: RowsReceiver
  /** Every whole message of what has arrived together has been handed over. */
  arrived(): void
  /** The connection is gone. */
  closed(error?: Error): void
}
