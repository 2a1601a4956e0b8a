import { describe, expect, test } from '@jest/globals'
import { read, verdict } from './kit.js'

describe('INSERT and REPLACE', () => {
  test('rows, and what happens to those in the way', () => {
    expect(
      read(
        'insert into t (a, t.b) values (1, default), (?, 2) on duplicate key update a = values(a) + 1, t.b = default',
      ),
    ).toMatchObject({
      type: 'insert',
      target: { name: { name: 't' } },
      columns: ['a', 'b'],
      source: {
        body: {
          type: 'values',
          rows: [
            [{}, { type: 'default' }],
            [{ at: 0 }, {}],
          ],
        },
      },
      conflict: {
        columns: [],
        updates: true,
        assignments: [
          {
            columns: ['a'],
            values: [{ type: 'operator', operands: [{ path: [expect.any(String), 'a'] }, {}] }],
          },
          { columns: ['b'], values: [{ type: 'default' }] },
        ],
      },
    })
    expect(read('replace into t (a) select b from s')).toMatchObject({
      replaces: true,
      source: { body: { type: 'select' } },
    })
  })

  test('the name of the proposed row cannot be written', () => {
    const statement = read('insert into t values (1) on duplicate key update a = value(a)')
    expect(JSON.stringify(statement)).toContain('\\u0000')
  })

  test('a row alias of MySQL', () => {
    expect(read('insert into t values (1) as n (x) on duplicate key update a = n.x')).toMatchObject({
      conflict: { proposed: { name: 'n', columns: ['x'] } },
    })
  })

  test('SET, and rows without values', () => {
    expect(read('insert t set a = 1, b := a')).toMatchObject({
      columns: ['a', 'b'],
      source: { body: { rows: [[{ value: 1 }, { path: ['a'] }]] } },
    })
    expect(read('insert into t () values ()')).not.toHaveProperty('source')
    expect(read('insert into t values (), ()')).not.toHaveProperty('source')
  })

  test('brackets before a query are no column list', () => {
    for (const sql of [
      'insert into t (select 1)',
      'insert into t ((select 1) union (select 2))',
      'insert into t (with x as (select 1) select * from x)',
    ])
      expect(read(sql)).toMatchObject({ columns: [], source: { body: {} } })
    expect(read('insert into t (a) (select 1)')).toMatchObject({ columns: ['a'] })
  })

  test('RETURNING', () => {
    expect(read('insert into t values (1) returning *, a as b')).toMatchObject({
      returning: { targets: [{ name: '*' }, { name: 'b' }] },
    })
  })

  test.each([
    ['insert into t (s.a) values (1)', 'unknown_column'],
    ['insert into t (a) values (1) on duplicate key update s.a = 1', 'unknown_column'],
    ['replace into t values (1) on duplicate key update a = 1', 'syntax'],
    ['insert into t', 'syntax'],
    ['insert into t (a)', 'syntax'],
    ['insert into t default values', 'syntax'],
    ['insert into t values 1', 'syntax'],
    ['insert into a.b.c values (1)', 'syntax'],
    ['with x as (select 1) insert into t select * from x', 'syntax'],
  ])('%s', (sql, expected) => {
    expect(verdict(sql)).toBe(expected)
  })
})

describe('UPDATE', () => {
  test('of one table', () => {
    expect(
      read('update low_priority ignore t as x set a = 1, x.b = default where c order by d limit 1'),
    ).toMatchObject({
      type: 'update',
      target: { name: { name: 't' }, alias: { name: 'x' } },
      assignments: [{ columns: ['a'] }, { columns: ['b'], values: [{ type: 'default' }] }],
      where: { path: ['c'] },
      order: { length: 1 },
      limit: { value: 1 },
      from: [],
    })
  })

  test('of several tables', () => {
    expect(read('with w as (select 1) update a, b join c on x set a.i = 1, j = c.k where z')).toMatchObject({
      type: 'multi-update',
      with: { tables: [{ name: 'w' }] },
      from: [{ type: 'table' }, { type: 'join' }],
      assignments: [{ path: ['a', 'i'] }, { path: ['j'], value: { path: ['c', 'k'] } }],
      where: { path: ['z'] },
    })
    expect(read('update t x set t.a = 1')).toMatchObject({ type: 'multi-update' })
    expect(read('update (select 1) x set a = 1')).toMatchObject({ type: 'multi-update' })
  })

  test.each([
    ['update t set'],
    ['update t set a'],
    ['update t a = 1'],
    ['update set a = 1'],
    ['update t set a = 1 returning a'],
    ['update t set a = 1 limit 1, 2'],
    ['update t, s set a = 1 order by (select pan from cards)'],
    ['delete t from t order by (select pan from cards)'],
    ['update t for portion of p from 1 to 2 set a = 1'],
  ])('%s is refused', sql => {
    expect(verdict(sql)).toBe('syntax')
  })
})

describe('DELETE', () => {
  test('from one table', () => {
    expect(
      read('delete low_priority quick ignore from db.t where a order by b limit 2 returning c'),
    ).toMatchObject({
      type: 'delete',
      target: { name: { schema: 'db', name: 't' } },
      where: { path: ['a'] },
      order: { length: 1 },
      limit: { value: 2 },
      returning: { targets: [{ name: 'c' }] },
    })
    expect(read('delete from t as x where x.a')).toMatchObject({ target: { alias: { name: 'x' } } })
  })

  test.each([
    ['delete a, db.b from a join db.b on x where y'],
    ['delete a.*, db.b.* from a join db.b on x where y'],
    ['delete from a, db.b using a join db.b on x where y'],
    ['with w as (select 1) delete from a.*, db.b using a join db.b on x where y'],
  ])('%s', sql => {
    expect(read(sql)).toMatchObject({
      type: 'multi-delete',
      targets: [['a'], ['db', 'b']],
      from: [{ type: 'join' }],
      where: { path: ['y'] },
    })
  })

  test.each([
    ['delete t'],
    ['delete from'],
    ['delete from t, s'],
    ['delete * from t'],
    ['delete from t for portion of p from 1 to 2'],
  ])('%s is refused', sql => {
    expect(verdict(sql)).toBe('syntax')
  })
})
