import type { Facts } from '../model/facts.js'
import { isFixed } from '../util/fixed.js'
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
  const keyOf = keysOf()
  return (input, evaluate) => {
    let perCaller = known.get(input.facts)
    if (perCaller === undefined) {
      perCaller = new Map()
      known.set(input.facts, perCaller)
    }
    const key = keyOf(input)
    const remembered = perCaller.get(key)
    if (remembered !== undefined) return remembered
    const verdict = evaluate(input)
    if (perCaller.size >= CALLERS) perCaller.clear()
    perCaller.set(key, verdict)
    return verdict
  }
}

interface Caller {
  readonly agent: PolicyInput['agent']
  readonly dataSource: PolicyInput['dataSource']
  readonly issuer: PolicyInput['issuer']
  readonly key: string
}

/** Objects that nobody can change mean the same caller each time. */
function keysOf(): (input: PolicyInput) => string {
  const last = new WeakMap<PolicyInput['principal'], Caller>()
  return input => {
    const { principal, agent, dataSource, issuer } = input
    const known = last.get(principal)
    if (known?.agent === agent && known?.dataSource === dataSource && known?.issuer === issuer)
      return known.key
    const key = callerKey(input)
    if ([principal, agent, dataSource].every(isFixed)) {
      last.set(principal, { agent, dataSource, issuer, key })
    }
    return key
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
