import type { ApprovalRequirement, Decision } from '../../model/decision.js'

/** What the policy asked of the approvers when the request was made. */
export interface Terms {
  readonly rule: string
  readonly requirement: ApprovalRequirement
}

/** The documented defaults, for a decision that asks for approval and says nothing more. */
const USUAL: ApprovalRequirement = Object.freeze({
  approvers: Object.freeze([]),
  quorum: 1,
  decideWithinMs: 15 * 60_000,
  useWithinMs: 5 * 60_000,
  reasonRequired: true,
})

export function termsOf(decision: Decision): Terms {
  return { rule: decision.rule, requirement: decision.approval ?? USUAL }
}

/** False for numbers with which nobody's answer could be counted or timed. */
export function areUsable({ requirement }: Terms): boolean {
  const { quorum, decideWithinMs, useWithinMs } = requirement
  return Number.isInteger(quorum) && quorum >= 1 && isSpan(decideWithinMs) && isSpan(useWithinMs)
}

function isSpan(milliseconds: number): boolean {
  return Number.isFinite(milliseconds) && milliseconds > 0
}
