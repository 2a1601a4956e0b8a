import { expect, test } from '@jest/globals'
import { PolicyInvalidError } from '../../src/errors.js'
import type { Facts } from '../../src/model/facts.js'
import { explain } from '../../src/policy/decide.js'
import { definePolicy } from '../../src/policy/define-policy.js'
import { policyEngine } from '../../src/policy/engine.js'
import { explainText } from '../../src/policy/explain-text.js'
import { runPolicyTests } from '../../src/policy/policy-test.js'
import { analyzed, point } from './analyzed.js'
import { brand, facts, id, out, pan, unanalyzable, use, write } from './facts.js'

const engine = policyEngine(definePolicy({ version: 1, extends: 'pci-baseline' }))
const explanationOf = (about: Facts) => explain(point(engine), analyzed(about))
const showsPan = facts({
  columns: [use(pan, 'output')],
  output: [out('direct', id), out('direct', pan), out('derived', brand)],
})

test('an explanation names rules, facts, columns, masks and approval', async () => {
  expect(explainText(await explanationOf(showsPan))).toEqual([
    'REQUIRE APPROVAL by rule pci/pan-output',
    expect.stringMatching(
      /^ {2}A person approves every read that returns card numbers.*\(output column 2 shows public\.cards\.pan \(pan\)\)$/,
    ),
    '',
    'Rules, strongest first:',
    '  require_approval pci/pan-output: output column 2 shows public.cards.pan (pan)',
    '  allow            pci/read: every effect is a read',
    '',
    'Facts:',
    '  effects: select',
    '  relations: reads public.cards',
    '  rows: no limit in the text',
    '  read-only: yes',
    '',
    'Output:',
    '  1 id: direct public.cards.id -> as it is, detectors watch',
    '  2 pan: direct public.cards.pan [pan] -> BIN and last four (pan)',
    '  3 brand: derived public.cards.brand -> as it is, detectors watch',
    '',
    'If it runs:',
    '  at most 10000 rows returned',
    '  at most 15000 ms in the database',
    '  in a read-only transaction',
    '  error text: redact',
    '',
    'Approval:',
    '  1 of: anyone whom the channel authenticates',
    '  to be decided within 900000 ms, used within 300000 ms',
    '  either answer needs a reason',
    '  requests of one requester: not again within 600000 ms of a denial, 20 open at once',
  ])
})

test('an explanation of a denial shows nothing as released', async () => {
  const denied = explainText(await explanationOf({ ...showsPan, locks: ['for update'] }))
  expect(denied[0]).toBe('DENY by rule pci/locks')
  expect(denied).toContain('  2 pan: direct public.cards.pan [pan] -> not shown')
  expect(denied).not.toContain('If it runs:')
  expect(explainText(await explanationOf(unanalyzable()))).toContain(
    '  not understood: syntax, it does not parse',
  )
  const unscoped = explainText(await explanationOf(write('delete', { scope: 'none' })))
  expect(unscoped).toContain('  effects: delete on public.cards, scope none')
})

const CASES = `
- name: masked card
  sql: select id, pan from cards
  as: { roles: [support] }
  expect: require_approval
  rule: pci/pan-output
  columns: { pan: partial }
- sql: delete from cards
  expect: allow
  columns: { pan: keep, nothing: scan }
- sql: unknown
  expect: deny
`

test('expected verdicts: what differs is said, what cannot be judged fails', async () => {
  const seen: unknown[] = []
  const report = await runPolicyTests(CASES, {
    evaluate: async testCase => {
      seen.push(testCase.as)
      if (testCase.sql === 'unknown') throw new Error('no such database')
      return explanationOf(testCase.sql.startsWith('select') ? showsPan : write('delete', { scope: 'none' }))
    },
  })
  expect(report.passed).toBe(false)
  expect(report.results).toEqual([
    { name: 'masked card', passed: true, differences: [] },
    {
      name: 'case 2',
      passed: false,
      differences: [
        expect.stringMatching(/^expected allow, got deny by rule pci\/unscoped-write: /),
        'expected column pan to be keep, but it is not in the output',
        'expected column nothing to be scan, but it is not in the output',
      ],
    },
    { name: 'case 3', passed: false, differences: ['could not be judged: no such database'] },
  ])
  expect(seen[0]).toEqual({ subject: 'policy-test', issuer: 'policy-test', roles: ['support'], groups: [] })
})

test('a caller that is refused before the policy fails the case', async () => {
  const refusal = { refused: true, code: 'CARDEA_IDENTITY_REFUSED', reason: 'who are you' } as const
  const report = await runPolicyTests('- { sql: select 1, expect: deny }', { evaluate: async () => refusal })
  expect(report.results[0]?.differences).toEqual(['refused before the policy was asked: who are you'])
})

test.each([
  ['- sql: select 1\n  expect: maybe', 'cases.yaml:2:3 [0].expect: '],
  ['- sql: select 1\n  expect: deny\n  rles: x', 'cases.yaml:3:3 [0].rles: unknown key "rles"'],
  ['[]', 'cases.yaml:1:1 holds no case'],
  ['sql: x', 'cases.yaml:1:1 must be a list of cases'],
])('a bad file %j', async (text, problem) => {
  const run = runPolicyTests(text, { file: 'cases.yaml', evaluate: async () => explanationOf(showsPan) })
  await expect(run).rejects.toThrow(PolicyInvalidError)
  await expect(run).rejects.toThrow(problem)
})
