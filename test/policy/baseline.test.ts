import { describe, expect, test } from '@jest/globals'
import type { Effect } from '../../src/model/decision.js'
import type { Facts } from '../../src/model/facts.js'
import { definePolicy } from '../../src/policy/define-policy.js'
import { policyEngine } from '../../src/policy/engine.js'
import type { PolicyInput } from '../../src/policy/policy-engine.js'
import { PCI_BASELINE } from '../../src/policy/presets/pci-baseline.js'
import {
  bare,
  brand,
  col,
  cvv,
  email,
  facts,
  id,
  input,
  out,
  pan,
  ssn,
  statement,
  unanalyzable,
  use,
  write,
} from './facts.js'

const engine = policyEngine(definePolicy({ version: 1, extends: 'pci-baseline' }))

async function judge(about: Facts, part: Partial<PolicyInput> = {}) {
  return engine.evaluate(input(about, part))
}

type Case = [name: string, facts: Facts]

function each(effect: Effect, rule: string, cases: readonly Case[]) {
  test.each(cases)(`${effect} by ${rule}: %s`, async (_name, about) => {
    expect(await judge(about)).toMatchObject({ effect, rule })
  })
}

const system = (schema: string, relation: string) =>
  facts({ relations: [{ schema, relation, access: 'read', system: true }], output: [bare()] })

describe('ordinary statements pass', () => {
  each('allow', 'pci/read', [
    ['select of unlabelled columns', facts({ columns: [use(id, 'output')], output: [out('direct', id)] })],
    ['count(*)', facts({ output: [bare({ kind: 'aggregate', sources: [] })] })],
    ['count(pan)', facts({ columns: [use(pan, 'output')], output: [out('aggregate', pan)] })],
    [
      'pan is not null in the output',
      facts({ columns: [use(pan, 'output', 'null-test')], output: [out('aggregate', pan)] }),
    ],
    [
      'where pan is not null',
      facts({ columns: [use(pan, 'predicate', 'null-test')], output: [out('direct', id)] }),
    ],
    ['count(cvv)', facts({ columns: [use(cvv, 'output')], output: [out('aggregate', cvv)] })],
    ['group by brand', facts({ columns: [use(brand, 'group')], output: [out('direct', brand)] })],
    ['order by brand', facts({ columns: [use(brand, 'order')], output: [out('direct', brand)] })],
    [
      'join on ids',
      facts({
        columns: [
          use(id, 'join', 'equality-column'),
          use(col('public.payments.card_id'), 'join', 'equality-column'),
        ],
      }),
    ],
    [
      'lookup by id',
      facts({ columns: [use(id, 'predicate', 'equality-constant')], output: [out('direct', brand)] }),
    ],
    [
      'a labelled column in the output',
      facts({ columns: [use(ssn, 'output')], output: [out('direct', ssn)] }),
    ],
    [
      'explain of a select',
      facts({
        kind: 'explain',
        effects: [
          { kind: 'explain', verb: 'explain' },
          { kind: 'select', verb: 'select' },
        ],
      }),
    ],
    ['reviewed functions', facts({ functions: [{ name: 'lower', standing: 'listed' }] })],
    ['information_schema.columns', system('information_schema', 'columns')],
    ['pg_catalog.pg_class', system('pg_catalog', 'pg_class')],
    [
      'a join of two columns with the same label',
      facts({
        columns: [
          {
            column: pan,
            use: 'join',
            comparison: 'equality-column',
            against: col('public.archive.pan', 'pan'),
          },
          {
            column: col('public.archive.pan', 'pan'),
            use: 'join',
            comparison: 'equality-column',
            against: pan,
          },
        ],
      }),
    ],
  ])

  test.each(['begin', 'commit', 'rollback', 'savepoint', 'rollback to', 'release'])(
    '%s by the driver',
    async verb => {
      const verdict = await judge(statement('transaction', verb), { issuer: 'driver' })
      expect(verdict).toMatchObject({ effect: 'allow', rule: 'pci/transaction' })
      expect(verdict.obligations).toEqual({ mask: 'none', errors: 'redact', readOnly: false })
    },
  )
})

describe('kinds', () => {
  each('deny', 'pci/multiple-statements', [['two statements', unanalyzable('multiple_statements')]])
  each('deny', 'pci/unanalyzable', [
    ['a syntax error', unanalyzable()],
    ['an unknown relation', unanalyzable('unknown_relation')],
  ])
  each('deny', 'pci/ddl', [['drop table', statement('ddl', 'drop table')]])
  each('deny', 'pci/privilege', [['grant', statement('privilege', 'grant')]])
  each('deny', 'pci/session', [['set', statement('session', 'set')]])
  each('deny', 'pci/show-settings', [['show', statement('session', 'show')]])
  each('deny', 'pci/procedural', [['do', statement('procedural', 'do')]])
  each('deny', 'pci/maintenance', [['vacuum', statement('maintenance', 'vacuum')]])
  each('deny', 'pci/export', [['copy to', statement('export', 'copy to')]])
  each('deny', 'pci/import', [['copy from', statement('import', 'copy from')]])
  each('deny', 'pci/unused-kind', [
    ['listen', statement('notification', 'listen')],
    ['declare', statement('cursor', 'declare')],
  ])
  each('deny', 'pci/server-file', [
    ['copy to program', statement('export', 'copy to program')],
    ['into outfile', statement('export', 'into outfile')],
  ])
  each('deny', 'pci/transaction-control', [
    ['commit by the caller', statement('transaction', 'commit')],
    [
      'a select with it',
      facts({
        effects: [
          { kind: 'select', verb: 'select' },
          { kind: 'transaction', verb: 'begin' },
        ],
      }),
    ],
  ])
  each('deny', 'pci/locks', [['for update', facts({ locks: ['for update'] })]])
  each('deny', 'pci/system-catalog', [
    ['pg_stats', system('pg_catalog', 'pg_stats')],
    ['pg_stat_activity', system('pg_catalog', 'pg_stat_activity')],
    ['pg_authid', system('pg_catalog', 'pg_authid')],
    ['pg_settings', system('pg_catalog', 'pg_settings')],
    ['pg_hba_file_rules', system('pg_catalog', 'pg_hba_file_rules')],
    [
      'a write to pg_class',
      facts({ relations: [{ schema: 'pg_catalog', relation: 'pg_class', access: 'write', system: true }] }),
    ],
  ])
  each('deny', 'pci/unlisted-function', [
    ['a user-defined function', facts({ functions: [{ name: 'billing.fee', standing: 'user' }] })],
    ['a volatile function', facts({ functions: [{ name: 'pg_sleep', standing: 'volatile' }] })],
  ])

  test('two-phase commit is refused even to the driver', async () => {
    const verdict = await judge(statement('transaction', 'prepare transaction'), { issuer: 'driver' })
    expect(verdict).toMatchObject({ effect: 'deny', rule: 'pci/transaction-control' })
  })
})

describe('writes', () => {
  each('require_approval', 'pci/write-approval', [
    ['insert', write('insert')],
    ['insert of a pan', { ...write('insert'), columns: [use(pan, 'assignment')] }],
    ['keyed update', write('update', { scope: 'keyed' })],
    ['bounded delete', write('delete', { scope: 'bounded' })],
    ['merge', write('merge')],
    [
      'a keyed delete inside a select',
      facts({
        effects: [
          { kind: 'select', verb: 'select' },
          { kind: 'delete', verb: 'delete', scope: 'keyed' },
        ],
        readOnly: false,
      }),
    ],
  ])
  each('deny', 'pci/unscoped-write', [
    ['no where-clause', write('delete', { scope: 'none' })],
    ['always true', write('update', { scope: 'tautology' })],
    ['open', write('delete', { scope: 'open' })],
    ['scope not established', write('delete')],
  ])

  test('insert returning pan is a pan output as well', async () => {
    const about = { ...write('insert'), columns: [use(pan, 'returning')], output: [out('direct', pan)] }
    const { effect, trace } = await judge(about)
    expect(effect).toBe('require_approval')
    expect(trace.map(entry => entry.rule)).toEqual(['pci/write-approval', 'pci/pan-output'])
  })
})

describe('protected columns', () => {
  each('require_approval', 'pci/pan-output', [
    ['pan', facts({ columns: [use(pan, 'output')], output: [out('direct', id), out('direct', pan)] })],
    ['something computed from pan', facts({ output: [out('derived', pan)] })],
  ])
  each('deny', 'pci/unknown-lineage', [
    ['an output of unknown origin', facts({ output: [bare({ kind: 'unknown', why: 'a record' })] })],
  ])
  each('deny', 'pci/masked-where-useless', [
    ['pan like', facts({ columns: [use(pan, 'predicate', 'pattern')] })],
    ['pan in a range', facts({ columns: [use(pan, 'predicate', 'range')] })],
    ['pan in a computed comparison', facts({ columns: [use(pan, 'predicate', 'other')] })],
    ['a predicate of unknown kind', facts({ columns: [use(pan, 'predicate')] })],
    ['order by ssn', facts({ columns: [use(ssn, 'order')] })],
    ['group by pan', facts({ columns: [use(pan, 'group')] })],
    ['distinct pan', facts({ columns: [use(pan, 'distinct')] })],
    ['a window over pan', facts({ columns: [use(pan, 'window')] })],
    ['having max(pan)', facts({ columns: [use(pan, 'having', 'range')] })],
    ['a join to something else', facts({ columns: [use(pan, 'join', 'equality-column')] })],
    [
      'a join to an unlabelled column',
      facts({
        columns: [
          { column: pan, use: 'join', comparison: 'equality-column', against: col('public.notes.body') },
        ],
      }),
    ],
  ])
  each('deny', 'pci/pan-lookup', [
    ['pan = given value', facts({ columns: [use(pan, 'predicate', 'equality-constant')] })],
  ])
  each('deny', 'pci/label-lookup', [
    ['email = given value', facts({ columns: [use(email, 'predicate', 'equality-constant')] })],
  ])
  each('deny', 'pci/data-flow', [
    [
      'pan into notes',
      { ...write('insert'), flows: [{ from: pan, to: 'public.notes.body', labels: ['pan'] }] },
    ],
  ])
  each('deny', 'pci/sad', [
    ['cvv in the output', facts({ output: [out('direct', cvv)] })],
    ['something computed from cvv', facts({ output: [out('derived', cvv)] })],
    ['cvv = given value', facts({ columns: [use(cvv, 'predicate', 'equality-constant')] })],
    ['cvv written', { ...write('insert'), columns: [use(cvv, 'assignment')] }],
    ['cvv copied', { ...write('insert'), flows: [{ from: cvv, to: 'public.safe.cvv', labels: ['sad'] }] }],
  ])

  test('a join is safe only where the other side carries every label', async () => {
    const both = col('public.people.number', 'pan', 'ssn')
    const columns = [{ column: both, use: 'join', comparison: 'equality-column', against: pan } as const]
    expect(await judge(facts({ columns }))).toMatchObject({
      effect: 'deny',
      rule: 'pci/masked-where-useless',
    })
  })

  test('sensitive authentication data is the business of one rule', async () => {
    const { trace } = await judge(facts({ columns: [use(cvv, 'order')] }))
    expect(trace.filter(entry => entry.effect === 'deny').map(entry => entry.rule)).toEqual(['pci/sad'])
  })

  test('a label that the policy shows as it is needs no hiding', async () => {
    const kept = policyEngine(
      definePolicy({ version: 1, extends: 'pci-baseline', maskers: { email: 'keep' } }),
    )
    const about = facts({ columns: [use(email, 'order'), use(email, 'predicate', 'equality-constant')] })
    expect((await kept.evaluate(input(about))).effect).toBe('allow')
    expect((await judge(about)).effect).toBe('deny')
  })
})

test('every rule has an id of its own, words and a requirement', () => {
  expect(new Set(PCI_BASELINE.map(rule => rule.id)).size).toBe(PCI_BASELINE.length)
  for (const rule of PCI_BASELINE) {
    expect(rule.id).toMatch(/^pci\/[a-z-]+$/)
    expect(rule.summary).toMatch(/\.$/)
    expect(rule.reason).toMatch(/\.$/)
    expect(rule.requirements.length).toBeGreaterThan(0)
  }
})
