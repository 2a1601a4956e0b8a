import type { Registry } from 'prom-client'
import type { Standing } from '../operation/readiness.js'

/** What a client knows its session by, in order to cancel what it runs: PostgreSQL's process id and secret. */
export interface CancelKey {
  readonly pid: number
  /** Base64. */
  readonly secret: string
}

/** What the others ask of one process. */
export interface Seated {
  readonly registry: Registry
  sound(): boolean
  standing(): Promise<Standing>
  /** Cancels what the session runs, if it is here. */
  cancel(key: CancelKey): void
}

/** One process among several that serve together: what it knows of the others. */
export interface WorkerSeat {
  /** The same after a restart, for example `'worker-1'`: what the process has on disk is in a directory of this name. */
  readonly name: string
  /** What all of them know and nobody else does, 32 bytes. */
  readonly family: Buffer
  /** Told once, when the process serves. */
  seated(self: Seated): void
  /** A cancel request for a session that is not here, with a key that one of the processes has given out. */
  cancelElsewhere(key: CancelKey): void
}
