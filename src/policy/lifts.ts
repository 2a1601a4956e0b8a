import { type CompiledRule, compileExceptionTest, type Finding } from './compiled-rule.js'
import type { Policy } from './policy.js'
import type { Subject } from './subject.js'

/** An exception ready to run. */
export interface Lift {
  /** The baseline rule it lifts. */
  readonly lifts: string
  readonly reason: string
  covers(subject: Subject, finding: Finding): boolean
  /** What stands in the rule's place: an allowance, which every other rule can still overrule. */
  readonly allowance: CompiledRule
}

export function compileLift(exception: Policy['exceptions'][number]): Lift {
  const test = compileExceptionTest(exception.when)
  return {
    lifts: exception.lifts,
    reason: exception.reason,
    covers: (subject, finding) => test(subject, finding) !== null,
    allowance: { id: exception.id, effect: 'allow', reason: exception.reason, find: () => [] },
  }
}
