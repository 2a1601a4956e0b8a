import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { connected } from '../catalog/support.js'
import { type Database, describePostgres, postgres } from '../support/databases.js'
import { cardea, inDirectory } from './support.js'

const SCHEMA = `
format: cardea-schema/1
dialect: postgres
searchPath: [public]
relations:
  - schema: public
    name: cards
    kind: table
    keys: [[id]]
    columns:
      - { name: id, type: integer, nullable: false }
      - { name: brand, type: text, nullable: true }
      - { name: pan, type: text, nullable: false }
`

const POLICY = `
version: 1
extends: pci-baseline
labels:
  - { column: cards.pan, label: pan }
rules:
  - id: freeze
    effect: deny
    reason: Nothing in December.
    when: { freeze: { from: '2026-12-01T00:00:00Z', to: '2027-01-01T00:00:00Z' } }
  - id: no-bots
    effect: deny
    reason: No bots here.
    when: { agent: { id: rogue } }
  - id: no-guests
    effect: deny
    reason: No guests here.
    when: { principal: { groups: guests } }
`

async function explaining(sql: string, ...more: readonly string[]) {
  return inDirectory(async at => {
    await writeFile(at('policy.yaml'), POLICY)
    await writeFile(at('schema.yaml'), SCHEMA)
    return cardea('explain', sql, '--policy', at('policy.yaml'), '--schema', at('schema.yaml'), ...more)
  })
}

describe('cardea explain', () => {
  test('an allowed read: 0, with lineage and mask of every column', async () => {
    const { code, out, err } = await explaining('select id, brand from cards where id = $1', '--binding', '7')
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^ALLOW by rule /)
    expect(out).toContain('reads public.cards')
    expect(out).toContain('1 id: direct public.cards.id')
  })

  test('a card number: 3, masked', async () => {
    const { code, out } = await explaining('select pan as number from cards where id = $1', '--binding', '7')
    expect(code).toBe(3)
    expect(out).toMatch(/^REQUIRE APPROVAL by rule pci\/pan-output/)
    expect(out).toContain('1 number: direct public.cards.pan [pan] -> BIN and last four (pan)')
  })

  test('a delete of everything: 4, with the rule', async () => {
    const { code, out } = await explaining('delete from cards')
    expect(code).toBe(4)
    expect(out).toMatch(/^DENY by rule pci\//)
    expect(out).toContain('scope none')
  })

  test('what cannot be understood: 4', async () => {
    for (const sql of ['select * from nowhere', 'selekt', 'select 1; select 2', '']) {
      const { code, out } = await explaining(sql)
      expect([sql, code]).toEqual([sql, 4])
      expect(out).toContain('not understood')
    }
  })

  test('as JSON: the same facts and decision for a program', async () => {
    const { code, out } = await explaining('select pan from cards', '--json')
    const { facts, decision } = JSON.parse(out)
    expect(code).toBe(decision.effect === 'deny' ? 4 : 3)
    expect(facts.output).toEqual([
      {
        name: 'pan',
        lineage: {
          kind: 'direct',
          sources: [{ schema: 'public', relation: 'cards', column: 'pan', labels: ['pan'] }],
        },
      },
    ])
    expect(decision.policyHash).toMatch(/^[0-9a-f]{64}$/)
  })

  test.each([
    ['the time', ['--at', '2026-12-24T10:00:00+01:00'], 'freeze'],
    ['the agent', ['--agent', 'rogue'], 'no-bots'],
    ['the groups', ['--group', 'staff', '--group', 'guests'], 'no-guests'],
  ])('judges by %s that the options state', async (_, options, rule) => {
    const { code, out } = await explaining(
      'select id from cards where id = 1',
      '--at',
      '2026-06-01T00:00:00Z',
    )
    expect([code, out.split('\n')[0]]).toEqual([0, expect.stringContaining('ALLOW')])
    const refused = await explaining('select id from cards where id = 1', ...options)
    expect([refused.code, refused.out.split('\n')[0]]).toEqual([4, `DENY by rule ${rule}`])
  })

  test('never repeats a PAN from the statement or its bindings', async () => {
    const sql = 'select id as "4111111111111111" from cards where pan = \'5555555555554444\' or pan = $1'
    for (const json of [[], ['--json']]) {
      const { out, err } = await explaining(sql, '--binding', '378282246310005', ...json)
      expect(out).not.toBe('')
      expect(out + err).not.toMatch(/4111111111111111|5555555555554444|378282246310005/)
    }
  })

  test.each([
    [['--schema', 'missing.json'], 'schema dump'],
    [['--schema', 'a', '--url', 'postgres://x/y'], 'either --schema'],
    [[], 'either --schema'],
  ])('without one readable schema: 2', async (options, words) => {
    const { code, err } = await inDirectory(async at => {
      await writeFile(at('policy.yaml'), POLICY)
      return cardea('explain', 'select 1', '--policy', at('policy.yaml'), ...options)
    })
    expect(code).toBe(2)
    expect(err).toContain(words)
  })

  test('with a time that is none, or a policy that is none: 2', async () => {
    for (const at of ['yesterday', '2026-12-24T10:00:00']) {
      const { code, err } = await explaining('select 1', '--at', at)
      expect([code, err]).toEqual([2, expect.stringContaining('--at')])
    }
    const { code, err } = await cardea('explain', 'select 1', '--policy', 'nowhere.yaml', '--schema', 'x')
    expect([code, err]).toEqual([2, expect.stringContaining('cannot be read')])
  })
})

describePostgres('cardea explain and policy test over a live database', () => {
  let database: Database
  beforeAll(async () => {
    database = await postgres.database()
    const client = await connected(database.url)
    await client.query(`
      create table cards (id int primary key, brand text, pan text not null);
      create view numbers as select id, pan as number from cards`)
    await client.end()
  })
  afterAll(() => database.drop())

  test('resolves a view to the labelled column, live and from a dump alike', () =>
    inDirectory(async at => {
      await writeFile(at('policy.yaml'), POLICY)
      const asked = ['explain', 'select number from numbers where id = 1', '--policy', at('policy.yaml')]
      const live = await cardea(...asked, '--url', database.url)
      await cardea('schema', 'dump', '--url', database.url, '--out', at('schema.json'))
      const dumped = await cardea(...asked, '--schema', at('schema.json'))
      expect(live.out).toContain('public.cards.pan [pan]')
      expect(live.code).toBe(3)
      expect(dumped).toEqual(live)
    }))

  test('policy test tells which expectation does not hold', () =>
    inDirectory(async at => {
      await writeFile(at('policy.yaml'), `${POLICY}`.replace('cards.pan,', 'card.pan,'))
      await writeFile(
        at('t.yaml'),
        `
- { name: reads, sql: select id from cards where id = $1, bindings: [1], expect: allow }
- { name: shows, sql: select pan from cards where id = 1, expect: require_approval, columns: { pan: partial } }
`,
      )
      const tests = ['policy', 'test', at('t.yaml'), '--policy', at('policy.yaml'), '--url', database.url]
      const typo = await cardea(...tests)
      expect(typo.code).toBe(1)
      expect(typo.err).toContain('card.pan (pan) matches no column')
      expect(typo.out).toMatch(/^ok {4} reads\nFAILED shows\n {9}expected require_approval, got allow/)
      await writeFile(at('policy.yaml'), POLICY)
      const mended = await cardea(...tests, '--json')
      expect([mended.code, mended.err]).toEqual([0, ''])
      expect(JSON.parse(mended.out)).toMatchObject({
        passed: true,
        results: [{ name: 'reads' }, { name: 'shows' }],
      })
    }))
})
