import type { Explanation } from '../model/governor.js'
import type { Analyzed, Decided } from '../model/progress.js'
import type { Refusal } from '../model/refusal.js'
import type { Clock } from '../util/clock.js'
import type { Ids } from '../util/ids.js'
import type { Hook } from './hooks.js'
import type { PolicyEngine } from './policy-engine.js'

export interface DecisionPoint {
  readonly engine: PolicyEngine
  readonly hooks: readonly Hook[]
  readonly clock: Clock
  readonly ids: Ids
}

/** Stage 3. A rule or hook that throws is a deny; hooks only tighten. */
export declare function decide(point: DecisionPoint, analyzed: Analyzed): Promise<Decided | Refusal>

/** The same judgement as a report. */
export declare function explain(point: DecisionPoint, analyzed: Analyzed): Promise<Explanation>
