/**
 * The policy decision point for one policy. Default deny; deny over require_approval over allow; the
 * order of rules never matters.
 */
import type { Facts } from '../model/facts.js'
import { showsNothing } from '../model/mask-order.js'
import { approvalTerms, breakGlassTerms } from './approval-terms.js'
import { type CompiledRule, compileRule } from './compiled-rule.js'
import { compileLift, type Lift } from './lifts.js'
import { compileMasks, labelMask } from './obligations.js'
import type { Policy } from './policy.js'
import type { PolicyEngine, PolicyInput, Verdict } from './policy-engine.js'
import { ALWAYS, PCI_BASELINE } from './presets/pci-baseline.js'
import { subjectOf } from './subject.js'
import { judge, type Match } from './verdict.js'
import { verdictMemo } from './verdict-memo.js'

/**
 * @example
 * const engine = policyEngine(await loadPolicy('policy.yaml'))
 */
export function policyEngine(policy: Policy): PolicyEngine {
  const rules = compileRules(policy)
  const lifts = policy.exceptions.map(compileLift)
  const masks = compileMasks(policy)
  const evaluate = (input: PolicyInput): Verdict => {
    const subject = subjectOf(input)
    const matches = rules.flatMap((rule, rank) => matchesOf(rule, rank, subject, lifts))
    return judge({ policy, subject, matches, masks })
  }
  return Object.freeze({
    name: policy.extends ?? 'policy',
    hash: policy.hash,
    approvalDefaults: approvalTerms(policy.limits.approval),
    ...(policy.breakGlass === undefined ? {} : { breakGlass: breakGlassTerms(policy.breakGlass) }),
    ...(policy.detect === undefined ? {} : { detect: policy.detect }),
    maskers: new Map(Object.keys(policy.maskers).map(label => [label, labelMask(policy, label)])),
    evaluate: dependsOnTime(policy) ? evaluate : memoised(evaluate),
  } satisfies PolicyEngine)
}

function compileRules(policy: Policy): readonly CompiledRule[] {
  const preset = policy.extends === undefined ? ALWAYS : PCI_BASELINE
  const context = {
    protects: (label: string) => labelMask(policy, label).method !== 'keep',
    // A keyed hash too: it shows whether a value is one that the caller has made up and written.
    showsPart: (label: string) => {
      const mask = labelMask(policy, label)
      return mask.method !== 'keep' && !showsNothing(mask)
    },
  }
  return [
    ...preset.map(rule => ({
      ...rule,
      find: (subject: Parameters<typeof rule.find>[0]) => rule.find(subject, context),
    })),
    ...policy.rules.map(compileRule),
  ]
}

/** The rule's own match by the findings that no exception covers, and one match per exception that covered some. */
function matchesOf(
  rule: CompiledRule,
  rank: number,
  subject: ReturnType<typeof subjectOf>,
  lifts: readonly Lift[],
): Match[] {
  const found = rule.find(subject)
  if (found.length === 0) return []
  const applicable = lifts.filter(lift => lift.lifts === rule.id)
  const remaining: string[] = []
  const lifted = new Map<Lift, string>()
  for (const finding of found) {
    const lift = applicable.find(candidate => candidate.covers(subject, finding))
    if (lift === undefined) remaining.push(finding.because)
    else lifted.set(lift, `lifts ${rule.id} (${finding.because}): ${lift.reason}`)
  }
  return [
    ...(remaining.length === 0 ? [] : [{ rule, rank, because: [...new Set(remaining)].join('; ') }]),
    ...[...lifted].map(([lift, because]) => ({
      rule: lift.allowance,
      rank: Number.MAX_SAFE_INTEGER,
      because,
    })),
  ]
}

function dependsOnTime(policy: Policy): boolean {
  const conditions = [
    ...policy.rules.flatMap(rule => [rule.when, rule.unless]),
    ...policy.exceptions.map(entry => entry.when),
  ]
  return conditions.some(when => when?.window !== undefined || when?.freeze !== undefined)
}

function memoised(evaluate: (input: PolicyInput) => Verdict): (input: PolicyInput) => Verdict {
  const memo = verdictMemo(new WeakMap<Facts, Map<string, Verdict>>())
  return input => memo(input, evaluate)
}
