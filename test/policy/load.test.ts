import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ConfigurationError, PolicyInvalidError } from '../../src/errors.js'
import { definePolicy } from '../../src/policy/define-policy.js'
import { loadPolicy, parsePolicy } from '../../src/policy/load.js'
import { policySchemaJson } from '../../src/policy/policy-schema-json.js'
import { STARTER_POLICY } from '../../src/policy/presets/starter.js'
import type { PolicyDefinition } from '../../src/policy/schema.js'

const WHOLE = `version: 1
extends: pci-baseline
labels:
  - { column: public.cards.pan, label: pan }
  - column: '"odd.schema".cards.cvv'
    label: sad
maskers:
  pan: last4
rules:
  - id: no-hr
    effect: deny
    reason: Not for agents.
    when:
      principal:
        kind: agent
      relation: hr.*
    unless:
      environment: staging
  - id: ask
    effect: require_approval
    when:
      label: { written: [pan] }
      window: { days: [sat, sun], timezone: Europe/Berlin }
    approval: { approvers: dba, quorum: 2, decideWithin: 1h }
exceptions:
  - id: nightly
    lifts: pci/write-approval
    when: { principal: { roles: nightly } }
    reason: The nightly job is reviewed as code.
unmask:
  - { id: desk, columns: public.cards.pan, roles: desk, reason: Chargeback forms. }
limits:
  maxRows: 500
`

/** One entry of the whole policy: the line it stands on, and the mapping's own indentation. */
const MAPPINGS: readonly [line: number, indent: number, path: string][] = [
  [1, 0, ''],
  [11, 4, 'rules[0].'],
  [13, 6, 'rules[0].when.'],
  [14, 8, 'rules[0].when.principal.'],
  [17, 6, 'rules[0].unless.'],
  [20, 4, 'rules[1].'],
  [27, 4, 'exceptions[0].'],
  [33, 2, 'limits.'],
]

function problemsOf(text: string): readonly string[] {
  try {
    parsePolicy(text)
  } catch (error) {
    if (error instanceof PolicyInvalidError) return error.problems
    throw error
  }
  return []
}

describe('a policy file', () => {
  test('loads, with defaults and lists filled in, frozen throughout', () => {
    const policy = parsePolicy(WHOLE)
    expect(policy.limits).toEqual({ maxRows: 500, maxAffectedRows: 100, timeout: 15_000, approval: {} })
    expect(policy.rules.map(rule => rule.id)).toEqual(['ask', 'no-hr'])
    expect(policy.rules[0]?.approval).toEqual({ approvers: ['dba'], quorum: 2, decideWithin: 3_600_000 })
    expect(policy.hash).toMatch(/^[0-9a-f]{64}$/)
    expect(Object.isFrozen(policy.rules[1]?.when?.principal?.kind)).toBe(true)
  })

  test('is the same policy in TypeScript', () => {
    const definition: PolicyDefinition = {
      version: 1,
      rules: [{ id: 'reads', effect: 'allow', when: { kind: ['select'] }, limits: { timeout: '5s' } }],
    }
    const text =
      'version: 1\nrules:\n  - { id: reads, effect: allow, when: { kind: select }, limits: { timeout: 5000ms } }\n'
    expect(parsePolicy(text).hash).toBe(definePolicy(definition).hash)
    expect(parsePolicy(text).hash).not.toBe(definePolicy({ ...definition, extends: 'pci-baseline' }).hash)
    expect(parsePolicy(text).hash).not.toBe(parsePolicy(text.replace('5000', '5001')).hash)
  })

  test('is read from disk, and named by its base name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cardea-policy-'))
    try {
      await writeFile(join(folder, 'good.yaml'), WHOLE)
      await writeFile(join(folder, 'bad.yaml'), 'version: 2\n')
      expect((await loadPolicy(join(folder, 'good.yaml'))).hash).toBe(parsePolicy(WHOLE).hash)
      await expect(loadPolicy(join(folder, 'bad.yaml'))).rejects.toThrow('bad.yaml:1:1 version: must be 1')
      await expect(loadPolicy(join(folder, 'none.yaml'))).rejects.toThrow(ConfigurationError)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('starter: loads as it stands and with its examples', () => {
    expect(parsePolicy(STARTER_POLICY).extends).toBe('pci-baseline')
    const [head = '', examples = ''] = STARTER_POLICY.split('# Your own rules')
    const uncommented = examples.replace(/^# (?=(rules|exceptions|unmask):| )/gm, '')
    const policy = parsePolicy(`${head}# Your own rules${uncommented}`)
    expect([policy.rules.length, policy.exceptions.length, policy.unmask.length]).toEqual([1, 1, 1])
  })
})

describe('a mistake', () => {
  test('is named with line, column and place, and all are named', () => {
    const text = `version: 1
rules:
  - id: a
    effect: permit
  - id: a
    effect: deny
    when:
      kind: [select, selec]
  - effect: allow
    when: { window: { hours: '9-17' } }
`
    expect(problemsOf(text)).toEqual([
      expect.stringMatching(/^policy\.yaml:4:5 rules\[0\]\.effect: /),
      expect.stringMatching(/^policy\.yaml:8:22 rules\[1\]\.when\.kind\[1\]: /),
      expect.stringMatching(/^policy\.yaml:9:5 rules\[2\]\.id: every rule needs an id/),
      expect.stringMatching(
        /^policy\.yaml:10:23 rules\[2\]\.when\.window\.hours: must look like 08:00-18:00/,
      ),
    ])
  })

  test.each<[string, string, RegExp]>([
    [
      'an id used twice',
      'rules: [{ id: a, effect: allow }, { id: a, effect: deny }]',
      /^policy\.yaml:2:\d+ rules\[1\]\.id: the id a is used twice/,
    ],
    ['an id of the presets', 'rules: [{ id: pci/ddl, effect: allow }]', /rules\[0\]\.id: an id is made of/],
    ['an id of Cardea', 'rules: [{ id: default-deny, effect: allow }]', /Cardea’s own/],
    [
      'approval of an allowance',
      'rules: [{ id: a, effect: allow, approval: { quorum: 2 } }]',
      /rules\[0\]\.approval: belongs to/,
    ],
    [
      'limits of a denial',
      'rules: [{ id: a, effect: deny, limits: { maxRows: 2 } }]',
      /rules\[0\]\.limits: /,
    ],
    [
      'an exception without a preset',
      'exceptions: [{ id: a, lifts: pci/ddl, when: { kind: ddl }, reason: why not }]',
      /does not extend/,
    ],
    [
      'an exception to nothing',
      'extends: pci-baseline\nexceptions: [{ id: a, lifts: pci/dll, when: { kind: ddl }, reason: why not }]',
      /^policy\.yaml:3:\d+ exceptions\[0\]\.lifts: pci\/dll is no baseline rule/,
    ],
    [
      'an exception for everything',
      'extends: pci-baseline\nexceptions: [{ id: a, lifts: pci/ddl, when: {}, reason: why not }]',
      /at least one condition/,
    ],
    [
      'an exception that rests on a claim',
      'extends: pci-baseline\nexceptions: [{ id: a, lifts: pci/ddl, when: { agent: { id: x } }, reason: why not }]',
      /own claim/,
    ],
    [
      'an exception without a reason',
      'extends: pci-baseline\nexceptions: [{ id: a, lifts: pci/ddl, when: { kind: ddl } }]',
      /exceptions\[0\]\.reason/,
    ],
    [
      'SAD shown',
      'labels: [{ column: "*.cards.c*", label: sad }]\nunmask: [{ id: a, columns: cards.cvv, roles: x, reason: none at all }]',
      /never shown/,
    ],
    ['SAD masked', 'maskers: { sad: redact }', /maskers\.sad: has no masker/],
    [
      'pan kept',
      'maskers: { pan: keep }',
      /maskers\.pan: must be partial, first8, last4, redact, hash or tokenise/,
    ],
    ['another label partly shown', 'maskers: { ssn: partial }', /maskers\.ssn: partial is for pan only/],
    [
      'a column without a relation',
      'labels: [{ column: pan, label: pan }]',
      /labels\[0\]\.column: must be relation\.column/,
    ],
    ['a bad duration', 'limits: { timeout: 15 }', /limits\.timeout: must be a duration/],
    [
      'a bad zone',
      'rules: [{ id: a, effect: deny, when: { window: { hours: 08:00-09:00, timezone: Mars } } }]',
      /IANA/,
    ],
    ['an empty window', 'rules: [{ id: a, effect: deny, when: { window: {} } }]', /days or hours/],
    [
      'a freeze without an offset',
      'rules: [{ id: a, effect: deny, when: { freeze: { from: 2026-12-01, to: 2026-12-02 } } }]',
      /offset/,
    ],
    [
      'a freeze backwards',
      'rules: [{ id: a, effect: deny, when: { freeze: { from: 2026-12-02T00:00:00Z, to: 2026-12-01T00:00:00Z } } }]',
      /end after it begins/,
    ],
    ['an empty list', 'rules: [{ id: a, effect: deny, when: { kind: [] } }]', /empty list/],
    ['an empty condition', 'rules: [{ id: a, effect: allow, when: { principal: {} } }]', /is empty/],
    ['a key twice', 'rules: []\nrules: []', /^policy\.yaml:3:1 .*unique/],
    ['an alias', 'rules: [&r { id: a, effect: deny }, *r]', /aliases/],
    ['a merge key', 'rules: [{ <<: { id: a }, effect: deny }]', /unknown key "<<"/],
    ['a custom tag', 'rules: !js [x]', /tag/i],
    ['two documents', 'rules: []\n---\nversion: 1', /multiple documents/i],
    ['broken YAML', 'rules: [', /^policy\.yaml:\d+:\d+ /],
  ])('%s', (_name, text, message) => {
    expect(problemsOf(`version: 1\n${text}\n`)).toContainEqual(expect.stringMatching(message))
  })

  test.each(['', '- version: 1', '42', 'null', '# only words'])('not a mapping: %j', text => {
    expect(problemsOf(text)).toHaveLength(1)
  })

  test('an unknown key anywhere is found, in its own line', () => {
    const key = fc.stringMatching(/^[a-z_]{1,12}$/).map(word => `x_${word}`)
    fc.assert(
      fc.property(
        fc.constantFrom(...MAPPINGS),
        fc.constantFrom('__proto__', 'constructor', 'toString'),
        key,
        (place, odd, plain) => {
          const [line, indent, path] = place
          for (const name of [odd, plain]) {
            const lines = WHOLE.split('\n')
            lines.splice(line, 0, `${' '.repeat(indent)}${name}: 1`)
            expect(problemsOf(lines.join('\n'))).toContainEqual(
              expect.stringContaining(
                `policy.yaml:${line + 1}:${indent + 1} ${path}${name}: unknown key "${name}"; known keys: `,
              ),
            )
          }
        },
      ),
    )
  })

  test('in TypeScript is named by its path', () => {
    const wrong: object = { version: 1, rules: [{ id: 'a', effect: 'deny', when: { kinds: 'select' } }] }
    expect(() => definePolicy(wrong as PolicyDefinition)).toThrow(
      /rules\[0\]\.when\.kinds: unknown key "kinds"; known keys: principal/,
    )
  })
})

test('the editor schema knows every section and refuses unknown keys', () => {
  const schema = JSON.parse(policySchemaJson())
  expect(Object.keys(schema.properties)).toEqual([
    'version',
    'extends',
    'labels',
    'maskers',
    'detect',
    'rules',
    'exceptions',
    'unmask',
    'breakGlass',
    'limits',
  ])
  expect(schema.additionalProperties).toBe(false)
  expect(schema.properties.rules.items.properties.when.additionalProperties).toBe(false)
  expect(schema.required).toEqual(['version'])
  expect(schema.properties.breakGlass.required).toEqual(['people'])
  expect(Object.keys(schema.properties.limits.properties.approval.properties)).toEqual([
    'approvers',
    'quorum',
    'decideWithin',
    'useWithin',
    'reasonRequired',
    'ticketRequired',
    'amr',
    'coolDown',
    'maxPending',
    'maxPerHour',
    'window',
  ])
})
