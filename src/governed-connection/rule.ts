/**
 * What follows from the policy: engine, labels, catalog and the pipeline over them. They are exchanged as one,
 * so that no statement is analysed under one policy's labels and decided by another's rules.
 */
import type { CatalogSource } from '../catalog/catalog-source.js'
import { isEngine, type Settled } from '../config.js'
import { ConfigurationError } from '../errors.js'
import type { LabelRule } from '../model/catalog.js'
import type { Governor } from '../model/governor.js'
import { policyEngine } from '../policy/engine.js'
import { keyedLabels } from '../policy/obligations.js'
import type { Policy } from '../policy/policy.js'
import type { PolicyEngine } from '../policy/policy-engine.js'

export interface Rule {
  readonly engine: PolicyEngine
  readonly labels: readonly LabelRule[]
  readonly catalog: CatalogSource
  readonly governor: Governor
}

/** The rule in force. */
export interface Reign {
  now(): Rule
  /** The same governor for good; each call goes to the rule in force when it is made. */
  readonly governor: Governor
  /** From here on the next rule holds. What the old one has not decided yet is refused. */
  succeed(next: Rule): void
}

/** The engine and labels of a policy; `reigns` is false once another policy has taken over. */
export function engineOf(
  policy: Policy | PolicyEngine,
  reigns: () => boolean,
): Pick<Rule, 'engine' | 'labels'> {
  const engine = isEngine(policy) ? policy : policyEngine(policy)
  return {
    // An engine of another make may change what it says of itself.
    engine: Object.freeze<PolicyEngine>({
      name: engine.name,
      get hash() {
        return engine.hash
      },
      get approvalDefaults() {
        return engine.approvalDefaults
      },
      get breakGlass() {
        return engine.breakGlass
      },
      get detect() {
        return engine.detect
      },
      evaluate: input => {
        if (reigns()) return engine.evaluate(input)
        throw new Error('The policy has been replaced.')
      },
    }),
    labels: isEngine(policy) ? [] : policy.labels,
  }
}

/**
 * A policy that cannot be carried out does not come into force.
 *
 * @throws ConfigurationError
 */
export function requireKey(policy: Policy | PolicyEngine, { maskingKey }: Pick<Settled, 'maskingKey'>): void {
  if (maskingKey !== undefined || isEngine(policy)) return
  const labels = keyedLabels(policy)
  if (labels.length === 0) return
  throw new ConfigurationError(
    `The policy masks ${labels.join(', ')} by hash or tokenise, which need a key: masking: { key }, 32 random bytes or more.`,
  )
}

export function reign(first: Rule): Reign {
  let rule = first
  return Object.freeze<Reign>({
    now: () => rule,
    governor: Object.freeze<Governor>({
      approve: (...asked) => rule.governor.approve(...asked),
      govern: (...asked) => rule.governor.govern(...asked),
      explain: (...asked) => rule.governor.explain(...asked),
      petition: (...asked) => rule.governor.petition(...asked),
    }),
    succeed: next => {
      rule = next
    },
  })
}
