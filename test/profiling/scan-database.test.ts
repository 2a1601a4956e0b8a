/** Walking a database whose answers are made up: order, bounds, failures, and what is told of them. */
import { describe, expect, test } from '@jest/globals'
import { valueJudge } from '../../src/cli/scan/judge.js'
import type { Catalog, CatalogRelation } from '../../src/model/catalog.js'
import { parsePolicy } from '../../src/policy/load.js'
import { policyText } from '../../src/profiling/label-rules.js'
import { readFailure } from '../../src/profiling/read-error.js'
import { reportText } from '../../src/profiling/report-text.js'
import type { RunSql, Sampler } from '../../src/profiling/sampler.js'
import { type ScanOptions, scanDatabase } from '../../src/profiling/scan-database.js'
import { cardNumber, randomDigits, seeded, times } from './kit.js'

const random = seeded(11)
const PAN = '4111111111111111'
const pans = times(40, () => cardNumber('4', 16, random))

type Cells = Readonly<Record<string, readonly unknown[]>>

function relation(
  name: string,
  columns: readonly string[],
  more: Partial<CatalogRelation> = {},
): CatalogRelation {
  return {
    schema: 'public',
    name,
    kind: 'table',
    columns: columns.map(column => ({ name: column, type: 'text', nullable: true, labels: [] })),
    keys: [],
    hasTriggersOrRules: false,
    system: false,
    ...more,
  }
}

function catalog(relations: readonly CatalogRelation[]): Catalog {
  return { dialect: 'postgres', version: 'v', searchPath: [], relations, routines: [] }
}

/** Gives what stands in `data`; a function there is called instead, to throw. */
function sampler(data: Readonly<Record<string, Cells | (() => never)>>): Sampler {
  return {
    walk: async (_lend, { relations }) => ({
      tables: relations.map(each => ({ relation: each, columns: each.columns })),
      skipped: [],
      unread: [],
    }),
    async read(_run, table, _options, take) {
      const cells = data[table.relation.name] ?? {}
      if (typeof cells === 'function') cells()
      const columns = table.columns.map(({ name }) => (cells as Cells)[name] ?? [])
      for (let at = 0; at < Math.max(...columns.map(({ length }) => length)); at++)
        take(columns.map(column => column[at]))
      return 'whole'
    },
  }
}

const unused: RunSql = async () => []

function options(over: Partial<ScanOptions>): ScanOptions {
  return {
    judge: valueJudge([]),
    sampler: sampler({}),
    lend: use => use(unused),
    rows: 100,
    timeoutMs: 1_000,
    atOnce: 2,
    only: [],
    ignored: () => false,
    signal: new AbortController().signal,
    progress: () => {},
    ...over,
  }
}

/** A driver's error, with the value in every place where drivers put values. */
function talkative(code: string | undefined): Error {
  return Object.assign(new Error(`duplicate key (pan)=(${PAN})`), {
    ...(code === undefined ? {} : { code }),
    detail: PAN,
    where: PAN,
    sqlMessage: PAN,
    sql: `select '${PAN}'`,
    table: PAN,
  })
}

describe('what the database answers', () => {
  test.each([
    ['42501', 'may not be read', false],
    ['ER_TABLEACCESS_DENIED_ERROR', 'may not be read', false],
    ['57014', 'took too long', false],
    ['55P03', 'is locked', false],
    ['SQLITE_BUSY', 'is locked', false],
    ['22P02', 'could not be read (22P02)', false],
    ['XX001', 'could not be read (XX001)', false],
    ['ECONNRESET', 'could not be read (ECONNRESET)', true],
    ['57P01', 'could not be read (57P01)', true],
    [undefined, 'could not be read (no code)', true],
    [PAN, 'could not be read (no code)', true],
  ])('%s is told as "%s"', (code, why, lost) => {
    expect(readFailure(talkative(code))).toMatchObject({ why, lost })
  })

  test.each([null, undefined, 'text', 7, { code: 7 }, Object.create(null)])(
    'anything may be thrown: %j',
    thrown => {
      expect(readFailure(thrown)).toMatchObject({ lost: true })
    },
  )

  test('of one table leaves the others, and no value comes out', async () => {
    const progress: string[] = []
    const report = await scanDatabase(
      catalog([relation('a', ['pan']), relation('b', ['x', 'y']), relation('c', ['pan'])]),
      options({
        sampler: sampler({
          a: { pan: pans },
          b: () => {
            throw talkative('22P02')
          },
          c: { pan: pans },
        }),
        progress: (done, of) => progress.push(`${done}/${of}`),
      }),
    )
    expect(report).toMatchObject({ complete: false, tables: 3 })
    expect(report.found.map(({ relation: name }) => name)).toEqual(['a', 'c'])
    expect(report.unread).toEqual([{ schema: 'public', relation: 'b', why: 'could not be read (22P02)' }])
    expect(progress).toEqual(['1/3', '2/3', '3/3'])
    expect(JSON.stringify(report) + reportText(report).join() + policyText(report).join()).not.toMatch(
      /\d{6}/,
    )
  })

  test('of one column leaves the other columns', async () => {
    const base = sampler({ a: { pan: pans, other: ['x'] } })
    const report = await scanDatabase(
      catalog([relation('a', ['pan', 'broken', 'other'])]),
      options({
        sampler: {
          ...base,
          read(run, table, ...rest) {
            if (table.columns.some(({ name }) => name === 'broken')) throw talkative('XX000')
            return base.read(run, table, ...rest)
          },
        },
      }),
    )
    expect(report.found.map(({ column }) => column)).toEqual(['pan'])
    expect(report.unread).toEqual([
      { schema: 'public', relation: 'a', columns: ['broken'], why: 'could not be read (XX000)' },
    ])
  })

  test('as the last thing before the connection is gone ends the scan', async () => {
    let read = 0
    const report = await scanDatabase(
      catalog(times(50, at => relation(`t${at}`, ['x']))),
      options({
        atOnce: 1,
        sampler: {
          ...sampler({}),
          async read() {
            read++
            throw talkative('ECONNRESET')
          },
        },
      }),
    )
    expect(read).toBe(1)
    expect(report.unread).toHaveLength(50)
    expect(report.unread[49]).toMatchObject({ why: 'the connection was lost' })
    const none = await scanDatabase(
      catalog([relation('t', ['x'])]),
      options({ lend: () => Promise.reject(talkative('ECONNREFUSED')), sampler: sampler({}) }),
    )
    expect(none).toMatchObject({ complete: false, tables: 0 })
  })

  test('is not asked for any more once somebody interrupts', async () => {
    const interrupt = new AbortController()
    const report = await scanDatabase(
      catalog(times(9, at => relation(`t${at}`, ['x']))),
      options({ atOnce: 1, signal: interrupt.signal, progress: done => done === 3 && interrupt.abort() }),
    )
    expect(report).toMatchObject({ complete: false, tables: 3 })
    expect(report.unread[5]).toMatchObject({ relation: 't8', why: 'interrupted' })
  })
})

describe('bounds', () => {
  test('no more tables at one time than asked for, no more columns than sixteen', async () => {
    let [now, most, widest] = [0, 0, 0]
    await scanDatabase(
      catalog(
        times(20, at =>
          relation(
            `t${at}`,
            times(at === 3 ? 1_000 : 2, column => `c${column}`),
          ),
        ),
      ),
      options({
        atOnce: 3,
        sampler: {
          ...sampler({}),
          async read(_run, { columns }) {
            most = Math.max(most, ++now)
            widest = Math.max(widest, columns.length)
            await new Promise(resolve => setImmediate(resolve))
            now--
            return 'whole'
          },
        },
      }),
    )
    expect([most, widest]).toEqual([3, 16])
  })
})

describe('beside card numbers', () => {
  const codes = times(60, at => (at === 0 ? '012' : randomDigits(3, random)))
  const scan = async (columns: Cells, more: Partial<CatalogRelation> = {}) => {
    const report = await scanDatabase(
      catalog([relation('t', Object.keys(columns), more)]),
      options({ sampler: sampler({ t: columns }) }),
    )
    return Object.fromEntries(
      report.found.map(({ column, verdict, label }) => [column, `${verdict} ${label}`]),
    )
  }
  const ref = times(60, () => cardNumber('4', 16, random))

  test('three digits that are spread as codes are, are codes', async () => {
    expect(await scan({ ref, x: codes })).toEqual({ ref: 'pan pan', x: 'sad sad' })
    expect(await scan({ x: codes })).toEqual({})
    expect(await scan({ ref, cid: codes })).toMatchObject({ cid: 'sad sad' })
    expect(await scan({ cid: codes })).toEqual({})
    expect(await scan({ ref, pin: times(60, () => randomDigits(4, random)) })).toMatchObject({
      pin: 'sad sad',
    })
  })

  test('few are for a person to look at', async () => {
    expect(await scan({ pan: ref.slice(0, 5), x: ['123', '456', '789'] })).toEqual({
      pan: 'pan pan',
      x: 'ambiguous sad',
    })
    expect(await scan({ pan: ref.slice(0, 5), x: ['2028', '1227', '2030'] })).toEqual({ pan: 'pan pan' })
  })

  test.each([
    ['years', times(60, at => String(2020 + (at % 12)))],
    ['expiry dates', times(60, at => `${String(1 + (at % 12)).padStart(2, '0')}${27 + (at % 6)}`)],
    ['a few codes', times(60, at => `0${10 + (at % 3)}`)],
    ['numbers that count up', times(60, at => String(100 + at))],
    ['one that is no number', [...codes.slice(1), 'n/a']],
    ['words', times(60, () => 'visa')],
  ])('%s are none', async (_, x) => {
    expect(await scan({ ref, x })).toEqual({ ref: 'pan pan' })
  })

  test('a key is none', async () => {
    expect(
      await scan({ ref, x: times(60, at => String(at * 16).padStart(3, '0')) }, { keys: [['x']] }),
    ).toEqual({
      ref: 'pan pan',
    })
  })
})

describe('the policy that is printed', () => {
  const names = [
    'plain',
    'Mixed',
    'a.b',
    'a b',
    'star*',
    'q"t',
    "o'clock",
    'new\nline',
    '\u202e',
    'ключ',
    'yes',
    '#',
    '{',
    '\ud800',
    '1',
  ]

  test('loads, and names every column as it is called', async () => {
    const relations = names.map(name => relation(name, [name], { schema: name }))
    const data = Object.fromEntries(names.map(name => [name, { [name]: pans }]))
    const report = await scanDatabase(catalog(relations), options({ sampler: sampler(data) }))
    expect(report.found).toHaveLength(names.length)
    const { labels } = parsePolicy(policyText(report).join('\n'))
    expect(labels).toHaveLength(names.length)
    expect(labels).toContainEqual({ column: 'plain.plain.plain', label: 'pan' })
    expect(labels.map(({ column }) => column)).toContain('"q""t"."q""t"."q""t"')
    expect(labels.map(({ column }) => column)).toContain('"new\nline"."new\nline"."new\nline"')
  })

  test('keeps what a person has to look at in comments, whatever the name', async () => {
    const relations = names.map(name => relation(name, [name], { schema: name }))
    const data = Object.fromEntries(names.map(name => [name, { [name]: [PAN] }]))
    const report = await scanDatabase(catalog(relations), options({ sampler: sampler(data) }))
    const text = policyText(report).join('\n')
    expect(parsePolicy(text).labels).toEqual([])
    expect(text.split('\n').filter(line => line.startsWith('  # - '))).toHaveLength(names.length)
  })

  test('names what differs in case only once', async () => {
    const relations = [relation('Cards', ['PAN']), relation('cards', ['pan'])]
    const data = { Cards: { PAN: pans }, cards: { pan: pans } }
    const report = await scanDatabase(catalog(relations), options({ sampler: sampler(data) }))
    expect(report.found).toHaveLength(2)
    expect(parsePolicy(policyText(report).join('\n')).labels).toHaveLength(1)
  })
})

describe('labels that are there', () => {
  const scan = async (label: string, cells: readonly string[]) => {
    const labelled = relation('t', ['x'])
    const columns = labelled.columns.map(column => ({ ...column, labels: [label] }))
    const report = await scanDatabase(
      catalog([{ ...labelled, columns }]),
      options({ sampler: sampler({ t: { x: cells } }) }),
    )
    return report.found.map(({ covered }) => covered)
  }

  test('cover what they protect', async () => {
    expect(await scan('pan', pans)).toEqual([true])
    expect(await scan('sad', pans)).toEqual([true])
    expect(await scan('email', pans)).toEqual([false])
    expect(await scan('email', [PAN])).toEqual([true])
    expect(await scan('pan', [`;${PAN}=30121010000012345678?`])).toEqual([false])
  })
})
