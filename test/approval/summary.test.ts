import { describe, expect, test } from '@jest/globals'
import { estimatedRows, summaryOf } from '../../src/approval/desk/summary.js'
import { type AnalyzedFacts, type Facts, type Scope, touchedLabels } from '../../src/model/facts.js'
import { decided, deleteFacts } from './desk-kit.js'

const pan = { schema: 'public', relation: 'cards', column: 'pan', labels: ['pan'] }
const id = { schema: 'public', relation: 'cards', column: 'id', labels: [] }
const cards = { schema: 'public', relation: 'cards' }

const readFacts: AnalyzedFacts = {
  ...deleteFacts,
  kind: 'select',
  effects: [{ kind: 'select', verb: 'select' }],
  relations: [{ ...cards, access: 'read', system: false }],
  columns: [],
  output: [
    { name: 'id', lineage: { kind: 'direct', sources: [id] } },
    { name: 'pan', lineage: { kind: 'direct', sources: [pan] } },
  ],
  readOnly: true,
}

function words(facts: Facts, obligations = {}): readonly string[] {
  return summaryOf(
    decided({
      facts,
      decision: { obligations: { mask: 'none', errors: 'scan', readOnly: true, ...obligations } },
    }),
  )
}

describe('a read', () => {
  test('says what it reads and shows, what comes back masked, and that nothing limits it', () => {
    const mask = [{ method: 'keep' }, { method: 'partial', label: 'pan' }]
    expect(words(readFacts, { mask, maxRows: 500 })).toEqual([
      'Reads public.cards.',
      'Shows pan of public.cards.pan.',
      'Masked in the answer: pan.',
      'Sets no limit on the rows it returns.',
      'Is refused if it returns more than 500 rows.',
    ])
  })

  test('tells values computed from a labelled column, and values of unknown origin', () => {
    const output: AnalyzedFacts['output'] = [
      { name: 'md5', lineage: { kind: 'derived', sources: [pan, id] } },
      { name: 'n', lineage: { kind: 'aggregate', sources: [pan] } },
      { name: 'x', lineage: { kind: 'unknown', why: 'json' } },
    ]
    expect(words({ ...readFacts, output, maxRowsReturned: 1 })).toEqual([
      'Reads public.cards.',
      'Shows values computed from pan of public.cards.pan.',
      'Shows values of unknown origin: x.',
      'Returns at most 1 row.',
    ])
  })

  test('names functions that nobody reviewed, locks, and copies of labelled data', () => {
    const facts: AnalyzedFacts = {
      ...readFacts,
      output: [],
      functions: [
        { name: 'count', standing: 'listed' },
        { name: 'public.purge', standing: 'user' },
      ],
      locks: ['for update'],
      flows: [{ from: pan, to: 'public.notes.body', labels: ['pan'] }],
    }
    expect(words(facts).slice(1)).toEqual([
      'Calls functions that are not on the reviewed list: public.purge (user).',
      'Locks: for update.',
      'Copies pan from public.cards.pan to public.notes.body.',
    ])
  })
})

describe('a write', () => {
  test.each<[Scope, string]>([
    ['none', 'every row, because there is no WHERE clause'],
    ['tautology', 'every row, because the WHERE clause is always true'],
    ['keyed', 'rows picked by a unique key'],
    ['bounded', 'rows picked by listed values'],
    ['open', 'rows picked by a condition of unknown reach'],
  ])('of scope %s', (scope, reach) => {
    const facts = {
      ...deleteFacts,
      columns: [],
      effects: [{ kind: 'update' as const, verb: 'update', target: cards, scope }],
    }
    expect(words(facts)).toEqual([`Updates public.cards: ${reach}.`])
  })

  test('every nested effect has its sentence', () => {
    const effects: AnalyzedFacts['effects'] = [
      { kind: 'select', verb: 'select' },
      { kind: 'delete', verb: 'delete', target: cards, scope: 'keyed', maxRows: 2 },
      { kind: 'insert', verb: 'insert', target: { schema: 'public', relation: 'log' } },
      { kind: 'ddl', verb: 'drop table' },
    ]
    expect(words({ ...deleteFacts, columns: [], effects })).toEqual([
      'Deletes from public.cards: rows picked by a unique key, at most 2 rows.',
      'Inserts into public.log.',
      'Runs drop table.',
    ])
  })
})

describe('estimated rows', () => {
  const write = (maxRows?: number) => ({
    kind: 'delete' as const,
    verb: 'delete',
    target: cards,
    ...(maxRows === undefined ? {} : { maxRows }),
  })
  test.each([
    ['a bounded read', { ...readFacts, maxRowsReturned: 10 }, 10],
    ['an unbounded read', readFacts, undefined],
    ['two bounded writes', { ...deleteFacts, effects: [write(2), write(3)] }, 5],
    ['a write without a bound beside one with', { ...deleteFacts, effects: [write(2), write()] }, undefined],
    ['a write that returns few rows', { ...deleteFacts, effects: [write()], maxRowsReturned: 1 }, undefined],
  ])('%s', (_, facts, rows) => {
    expect(estimatedRows(facts)).toBe(rows)
  })
})

test('labels come from uses, output and copies, each once', () => {
  const secret = { ...pan, column: 'token', labels: ['secret', 'pan'] }
  const facts: AnalyzedFacts = {
    ...readFacts,
    columns: [{ column: { ...pan, labels: ['email'] }, use: 'order' }],
    flows: [{ from: secret, to: 'file', labels: ['secret', 'pan'] }],
  }
  expect(touchedLabels(facts)).toEqual(['email', 'pan', 'secret'])
})
