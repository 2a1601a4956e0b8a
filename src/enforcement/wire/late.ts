import type { EngineError } from '../../model/executor.js'

/** An engine's error in the middle of a result, or at its commit: too late for masking, so only its code is told. */
export class LateError extends Error {
  constructor(readonly reported: EngineError) {
    super('The database stopped the statement late.')
  }
}

/** The connection to the database broke. */
export class UpstreamLost extends Error {
  /** @param stopped the server had answered the statement itself with an error before. */
  constructor(readonly stopped = false) {
    super('The connection to the database is lost.')
  }
}
