/** What a policy asks of approvals and of emergency access, from its text to the terms of a decision. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { ApprovalRequirement } from '../../src/model/decision.js'
import { definePolicy } from '../../src/policy/define-policy.js'
import { policyEngine } from '../../src/policy/engine.js'
import { parsePolicy } from '../../src/policy/load.js'
import type { PolicyDefinition } from '../../src/policy/schema.js'
import { bare, facts, input } from './facts.js'

type Terms = NonNullable<NonNullable<PolicyDefinition['limits']>['approval']>

const read = facts({ output: [bare()] })

/** The terms of a statement that one rule for each entry asks about. */
function termsOf(general: Terms, ...own: Terms[]): ApprovalRequirement | undefined {
  const rules = own.map((approval, at) => ({ id: `r${at}`, effect: 'require_approval' as const, approval }))
  const policy = definePolicy({ version: 1, limits: { approval: general }, rules })
  const verdict = policyEngine(policy).evaluate(input(read))
  if (verdict instanceof Promise) throw new Error('the engine answers at once')
  return verdict.approval
}

describe('terms of an approval', () => {
  test('defaults', () => {
    expect(termsOf({}, {})).toEqual({
      approvers: [],
      quorum: 1,
      decideWithinMs: 900_000,
      useWithinMs: 300_000,
      reasonRequired: true,
      ticketRequired: false,
      coolDownMs: 600_000,
      maxPending: 20,
    })
  })

  test('the rule’s own, else the policy’s', () => {
    const general: Terms = {
      amr: 'mfa',
      ticketRequired: true,
      coolDown: '1h',
      maxPending: 5,
      maxPerHour: 30,
      window: { maxDuration: '30m', maxRows: 500 },
    }
    const whole = {
      amr: ['mfa'],
      ticketRequired: true,
      coolDownMs: 3_600_000,
      maxPending: 5,
      maxPerHour: 30,
      window: { maxDurationMs: 1_800_000, maxRows: 500 },
    }
    expect(termsOf(general, {})).toMatchObject(whole)
    const own: Terms = { amr: ['hwk', 'pin'], ticketRequired: false, coolDown: '1m', maxPerHour: 2 }
    expect(termsOf(general, own)).toMatchObject({
      ...whole,
      amr: ['hwk', 'pin'],
      ticketRequired: false,
      coolDownMs: 60_000,
      maxPerHour: 2,
    })
    expect(termsOf(general, { window: false })).not.toHaveProperty('window')
  })

  test('of several rules the strictest', () => {
    const a: Terms = { amr: ['mfa', 'pwd'], coolDown: '5m', maxPending: 3 }
    const b: Terms = { amr: 'hwk', ticketRequired: true, coolDown: '20m', maxPending: 9, maxPerHour: 6 }
    expect(termsOf({}, a, b)).toMatchObject({
      amr: ['hwk', 'mfa', 'pwd'],
      ticketRequired: true,
      coolDownMs: 1_200_000,
      maxPending: 3,
      maxPerHour: 6,
    })
  })

  test('a window only where every rule permits one, and the smaller of each', () => {
    const long: Terms = { window: { maxDuration: '2h', maxRows: 10 } }
    const wide: Terms = { window: { maxDuration: '10m', maxRows: 1000 } }
    expect(termsOf({}, long, wide)?.window).toEqual({ maxDurationMs: 600_000, maxRows: 10 })
    expect(termsOf({}, long, {})).not.toHaveProperty('window')
    expect(termsOf(long, wide, { window: false })).not.toHaveProperty('window')
  })

  test('no combination of rules is weaker than one of them', () => {
    const minutes = fc.integer({ min: 1, max: 60 }).map(count => `${count}m`)
    const count = fc.integer({ min: 1, max: 50 })
    const terms: fc.Arbitrary<Terms> = fc.record(
      {
        approvers: fc.constant(['dba']),
        quorum: fc.integer({ min: 1, max: 5 }),
        decideWithin: minutes,
        useWithin: minutes,
        reasonRequired: fc.boolean(),
        ticketRequired: fc.boolean(),
        amr: fc.subarray(['mfa', 'hwk', 'pwd'], { minLength: 1 }),
        coolDown: minutes,
        maxPending: count,
        maxPerHour: count,
        window: fc.oneof(fc.constant(false as const), fc.record({ maxDuration: minutes, maxRows: count })),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(terms, fc.array(terms, { minLength: 1, maxLength: 4 }), (general, own) => {
        const all = termsOf(general, ...own)
        for (const one of own) expect(weaker(all, termsOf(general, one))).toEqual([])
      }),
    )
  })

  test('cannot be changed by whoever gets them', () => {
    const terms = termsOf({ amr: 'mfa', window: { maxDuration: '1h', maxRows: 1 } }, {})
    for (const part of [terms, terms?.amr, terms?.approvers, terms?.window]) {
      expect(part).toBeDefined()
      expect(Object.isFrozen(part)).toBe(true)
    }
  })
})

/** The terms that `all` states more loosely than `one`. */
function weaker(all: ApprovalRequirement | undefined, one: ApprovalRequirement | undefined): string[] {
  if (all === undefined || one === undefined) return ['no terms']
  const most = (value: number | undefined) => value ?? Number.POSITIVE_INFINITY
  const checks: Record<string, boolean> = {
    approvers: one.approvers.length === 0 || all.approvers.every(name => one.approvers.includes(name)),
    quorum: all.quorum >= one.quorum,
    decideWithin: all.decideWithinMs <= one.decideWithinMs,
    useWithin: all.useWithinMs <= one.useWithinMs,
    reason: all.reasonRequired || !one.reasonRequired,
    ticket: all.ticketRequired === true || one.ticketRequired !== true,
    amr: (one.amr ?? []).every(method => all.amr?.includes(method)),
    coolDown: (all.coolDownMs ?? 0) >= (one.coolDownMs ?? 0),
    maxPending: most(all.maxPending) <= most(one.maxPending),
    maxPerHour: most(all.maxPerHour) <= most(one.maxPerHour),
    window: (all.window?.maxRows ?? 0) <= (one.window?.maxRows ?? 0),
    windowDuration: (all.window?.maxDurationMs ?? 0) <= (one.window?.maxDurationMs ?? 0),
  }
  return Object.entries(checks).flatMap(([name, holds]) => (holds ? [] : [name]))
}

const problems = (text: string): string => {
  try {
    parsePolicy(`version: 1\n${text}`)
    return ''
  } catch (error) {
    return String(error)
  }
}

describe('a mistake in the terms', () => {
  test.each<[string, string, RegExp]>([
    ['decideWithin', 'decideWithin: 169h', /limits\.approval\.decideWithin: must be 168h at most/],
    ['useWithin', 'useWithin: 1441m', /useWithin: must be 24h at most/],
    ['coolDown', 'coolDown: 25h', /coolDown: must be 24h at most/],
    ['no duration', 'coolDown: soon', /coolDown: must be a duration/],
    ['no cool-down', 'coolDown: 0m', /coolDown: must be a duration/],
    ['an empty amr', 'amr: []', /amr: an empty list/],
    ['maxPending', 'maxPending: 0', /maxPending: must be at least 1/],
    ['maxPerHour', 'maxPerHour: 1.5', /maxPerHour: must be a whole number/],
    ['a window without rows', 'window: { maxDuration: 1h }', /window\.maxRows: /],
    ['a window without end', 'window: { maxRows: 5 }', /window\.maxDuration: must be a duration/],
    ['a long window', 'window: { maxDuration: 13h, maxRows: 5 }', /window\.maxDuration: must be 12h at most/],
    ['a window of an unknown kind', 'window: { rows: 5 }', /window\.rows: unknown key "rows"/],
    ['a window that is just on', 'window: true', /window: must be a mapping with the keys/],
  ])('%s', (_name, text, message) => {
    expect(problems(`limits: { approval: { ${text} } }`)).toMatch(message)
    expect(problems(`rules: [{ id: a, effect: require_approval, approval: { ${text} } }]`)).toMatch(
      new RegExp(message.source.replace('limits\\.approval\\.', '')),
    )
  })
})

describe('emergency access', () => {
  const engineOf = (breakGlass: PolicyDefinition['breakGlass']) =>
    policyEngine(
      definePolicy({
        version: 1,
        extends: 'pci-baseline',
        ...(breakGlass === undefined ? {} : { breakGlass }),
      }),
    )

  test('is nobody’s where the policy says nothing', () => {
    expect(engineOf(undefined)).not.toHaveProperty('breakGlass')
  })

  test('defaults: an hour, several factors, reviewed by another person within three days', () => {
    const { breakGlass } = engineOf({ people: 'ada@corp.example' })
    expect(breakGlass).toEqual({
      people: ['ada@corp.example'],
      maxDurationMs: 3_600_000,
      amr: ['mfa'],
      reviewers: [],
      reviewWithinMs: 259_200_000,
    })
    expect(Object.isFrozen(breakGlass)).toBe(true)
    expect(Object.isFrozen(breakGlass?.people)).toBe(true)
  })

  test('as stated', () => {
    const stated = { people: ['auth0|1', 'bo@corp.example'], maxDuration: '20m', amr: ['hwk', 'pin'] }
    expect(engineOf({ ...stated, reviewers: 'ciso', reviewWithin: '24h' }).breakGlass).toEqual({
      people: ['auth0|1', 'bo@corp.example'],
      maxDurationMs: 1_200_000,
      amr: ['hwk', 'pin'],
      reviewers: ['ciso'],
      reviewWithinMs: 86_400_000,
    })
  })

  test('is part of the policy’s hash, every term of it', () => {
    const base = { people: ['a', 'b'] }
    const hashes = [
      undefined,
      base,
      { people: ['a'] },
      { ...base, maxDuration: '59m' },
      { ...base, amr: 'hwk' },
      { ...base, reviewers: 'ciso' },
      { ...base, reviewWithin: '1h' },
    ].map(section => engineOf(section).hash)
    expect(new Set(hashes).size).toBe(hashes.length)
  })

  test('changes no verdict: a denial stays one', () => {
    const denied = facts({ locks: ['for update'] })
    const verdictOf = (section: PolicyDefinition['breakGlass']) =>
      engineOf(section).evaluate(input(denied, { principal: { subject: 'ada', issuer: 'i' } }))
    expect(verdictOf({ people: 'ada' })).toMatchObject({ effect: 'deny', rule: 'pci/locks' })
    expect(verdictOf({ people: 'ada' })).toEqual(verdictOf(undefined))
  })

  test.each<[string, string, RegExp]>([
    ['nobody', 'breakGlass: {}', /breakGlass\.people: /],
    ['an empty list', 'breakGlass: { people: [] }', /breakGlass\.people: an empty list/],
    ['everybody', "breakGlass: { people: '*' }", /breakGlass\.people: .*wildcards are refused/],
    ['a domain', "breakGlass: { people: [a, '*@corp.example'] }", /people\[1\]: .*wildcards are refused/],
    ['more than an hour', 'breakGlass: { people: a, maxDuration: 61m }', /maxDuration: must be 1h at most/],
    ['no factor', 'breakGlass: { people: a, amr: [] }', /breakGlass\.amr: an empty list/],
    ['a review next year', 'breakGlass: { people: a, reviewWithin: 721h }', /reviewWithin: must be 720h/],
    ['a person named twice', 'breakGlass: { people: [A@x.example, a@x.example] }', /people\[1\]: .*twice/],
    ['a group', 'breakGlass: { groups: dba }', /unknown key "groups"; known keys: people/],
  ])('a mistake: %s', (_name, text, message) => {
    expect(problems(`extends: pci-baseline\n${text}`)).toMatch(message)
  })

  test('to nothing is a mistake', () => {
    expect(problems('breakGlass: { people: a }')).toMatch(/breakGlass: stands in for approvals only/)
    const asking = 'rules: [{ id: a, effect: require_approval }]\nbreakGlass: { people: a }'
    expect(problems(asking)).toBe('')
  })
})
