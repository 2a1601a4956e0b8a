/** Connections to a MySQL or MariaDB server as a door uses them: commands out, packets in, nothing interpreted. */
import type { Hears } from './answers.js'

/** Connections under one account of one database. */
export interface MysqlUpstreams {
  /**
   * A connection for one client, its session as every session is lent.
   *
   * @throws CardeaError CARDEA_CONNECTION_FAILED; an `UpstreamRefusal` where the server said why.
   */
  acquire(signal: AbortSignal): Promise<MysqlUpstream>
  readonly used: number
  readonly idle: number
  /** Ends what is idle, and whatever is given back from here on. */
  close(): Promise<void>
}

/** One connection, lent to one client. */
export interface MysqlUpstream {
  readonly version: string
  readonly isMariadb: boolean
  /** Rows end with an OK packet. */
  readonly deprecatesEof: boolean
  /** Column definitions have a part of MariaDB's own. */
  readonly extendedMetadata: boolean
  readonly isOpen: boolean
  /** Nothing is under way. */
  readonly isQuiet: boolean
  ask(command: Buffer, hears: Hears): void
  /** A command that nobody answers. */
  tell(command: Buffer): void
  /** What is asked in between goes out in one write. */
  together(work: () => void): void
  pause(): void
  resume(): void
  /** Has the server stop what runs; resolves when it has been told. */
  cancel(): Promise<void>
  /**
   * Discards what the session holds, open transactions included, with nothing under way.
   *
   * @returns whether it is as it was lent; the connection is of no use otherwise.
   */
  reset(): Promise<boolean>
  /**
   * Gives the connection back, with nothing under way. What its session holds is discarded and that is verified
   * before another client gets it; otherwise it is closed.
   */
  release(): Promise<void>
  /** Closes it, whatever it does. */
  destroy(): void
}
