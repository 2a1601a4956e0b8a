import type { Facts } from '../model/facts.js'
import type { PolicyInput, Verdict } from './policy-engine.js'

/** Distinct callers remembered per statement; beyond it the statement’s memory starts again. */
const CALLERS = 256

/**
 * Verdicts by facts object and by everything else a policy without time conditions can look at. Facts
 * are the analyser's cached, immutable objects, so the same object means the same statement.
 */
export function verdictMemo(
  known: WeakMap<Facts, Map<string, Verdict>>,
): (input: PolicyInput, evaluate: (input: PolicyInput) => Verdict) => Verdict {
  return (input, evaluate) => {
    let perCaller = known.get(input.facts)
    if (perCaller === undefined) {
      perCaller = new Map()
      known.set(input.facts, perCaller)
    }
    const key = callerKey(input)
    const remembered = perCaller.get(key)
    if (remembered !== undefined) return remembered
    const verdict = evaluate(input)
    if (perCaller.size >= CALLERS) perCaller.clear()
    perCaller.set(key, verdict)
    return verdict
  }
}

/** JSON, so that no choice of names makes two callers look alike. */
function callerKey({ principal, agent, dataSource, issuer }: PolicyInput): string {
  return JSON.stringify([
    principal.subject,
    principal.issuer,
    principal.kind,
    principal.roles,
    principal.groups,
    agent?.framework,
    agent?.id,
    dataSource.id,
    dataSource.environment,
    issuer,
  ])
}
