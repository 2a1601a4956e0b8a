/**
 * A `when` compiled to one test that answers in words. Conditions on the caller, place and time hold
 * or do not. Conditions on parts of the statement are read so that a doubt never loosens: with `any`
 * (denials, approvals) one matching part is enough; with `every` (allowances, exceptions) all must match.
 */

import { type Glob, glob } from '../util/glob.js'
import { type FactTest, factTests } from './fact-conditions.js'
import type { PolicyInput } from './policy-engine.js'
import type { When } from './schema-when.js'
import type { Subject } from './subject.js'
import { freezeTest, windowTest } from './windows.js'

export type Quantifier = 'any' | 'every'

/** The words for what matched, or null where the condition does not hold. */
export type Condition = (subject: Subject, quantifier: Quantifier) => string | null

type CallerTest = (input: PolicyInput) => string | null

export function compileWhen(when: When): Condition {
  const callers: CallerTest[] = [...principalTests(when), ...placeTests(when), ...timeTests(when)]
  const facts: FactTest[] = factTests(when)
  const analyzable = when.analyzable
  return (subject, quantifier) => {
    const words: string[] = []
    if (analyzable !== undefined) {
      if (analyzable !== subject.understood) return null
      words.push(analyzable ? 'the statement is understood' : 'the statement is not fully understood')
    }
    for (const test of callers) {
      const found = test(subject.input)
      if (found === null) return null
      words.push(found)
    }
    for (const test of facts) {
      const found = test(subject, quantifier)
      if (found === null) return null
      words.push(found)
    }
    return words.length === 0 ? 'it applies to every statement' : words.join('; ')
  }
}

function principalTests({ principal, agent }: When): CallerTest[] {
  return [
    ...oneOf(principal?.roles, 'role', input => input.principal.roles ?? [], exactly),
    ...oneOf(principal?.groups, 'group', input => input.principal.groups ?? [], exactly),
    ...oneOf(principal?.subject, 'subject', input => [input.principal.subject]),
    ...oneOf(principal?.issuer, 'issuer', input => [input.principal.issuer]),
    ...oneOf(principal?.kind, 'principal kind', input => [input.principal.kind ?? 'human'], exactly),
    ...oneOf(agent?.framework, 'agent framework', input =>
      input.agent === undefined ? [] : [input.agent.framework],
    ),
    ...oneOf(agent?.id, 'agent', input => (input.agent === undefined ? [] : [input.agent.id])),
  ]
}

function placeTests(when: When): CallerTest[] {
  return [
    ...oneOf(when.dataSource, 'data source', input => [input.dataSource.id]),
    ...oneOf(when.environment, 'environment', input => [input.dataSource.environment]),
  ]
}

function timeTests({ window, freeze }: When): CallerTest[] {
  const tests: CallerTest[] = []
  if (window !== undefined) {
    const within = windowTest(window)
    const words = `the time is within ${[window.days?.join(', '), window.hours, window.timezone].filter(Boolean).join(' ')}`
    tests.push(input => (within(input.now) ? words : null))
  }
  if (freeze !== undefined) {
    const within = freezeTest(freeze)
    tests.push(input => (within(input.now) ? `the freeze from ${freeze.from} to ${freeze.to} is on` : null))
  }
  return tests
}

/** A caller has the attribute when one of its values matches one of the patterns. */
function oneOf(
  patterns: readonly string[] | undefined,
  name: string,
  values: (input: PolicyInput) => readonly string[],
  compile: (pattern: string) => Glob = glob,
): CallerTest[] {
  if (patterns === undefined) return []
  const globs = patterns.map(compile)
  return [
    input => {
      const found = values(input).find(value => globs.some(matches => matches(value)))
      return found === undefined ? null : `${name} ${found}`
    },
  ]
}

/** Roles and groups are names that the identity provider vouches for: no wildcards, no case folding. */
function exactly(wanted: string): Glob {
  return value => value === wanted
}
