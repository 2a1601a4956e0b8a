/** What a policy asks of an approval, and of emergency access: defaults filled in, several rules made one. */
import type { ApprovalRequirement, BreakGlassTerms, WindowTerms } from '../model/decision.js'
import type { ApprovalTerms, BreakGlassSection } from './schema.js'

/** A requirement with every default that is a value filled in. */
export type WholeTerms = ApprovalRequirement &
  Required<Pick<ApprovalRequirement, 'ticketRequired' | 'coolDownMs' | 'maxPending'>>

/** The terms of an approval: the rule's own, else the policy's, else those of docs/policy.md. */
export function approvalTerms(general: ApprovalTerms, own: ApprovalTerms = {}): WholeTerms {
  const amr = own.amr ?? general.amr
  const maxPerHour = own.maxPerHour ?? general.maxPerHour
  const window = windowTerms(own.window ?? general.window)
  return Object.freeze({
    approvers: own.approvers ?? general.approvers ?? [],
    quorum: own.quorum ?? general.quorum ?? 1,
    decideWithinMs: own.decideWithin ?? general.decideWithin ?? 900_000,
    useWithinMs: own.useWithin ?? general.useWithin ?? 300_000,
    reasonRequired: own.reasonRequired ?? general.reasonRequired ?? true,
    ticketRequired: own.ticketRequired ?? general.ticketRequired ?? false,
    coolDownMs: own.coolDown ?? general.coolDown ?? 600_000,
    maxPending: own.maxPending ?? general.maxPending ?? 20,
    ...(amr === undefined ? {} : { amr }),
    ...(maxPerHour === undefined ? {} : { maxPerHour }),
    ...(window === null ? {} : { window }),
  })
}

/** A rule keeps windowed grants away from its statements with `window: false`. */
function windowTerms(window: ApprovalTerms['window']): WindowTerms | null {
  if (window === undefined || window === false) return null
  return Object.freeze({ maxDurationMs: window.maxDuration, maxRows: window.maxRows })
}

/** One requirement that satisfies all of them; null where no approver could. */
export function strictest(all: readonly WholeTerms[]): ApprovalRequirement | null {
  const named = all.map(terms => terms.approvers).filter(approvers => approvers.length > 0)
  const approvers = named.reduce<readonly string[] | null>(
    (common, list) => (common === null ? list : common.filter(name => list.includes(name))),
    null,
  )
  if (approvers !== null && approvers.length === 0) return null
  const amr = new Set(all.flatMap(terms => terms.amr ?? []))
  const hourly = all.flatMap(terms => terms.maxPerHour ?? [])
  const window = narrowest(all)
  return {
    approvers: [...(approvers ?? [])].sort(),
    quorum: Math.max(...all.map(terms => terms.quorum)),
    decideWithinMs: Math.min(...all.map(terms => terms.decideWithinMs)),
    useWithinMs: Math.min(...all.map(terms => terms.useWithinMs)),
    reasonRequired: all.some(terms => terms.reasonRequired),
    ticketRequired: all.some(terms => terms.ticketRequired),
    coolDownMs: Math.max(...all.map(terms => terms.coolDownMs)),
    maxPending: Math.min(...all.map(terms => terms.maxPending)),
    ...(amr.size === 0 ? {} : { amr: [...amr].sort() }),
    ...(hourly.length === 0 ? {} : { maxPerHour: Math.min(...hourly) }),
    ...(window === null ? {} : { window }),
  }
}

/** The smallest window of each kind; null as soon as one of the rules permits none. */
function narrowest(all: readonly WholeTerms[]): WindowTerms | null {
  const windows = all.flatMap(terms => terms.window ?? [])
  if (windows.length < all.length) return null
  return {
    maxDurationMs: Math.min(...windows.map(window => window.maxDurationMs)),
    maxRows: Math.min(...windows.map(window => window.maxRows)),
  }
}

export function breakGlassTerms(section: BreakGlassSection): BreakGlassTerms {
  return Object.freeze({
    people: section.people,
    maxDurationMs: section.maxDuration,
    amr: section.amr,
    reviewers: section.reviewers,
    reviewWithinMs: section.reviewWithin,
  })
}
