import { describe, expect, test } from '@jest/globals'
import { kind, query, reader, select, sources, verdict } from './kit.js'

describe('sources', () => {
  test.each([
    ['select 1 from a, b c', 'a, b c'],
    ['select 1 from dual', ''],
    ['select 1 from db.a as c', 'db.a c'],
    ['select 1 from a = c', 'a c'],
    ['select 1 from a join b on x = y join c using (z, w)', '((a inner b on (x = y)) inner c using z+w)'],
    ['select 1 from a join b join c on x on y', '(a inner (b inner c on x) on y)'],
    ['select 1 from a join b join c on x', '((a inner b) inner c on x)'],
    ['select 1 from a join b left join c on x', '((a inner b) left c on x)'],
    ['select 1 from a join (b join c on x)', '(a inner (b inner c on x))'],
    ['select 1 from a left join (b, c) on x', '(a left (b inner c) on x)'],
    ['select 1 from (a, b) right outer join c on x', '((a inner b) right c on x)'],
    ['select 1 from a natural left join b', '(a natural left b)'],
    ['select 1 from a natural join b natural right join c', '((a natural inner b) natural right c)'],
    ['select 1 from a straight_join b on x', '(a inner b on x)'],
    ['select 1 from a cross join b on x', '(a inner b on x)'],
    ['select 1 from (select 1) x', '[select] x'],
    ['select 1 from ((select 1) union (select 2)) x', '[set] x'],
    ['select 1 from ((select 1) x join a on y)', '([select] x inner a on y)'],
    ['select 1 from a, lateral (select 1) x', 'a, [lateral select] x'],
    ['select 1 from a lateral', 'a lateral'],
    ['select 1 from (values (1), (2)) x', '[values] x'],
    ['select 1 from (table a) x', '[select] x'],
    ["select 1 from json_table(a, '$' columns (b int path '$')) x", '[computed] x'],
    ['select 1 from json_table', 'json_table'],
    ['select 1 from a partition (p) as b use index (i) where 1', 'a b'],
  ])('%s', (sql, expected) => {
    expect(sources(sql)).toBe(expected)
  })

  test.each([
    ['select 1 from (select 1)'],
    ['select 1 from a left join b'],
    ['select 1 from a right join b left join c on x'],
    ['select 1 from a full outer join b on x'],
    ['select 1 from a.b.c'],
    ['select 1 from f(1)'],
    ['select 1 from a tablesample (1)'],
    ['select 1 from a natural join b on x'],
    ['select 1 from'],
    ['select 1 from a,'],
    ['select 1 from ()'],
  ])('%s is refused', sql => {
    expect(verdict(sql)).toBe('syntax')
  })

  test('a point in time is read', () => {
    expect(select('select 1 from a for system_time as of @t').from[0]).toMatchObject({
      sample: [{ type: 'call', name: { name: 'user variable' } }],
    })
  })
})

describe('set operations', () => {
  test('INTERSECT binds tighter, the rest from left to right', () => {
    expect(query('select 1 union all select 2 except select 3 intersect select 4').body).toMatchObject({
      operator: 'except',
      all: false,
      left: { body: { operator: 'union', all: true } },
      right: { body: { operator: 'intersect' } },
    })
  })

  test('ORDER BY and LIMIT belong where they stand', () => {
    const outer = query('(select a from t order by a limit 1) union select b from t order by 1 limit 2')
    expect(outer).toMatchObject({
      limit: { value: 2 },
      order: { length: 1 },
      body: { type: 'set', left: { limit: { value: 1 } }, right: { body: { type: 'select' } } },
    })
    expect(query('(select a from t order by a limit 5) limit 2')).toMatchObject({
      limit: { value: 2 },
      body: { type: 'select', from: [{ type: 'subquery', query: { limit: { value: 5 } } }] },
    })
    expect(query('(select a from t) limit 2')).toMatchObject({
      limit: { value: 2 },
      body: { from: [{ name: {} }] },
    })
    expect(query('((select a from t limit 2))')).toMatchObject({ limit: { value: 2 } })
  })

  test('an ORDER BY in the middle is refused', () => {
    expect(verdict('select 1 order by 1 union select 2')).toBe('syntax')
    expect(verdict('select 1 limit 1 union select 2')).toBe('syntax')
  })
})

describe('limits', () => {
  test.each([
    ['limit 1', { limit: 1 }],
    ['limit 2, 1', { limit: 1, offset: 2 }],
    ['limit 1 offset 2', { limit: 1, offset: 2 }],
    ['limit 1 rows examined 9', { limit: 1 }],
    ['limit rows examined 9', {}],
    ['offset 2 rows', { offset: 2 }],
    ['fetch first row only', { limit: 1 }],
    ['offset 2 row fetch next 3 rows with ties', { limit: 3, offset: 2 }],
  ])('%s', (text, expected: { readonly limit?: number; readonly offset?: number }) => {
    const { limit, offset } = query(`select a from t order by a ${text}`)
    expect(limit).toEqual(
      expected.limit === undefined ? undefined : { type: 'constant', value: expected.limit },
    )
    expect(offset).toEqual(
      expected.offset === undefined ? undefined : { type: 'constant', value: expected.offset },
    )
  })

  test('only whole numbers and parameters', () => {
    for (const text of ['-1', '1 + 1', '@a', '(select 1)', '1.5', "'1'", 'a', '1e1', '0x1'])
      expect(verdict(`select a from t limit ${text}`)).toBe('syntax')
    expect(query('select a from t where b = ? limit ?, ?')).toMatchObject({
      limit: { at: 2 },
      offset: { at: 1 },
    })
  })

  test('ties do not bound the rows', () => {
    expect(query('select a from t order by a fetch first 1 rows with ties').ties).toBe(true)
  })
})

describe('SELECT', () => {
  test('a string is named after its text, however it is introduced', () => {
    const { targets } = select("select ' a', _latin1'b', n'c' 'd', concat('e')")
    expect(targets.map(target => target.name)).toEqual(['a', 'b', 'cd', "concat('e')"])
  })

  test('names of output columns', () => {
    const { targets } = select(
      "select a, t.B, (c), {x d}, a + 1 , max( a ), 'x' 'y', -1, e as f, g 'h', i j, *  from t"
        .replace('select a', 'select a')
        .replace(', *', ''),
    )
    expect(targets.map(target => target.name)).toEqual([
      'a',
      'B',
      'c',
      'd',
      'a + 1',
      'max( a )',
      'xy',
      '-1',
      'f',
      'h',
      'j',
    ])
  })

  test('stars', () => {
    expect(select('select *, a.*, db.a.*, 1 from a').targets.map(target => target.expression)).toEqual([
      { type: 'column', path: [], star: true },
      { type: 'column', path: ['a'], star: true },
      { type: 'column', path: ['db', 'a'], star: true },
      { type: 'constant', value: 1 },
    ])
    expect(verdict('select 1, * from a')).toBe('syntax')
  })

  test('clauses', () => {
    expect(
      select(
        'select distinct sql_calc_found_rows a from t where b group by c desc, d with rollup having e window w as (order by f), v as (w)',
      ),
    ).toMatchObject({
      distinct: 'all',
      where: { path: ['b'] },
      group: [{ path: ['c'] }, { path: ['d'] }],
      having: { path: ['e'] },
      windows: [
        { name: 'w', window: { order: { length: 1 } } },
        { name: 'v', window: { base: 'w' } },
      ],
    })
  })

  test.each([
    ['for update', ['for update']],
    ['for update of t nowait', ['for update']],
    ['for share skip locked', ['for share']],
    ['lock in share mode', ['for share']],
    ['for share of a for update of b', ['for share', 'for update']],
  ])('locks: %s', (text, strengths) => {
    expect(query(`select a from t ${text}`).locks.map(lock => lock.strength)).toEqual(strengths)
  })

  test('WITH', () => {
    expect(
      query('with recursive a (x) as (select 1), b as (with c as (select 2) table c) table a').with,
    ).toMatchObject({
      recursive: true,
      tables: [
        { name: 'a', columns: ['x'] },
        { name: 'b', body: { with: { tables: [{ name: 'c' }] } } },
      ],
    })
    expect(query('with recursive a as (select 1 x) cycle x restrict select * from a').with).toMatchObject({
      tables: [{ tracked: ['x'] }],
    })
  })
})

describe('INTO', () => {
  test.each([
    ['select pan into @a from cards', 'copy: select into variable to variable'],
    ['select pan from cards into @a, @b', 'copy: select into variable to variable'],
    ['select pan from cards limit 1 into @a for update', 'copy: select into variable to variable'],
    ["select pan from cards for update into outfile 'x'", 'copy: select into outfile to file'],
    ["select pan into dumpfile 'x' from cards", 'copy: select into dumpfile to file'],
    [
      "select 1 union select pan from cards into outfile 'x' fields terminated by ','",
      'copy: select into outfile to file',
    ],
    [
      "with a as (select pan from cards) select * from a into outfile 'x'",
      'copy: select into outfile to file',
    ],
    ["table cards into outfile 'x'", 'copy: select into outfile to file'],
  ])('%s', (sql, expected) => {
    expect(kind(sql)).toBe(expected)
  })

  test.each([
    ['select (select pan from cards into @a)'],
    ['select * from (select pan into @a from cards) x'],
    ['select pan into @a from cards into @b'],
    ['insert into t select pan into @a from cards'],
    ["explain select pan from cards into outfile 'x'"],
    ['select pan into a from cards'],
  ])('%s is refused', sql => {
    expect(verdict(sql)).toBe('syntax')
  })
})

describe('the definition of a view', () => {
  test('as information_schema and SHOW CREATE VIEW print it', () => {
    expect(
      reader.readView(
        'select `db`.`cards`.`id` AS `id`,right(`db`.`cards`.`pan`,4) AS `tail` from `db`.`cards`',
      ),
    ).toMatchObject({ body: { targets: [{ name: 'id' }, { name: 'tail' }] } })
    expect(
      reader.readView(
        "select `a`.`x` AS `x` from (`a` join `b` on(`a`.`x` = `b`.`x`)) where `a`.`y` = _utf8mb4'z'",
      ),
    ).toMatchObject({ body: { from: [{ type: 'join' }] } })
  })

  test('is a query and nothing else', () => {
    expect(() => reader.readView('delete from cards')).toThrow(
      expect.objectContaining({ code: 'unknown_node' }),
    )
  })
})
