import { createHash } from 'node:crypto'
import type { PolicyEngine, Verdict } from '../policy/policy-engine.js'

const NAME = 'allow-all'

/**
 * Allows everything and masks nothing, even what cannot be analysed. For tests of transparency only:
 * that a governed connection behaves as the connection under it does. It protects nothing.
 */
export function allowAllPolicy(): PolicyEngine {
  const verdict: Verdict = Object.freeze({
    effect: 'allow',
    rule: NAME,
    reason: 'The test policy allows everything.',
    trace: Object.freeze([]),
    obligations: Object.freeze({ mask: 'none', errors: 'pass', readOnly: false }),
  })
  return Object.freeze({
    name: NAME,
    hash: createHash('sha256').update(`cardea/testing ${NAME}`).digest('hex'),
    evaluate: () => verdict,
  } satisfies PolicyEngine)
}
