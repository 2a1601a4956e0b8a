import type { Result } from './result.js'

/** What the database must keep to while it works on the statement. */
export interface ExecutionLimits {
  readonly readOnly: boolean
  /** The executor fetches at most this many rows and reports `truncated` when there were more. */
  readonly maxRows?: number
  /** Aborts on timeout and when the caller gives up; the executor cancels the statement at the server. */
  readonly signal: StopSignal
}

/** As much of an AbortSignal as executors use. */
export interface StopSignal extends Pick<AbortSignal, 'aborted' | 'reason' | 'throwIfAborted'> {
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** An error that the database itself reported, field by field, not yet scrubbed. */
export interface EngineError {
  readonly failed: true
  readonly message: string
  /** SQLSTATE, or the driver's own code where the engine has none. */
  readonly code?: string
  readonly errno?: number
  readonly severity?: string
  readonly detail?: string
  readonly hint?: string
  readonly where?: string
  readonly schema?: string
  readonly table?: string
  readonly column?: string
  readonly dataType?: string
  readonly constraint?: string
  readonly position?: string
  /** A statement that the engine made for itself, a function's for example, and where in it the error is. */
  readonly internalQuery?: string
  readonly internalPosition?: string
  /** Where in its own source the engine raised the error: drivers know some by the routine. */
  readonly file?: string
  readonly line?: string
  readonly routine?: string
  /** What the engine had to say before it failed. */
  readonly notices?: readonly EngineError[]
}

export function isEngineError(value: object): value is EngineError {
  return 'failed' in value && value.failed === true
}

/**
 * How an enforcement point runs the one statement it submitted. It holds the connection and the
 * frozen text; nothing else in Cardea can reach either. Connection failures throw.
 */
export interface Executor {
  run(limits: ExecutionLimits): Promise<Result | EngineError>
  /** Brackets around a write whose effect must be checked before it stays. A savepoint inside a transaction. */
  begin(): Promise<void>
  commit(): Promise<void>
  rollback(): Promise<void>
  /** The caller may vanish at any moment: a write stays only if it is still there once the write has been made. */
  readonly revocable?: true
}
