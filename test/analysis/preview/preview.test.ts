/** The read that a write is previewed by: its text, its bindings, and everything that has none. */
import { beforeAll, describe, expect, test } from '@jest/globals'
import { loadAnalyzer } from '../../../src/analysis/analyze.js'
import type { Analyzer } from '../../../src/analysis/analyzer.js'
import { type PreviewPlan, previewOf } from '../../../src/analysis/preview/preview.js'
import type { Catalog, CatalogColumn, CatalogRelation } from '../../../src/model/catalog.js'
import type { Dialect } from '../../../src/model/dialect.js'
import type { Identified } from '../../../src/model/progress.js'

const TYPES: Readonly<Record<Dialect, readonly [text: string, whole: string]>> = {
  postgres: ['text', 'integer'],
  mysql: ['varchar', 'int'],
  sqlite: ['text', 'integer'],
}

function column(name: string, type: string, label?: string): CatalogColumn {
  return { name, type, nullable: true, labels: label === undefined ? [] : [label] }
}

function catalogOf(dialect: Dialect): Catalog {
  const [text, whole] = TYPES[dialect]
  const columns = [
    column('id', whole),
    column('name', text),
    column('qty', whole),
    column('ssn', text, 'ssn'),
    column('odd "`name', text),
  ]
  const table = (name: string, more: Partial<CatalogRelation> = {}): CatalogRelation => ({
    schema: 'public',
    name,
    kind: 'table',
    columns,
    keys: [['id']],
    primaryKey: ['id'],
    hasTriggersOrRules: false,
    system: false,
    ...more,
  })
  return {
    dialect,
    version: 'v1',
    searchPath: ['public'],
    relations: [
      table('t'),
      table('by_ssn', { keys: [['ssn', 'id']], primaryKey: ['ssn', 'id'] }),
      table('keyless', { keys: [], primaryKey: [] }),
      table('triggered', { hasTriggersOrRules: true }),
      table('v', { kind: 'view', keys: [], definition: 'select * from t' }),
      table('low_priority'),
      table('wide', {
        columns: [
          column('b', dialect === 'postgres' ? 'bytea' : 'blob'),
          ...Array.from({ length: 12 }, (_, at) => column(`c${at}`, text)),
          column('id', whole),
          column('ssn', text, 'ssn'),
        ],
      }),
      table('typed', {
        columns: [
          column('id', whole),
          column('code', dialect === 'postgres' ? 'character' : 'char'),
          column('bits', 'bit'),
          column('state', dialect === 'postgres' ? 'public.state' : 'enum'),
          column('own', dialect === 'postgres' ? 'public.citext' : 'geometry'),
        ],
      }),
    ],
    routines: [{ schema: 'public', name: 'acts', kind: 'function', volatility: 'volatile' }],
    types: [{ schema: 'public', name: 'state' }],
  }
}

let analyzer: Analyzer
beforeAll(async () => {
  analyzer = await loadAnalyzer()
})

function plan(dialect: Dialect, statement: string): PreviewPlan | null {
  const catalog = catalogOf(dialect)
  const submission = { statement, dialect, bindings: [] }
  const { facts } = analyzer.analyze({ submission } as unknown as Identified, catalog)
  if (!facts.analyzable) throw new Error(`not understood: ${facts.reason}`)
  return previewOf(statement, facts, catalog)
}

/** Without the names of the output, which say nothing. */
const shape = (found: PreviewPlan | null) => found?.statement.replace(/ as cardea_preview_\d+/g, '')

describe('the read', () => {
  test('of an UPDATE shows the key, the old values and the new', () => {
    expect(plan('postgres', 'update t set name = $1, qty = qty + $3 where id = $2')).toEqual({
      statement:
        'select count(*) over () as cardea_preview_0, cast("id" as text) as cardea_preview_1, ' +
        'cast("name" as text) as cardea_preview_2, cast(cast(($1) as text) as text) as cardea_preview_3, ' +
        'cast("qty" as text) as cardea_preview_4, cast(cast((qty + $2) as integer) as text) as cardea_preview_5 ' +
        'from t where id = $3 limit 5',
      bindings: [0, 2, 1],
      columns: ['id', 'name', 'qty'],
      positions: [
        { before: 1, after: 1 },
        { before: 2, after: 3 },
        { before: 4, after: 5 },
      ],
      withheld: [],
    })
    expect(shape(plan('mysql', 'update t set name = ?, qty = ? where id = ?'))).toBe(
      'select count(*) over (), cast(`id` as char), cast(`name` as char), cast((?) as char), ' +
        'cast(`qty` as char), cast((?) as char) from t where id = ? limit 5',
    )
    expect(shape(plan('sqlite', 'update t set name = ?, qty = ? where id = ?'))).toBe(
      'select count(*) over (), "id", "name", (?), "qty", (?) from t where id = ? limit 5',
    )
  })

  test('of a DELETE shows the key and what carries no label, eight columns at most', () => {
    expect(plan('sqlite', 'delete from t where id = ?')).toEqual({
      statement:
        'select count(*) over () as cardea_preview_0, "id" as cardea_preview_1, "name" as cardea_preview_2, ' +
        '"qty" as cardea_preview_3, "odd ""`name" as cardea_preview_4 from t where id = ? limit 5',
      bindings: [0],
      columns: ['id', 'name', 'qty', 'odd "`name'],
      positions: [1, 2, 3, 4].map(before => ({ before, after: null })),
      withheld: ['ssn'],
    })
    for (const dialect of ['postgres', 'mysql', 'sqlite'] as const) {
      expect(plan(dialect, 'delete from wide where id = 1')).toMatchObject({
        columns: ['id', 'c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6'],
        withheld: ['ssn'],
      })
    }
  })

  test('takes the bindings of what it shows, numbered anew, each as often as it stands', () => {
    const found = plan(
      'postgres',
      'update t set ssn = $4, name = $2 || $2, qty = $1 where id = $3 and qty = $1',
    )
    expect(found).toMatchObject({ bindings: [1, 0, 2], withheld: ['ssn'] })
    expect(found?.statement).toMatch(/\(\$1 \|\| \$1\).*\(\$2\).*where id = \$3 and qty = \$2 limit 5$/)
    expect(plan('mysql', 'update t set ssn = ?, name = ? where id = ?')).toMatchObject({
      bindings: [1, 2],
      withheld: ['ssn'],
    })
    expect(plan('sqlite', 'update t set ssn = ?, name = ? where id = ?')).toMatchObject({ bindings: [1, 2] })
  })

  test('keeps the target and the condition as they are written', () => {
    expect(
      plan(
        'postgres',
        '/* a */ UPDATE ONLY public . "t" AS x SET name=\'a\' /* b */ WHERE x.id=-1 -- c\n ; -- d',
      )?.statement,
    ).toMatch(/ from ONLY public \. "t" AS x where x\.id=-1 limit 5$/)
    expect(plan('mysql', 'update `public`.t as x set x.name = 1')).toBeNull()
    expect(plan('mysql', 'update `public`.t x set name = 1 where x.id = 2')?.statement).toMatch(
      / from `public`\.t x where x\.id = 2 limit 5$/,
    )
    expect(plan('sqlite', 'delete from public.t as x where [id] = 2')?.statement).toMatch(
      / from public\.t as x where \[id\] = 2 limit 5$/,
    )
    expect(plan('postgres', 'update t set qty = 1')?.statement).toMatch(/ from t limit 5$/)
  })

  test('is not cut at what only looks like an end', () => {
    const conditions: readonly (readonly [Dialect, string])[] = [
      ['postgres', "name = 'x; where , from' and id = 1"],
      ['postgres', 'name = $$ where $$ and name <> $a$ limit $$ $a$'],
      ['postgres', "name = E'\\' where ' and id = 1"],
      ['postgres', "name is distinct from 'a' and qty is not distinct from 2"],
      ['postgres', 'id in (select id from t where qty = 1 order by id limit 2)'],
      ['postgres', "name /* where /* nested */ from */ = 'a'"],
      ['postgres', "substring(name from 2 for 1) = 'a'"],
      ['mysql', 'name = "x; where , from" and id = 1'],
      ['mysql', "name = 'a\\' where' and id = 1"],
      ['mysql', 'name = 1 # where\n and id = 2'],
      ['sqlite', "name = 'it''s where' and id = 1"],
      ['sqlite', "name is not distinct from 'a'"],
    ]
    for (const [dialect, condition] of conditions) {
      const found = plan(dialect, `update t set qty = 2, name = 'a, b' where ${condition}`)
      expect([found?.columns, found?.statement.endsWith(`where ${condition} limit 5`)]).toEqual([
        ['id', 'qty', 'name'],
        true,
      ])
    }
  })

  test('takes values as they stand', () => {
    const values: readonly (readonly [Dialect, string, string])[] = [
      ['postgres', "name=E'a\\', b'", "(E'a\\', b')"],
      ['postgres', 'qty=-1', '(-1)'],
      ['postgres', 'qty=- -1', '(- -1)'],
      ['postgres', "qty='5'::int", "('5'::int)"],
      ['postgres', 'qty = (array[1,2])[1]', '((array[1,2])[1])'],
      [
        'postgres',
        "name = case when qty = 1 then 'a' else 'b' end",
        "(case when qty = 1 then 'a' else 'b' end)",
      ],
      ['postgres', 'qty = (select max(qty) from t where id > 1)', '((select max(qty) from t where id > 1))'],
      ['postgres', "name = 'a'\n'b'", "('a'\n'b')"],
      ['mysql', 'qty = qty = 1', '(qty = 1)'],
      ['mysql', 'name = concat(name, ",")', '(concat(name, ","))'],
      ['sqlite', "name = name || ',' -- c\n || 1", "(name || ',' -- c\n || 1)"],
    ]
    for (const [dialect, set, shown] of values) {
      expect(plan(dialect, `update t set ${set} where id = 1`)?.statement).toContain(shown)
    }
  })
})

describe('is left out', () => {
  test('a protected column, old and new, and what is computed from one', () => {
    const found = plan('postgres', "update t set ssn = '123', qty = 2 where id = 1")
    expect(found).toMatchObject({ columns: ['id', 'qty'], withheld: ['ssn'] })
    expect(found?.statement).not.toContain('ssn')
    expect(found?.statement).not.toContain('123')
    expect(plan('postgres', 'update t set name = left("ssn", 1) where id = 1')).toMatchObject({
      columns: ['id'],
      withheld: ['name'],
    })
    expect(plan('postgres', 'update by_ssn set qty = 1 where id = 1')).toMatchObject({
      columns: ['id', 'qty'],
      withheld: ['ssn'],
    })
  })

  test('DEFAULT', () => {
    for (const dialect of ['postgres', 'mysql'] as const) {
      expect(plan(dialect, 'update t set name = default, qty = 1 where id = 1')).toMatchObject({
        columns: ['id', 'qty'],
        withheld: ['name'],
      })
    }
  })

  test('a column whose type makes something of a value that a cast does not', () => {
    const all = "code = 'a', bits = '1', state = 'b', own = 'c'"
    const found = plan('postgres', `update typed set ${all} where id = 1`)
    expect(found).toMatchObject({ columns: ['id', 'code', 'state'], withheld: ['bits', 'own'] })
    // `character` is `character(1)`.
    expect(found?.statement).toContain("cast(('a') as bpchar)")
    expect(found?.statement).toContain("cast(('b') as public.state)")
    expect(plan('mysql', "update typed set code = 'a', state = 'b', own = null where id = 1")).toMatchObject({
      columns: ['id', 'code', 'state'],
      withheld: ['own'],
    })
  })

  test('a key of a table that has none', () => {
    expect(plan('postgres', 'update keyless set qty = 1 where id = 1')?.columns).toEqual(['qty'])
  })
})

describe('has no preview', () => {
  const none: readonly (readonly [Dialect, string])[] = [
    ['postgres', 'select 1'],
    ['postgres', 'insert into t (id) values (1)'],
    ['postgres', 'update t set qty = 1 from by_ssn b where b.id = t.id'],
    ['postgres', 'update t set qty = 1 from (select 1 as n) x where id = 1'],
    ['postgres', 'update t set qty = 1 where id = 1 returning id'],
    ['postgres', 'update t set qty = 1 where id = 1 returning 1 as one'],
    ['postgres', 'with x as (select 1) update t set qty = 1 where id = 1'],
    ['postgres', 'with x as (delete from keyless) update t set qty = 1 where id = 1'],
    ['postgres', "update t set (qty, name) = (1, 'a') where id = 1"],
    ['postgres', "update t set (qty, name) = (select 1, 'a') where id = 1"],
    ['postgres', 'update only (t) set qty = 1 where id = 1'],
    ['postgres', 'update U&"t" set qty = 1 where id = 1'],
    ['postgres', 'delete from t using by_ssn b where b.id = t.id'],
    ['postgres', 'delete from t where id = 1 returning id'],
    ['postgres', 'update triggered set qty = 1 where id = 1'],
    ['postgres', 'delete from triggered where id = 1'],
    ['postgres', 'update v set qty = 1 where id = 1'],
    ['postgres', 'update t set qty = acts() where id = 1'],
    ['postgres', 'update t set qty = (random() * 5)::int where id = 1'],
    ['postgres', "update t set qty = 1 where name = 'CARDEA_preview_1'"],
    ['postgres', 'explain update t set qty = 1 where id = 1'],
    ['postgres', 'delete from t where random() < 0.5 and id = 1'],
    ['mysql', 'update t set name = UUID() where id = 1'],
    ['sqlite', 'update t set qty = abs(random()) where id = 1'],
    ['mysql', 'update t set qty = 1 where id = 1 order by id'],
    ['mysql', 'update t set qty = 1 where id = 1 limit 1'],
    ['mysql', 'delete from t where id = 1 limit 1'],
    ['mysql', 'update t, by_ssn b set t.qty = 1 where b.id = t.id'],
    ['mysql', 'update t join by_ssn b on b.id = t.id set t.qty = 1'],
    ['mysql', 'delete t from t join by_ssn b on b.id = t.id'],
    ['mysql', 'delete from t using t join by_ssn b on b.id = t.id'],
    ['mysql', 'update ignore t set qty = 1 where id = 1'],
    ['mysql', 'update low_priority t set qty = 1 where id = 1'],
    ['mysql', 'delete quick from t where id = 1'],
    ['mysql', 'update t partition (p0) set qty = 1 where id = 1'],
    ['mysql', "update t set name = x'41' where id = 1"],
    // Each sees what the one before has set.
    ['mysql', 'update t set qty = qty + 1, name = qty where id = 1'],
    ['mysql', 'update t set qty = 2, name = concat(t.`QTY`, 1) where id = 1'],
    ['mysql', 'update t set qty = 1, qty = 2 where id = 1'],
    ['sqlite', 'update t set qty = 1 from by_ssn b where b.id = t.id'],
    ['sqlite', 'update or ignore t set qty = 1 where id = 1'],
    ['sqlite', 'update t indexed by i set qty = 1 where id = 1'],
    ['sqlite', 'update t set qty = 1, qty = 2 where id = 1'],
    ['sqlite', 'update t set qty = ?1 where id = 1'],
    ['sqlite', 'update t set qty = :qty where id = 1'],
    ['sqlite', 'update t set rowid = 7 where id = 1'],
    ['sqlite', 'update t set (qty, name) = (1, 2) where id = 1'],
    ['sqlite', 'delete from t where id = 1 returning id'],
  ]
  test.each(none)('%s: %s', (dialect, statement) => {
    expect(plan(dialect, statement)).toBeNull()
  })
})
