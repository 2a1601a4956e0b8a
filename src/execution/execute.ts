import type { Executor } from '../model/executor.js'
import type { Executed, Intended } from '../model/progress.js'
import type { Refusal } from '../model/refusal.js'

/** Stage 6. */
export declare function execute(
  intended: Intended,
  executor: Executor,
  signal: AbortSignal,
): Promise<Executed | Refusal>
