import type { Dialect } from '../../model/dialect.js'
import type { EngineError, ExecutionLimits } from '../../model/executor.js'
import type { Field, ResultSet, Row } from '../../model/result.js'
import type { Snapshot, SnapshotRules } from './snapshot.js'

/** What a Knex dialect's `processResponse` reads. */
export interface KnexResponse {
  readonly response: unknown
  readonly context?: { readonly lastID: number | bigint | string; readonly changes: number }
}

/** A finished statement, and how to say what was released of it in the dialect's own shape. */
export interface Ran {
  readonly result: ResultSet
  /** Built from the released rows and fields; only counts and tags are kept from the run itself. */
  respond(released: ResultSet): KnexResponse
}

/** One statement on one connection. */
export interface Work {
  readonly raw: object
  readonly statement: Snapshot
  readonly limits: ExecutionLimits
  /** A transaction is open on the connection. */
  readonly inTransaction: boolean
  /** Stops what the connection is doing, at the server. */
  cancel(): Promise<void>
}

export interface StreamOptions {
  /** Rows per batch. Default 100. */
  readonly batch: number
}

/** An open result, read batch by batch. */
export interface RowSource {
  readonly fields: readonly Field[]
  /** The next rows; none at the end. */
  read(): Promise<Row[]>
  /** Lets go of whatever the server still holds, at the end or before it; the connection is quiet afterwards. */
  close(): Promise<void>
  /** Resolves when the connection can take the next statement, which may be while rows are still to be read. */
  readonly quiet: Promise<void>
}

/** One engine's driver: the only code that touches a raw connection. */
export interface Driver {
  readonly dialect: Dialect
  readonly rules: SnapshotRules
  /** Options of `.stream()` that callers may set. */
  readonly streamOptions: readonly string[]
  /** Once per raw connection: fixes the settings that change how SQL is read, or throws. */
  pin(raw: object): Promise<void>
  /** The connection still reads SQL as it did when pinned. */
  isPinned(raw: object): boolean
  /** Another statement can run on the connection while it is lent to somebody: each runs in one go. */
  isShareable(raw: object): boolean
  /** `undefined`: the driver cannot tell. */
  inTransaction(raw: object): boolean | undefined
  /** Transaction control in the engine's own words, past governance: for brackets and clean-up only. */
  control(raw: object, sql: string): Promise<void>
  run(work: Work): Promise<Ran>
  stream(work: Work, options: StreamOptions): Promise<RowSource>
  /** `undefined`: not the engine's answer but a broken connection or a driver fault. */
  engineError(error: unknown): EngineError | undefined
  /** The name that callers of this driver know the error by, where it is not the SQLSTATE. */
  errorCode(error: unknown): string | undefined
}
