import { describe, expect, test } from '@jest/globals'
import { loadSqlite } from '../../../src/analysis/dialects/sqlite/sqlite.js'
import type { Query, Statement } from '../../../src/analysis/relational.js'
import { AnalysisStop } from '../../../src/analysis/stop.js'

const reader = loadSqlite({ maxLength: 300_000, maxDepth: 600 })
const { rules } = reader

function stopOf(sql: string): string {
  try {
    reader.read(sql)
    return 'read'
  } catch (error) {
    if (error instanceof AnalysisStop) return error.code
    throw error
  }
}

function queryOf(sql: string): Query {
  const { statement } = reader.read(sql)
  if (statement.type !== 'query') throw new Error(statement.type)
  return statement.query
}

function targets(sql: string) {
  const { body } = queryOf(sql)
  return body.type === 'select' ? body.targets : []
}

const expressions = (sql: string) => targets(`select ${sql}`).map(target => target.expression)
const names = (count: number) => Array.from({ length: count }, (_, at) => `n${at}`).join(',')

describe('text that is not read', () => {
  test.each([
    ['select 1\0; drop table t', 'ill_formed'],
    ['select \ud800', 'ill_formed'],
    ['\ufeffselect 1', 'ill_formed'],
    ['select 1 as x\u00ef\u00bb\u00bf', 'ill_formed'],
    [`select '${'x'.repeat(300_000)}'`, 'too_long'],
    ['', 'empty'],
    [' -- nothing\n;', 'empty'],
    ['select 1; select 2', 'multiple_statements'],
    ['select from', 'syntax'],
    ["select 'open", 'syntax'],
    ['select #1', 'syntax'],
    ['select ?0', 'syntax'],
    ['select ?99999', 'syntax'],
    ['select 0x12345678901234567', 'syntax'],
    [`select ${'('.repeat(1000)}1${')'.repeat(1000)}`, 'too_deep'],
    [`select ${'not '.repeat(1000)}1`, 'too_deep'],
    [`select 1${'+1'.repeat(1000)}`, 'too_deep'],
    [`select ${'case when 1 then '.repeat(700)}1${' end'.repeat(700)}`, 'too_deep'],
    [`select 1${' union select 1'.repeat(700)}`, 'too_deep'],
    [`select 1 from t${', t'.repeat(64)}`, 'too_deep'],
    [`select ${'a.'.repeat(100_000)}`, 'too_deep'],
    [`create table t (${names(20_000)})`, 'too_long'],
    [`insert into t (${names(20_000)}) values (1)`, 'too_long'],
    [`select * from a join b using (${names(20_000)})`, 'too_long'],
    ['update or replace t set a = 1', 'unknown_node'],
    ['select * from (a join b) as x', 'unknown_node'],
    ['select * from c, (a as b)', 'unknown_node'],
    ['select a as true from t', 'unknown_node'],
    ['select a as "b:1" from t', 'unknown_node'],
  ])('%.40j', (sql, code) => {
    expect(stopOf(sql)).toBe(code)
  })

  test('long and flat text is', () => {
    const list = Array.from({ length: 20_000 }, (_, at) => `'${at}'`).join(',')
    expect(stopOf(`select 1 from t where a in (${list})`)).toBe('read')
    expect(stopOf(`select 1 from t where ${Array(5000).fill('a = 1').join(' or ')}`)).toBe('read')
    expect(stopOf(`insert into t values ${Array(5000).fill('(1, 2)').join(', ')}`)).toBe('read')
  })

  test('an ordinary statement is read after any number of hostile ones', () => {
    for (let round = 0; round < 50; round += 1) stopOf(`select ${'(select '.repeat(20_000)}`)
    expect(stopOf('select 1')).toBe('read')
  })
})

describe('names', () => {
  test.each([
    ['select pan from t', 'pan'],
    ['select t.PAN from t', 'PAN'],
    ['select (pan) from t', 'pan'],
    ['select pan as "x y" from t', 'x y'],
    ["select pan 'quoted' from t", 'quoted'],
    ['select  a  +  b  from t', 'a  +  b'],
    ['select a+b /* why */, c from t', 'a+b /* why */'],
    ['select (a + b) from t', '(a + b)'],
    ['select pan collate nocase from t', 'pan collate nocase'],
    ['select [a b] from t', 'a b'],
    ['select count(*) from t', 'count(*)'],
  ])('the result of %s reports %j', (sql, name) => {
    expect(targets(sql)[0]?.name).toBe(name)
  })

  test('a collation does not hide a column’s name from the query around it', () => {
    expect(queryOf('select * from (select pan collate nocase from t)').body).toMatchObject({
      from: [{ query: { body: { targets: [{ name: 'pan' }] } } }],
    })
  })

  test('fold letters of ASCII only', () => {
    expect(rules.fold('ÀbÇ İK')).toBe('ÀbÇ İk')
  })

  test('a double-quoted name is never a string; TRUE is a name before it is a constant', () => {
    const [quoted, truth, text] = expressions('"a", true, "true"')
    expect(quoted).toEqual({ type: 'column', path: ['a'], star: false })
    expect(truth).toEqual({ type: 'column', path: ['true'], star: false, orText: true })
    expect(text).toEqual({ type: 'column', path: ['true'], star: false })
  })
})

describe('values', () => {
  test('parameters stand for the bindings that the engine gives them', () => {
    const at = expressions('?, ?4, :a, ?, @a, $a, :a, ?2').map(each =>
      each.type === 'parameter' ? each.at : -1,
    )
    expect(at).toEqual([0, 3, 4, 5, 6, 7, 4, 1])
  })

  test('in the order of the text, not of the tree', () => {
    const { body, limit } = queryOf('select a from t where b = ? limit ?')
    expect(body).toMatchObject({ where: { operands: [{}, { at: 0 }] } })
    expect(limit).toEqual({ type: 'parameter', at: 1 })
  })

  test.each([
    ['0x1F', 31],
    ['1_000', 1000],
    ['-5', -5],
    ['.5e1', 5],
    ['0xffffffffffffffff', -1],
    ['9223372036854775808', 2 ** 63],
  ])('%s', (sql, value) => {
    expect(expressions(sql)).toEqual([{ type: 'constant', value }])
  })

  test('a whole number that a double cannot hold stays exact', () => {
    expect(expressions('9007199254740993')).toMatchObject([
      { type: 'cast', operand: { value: '9007199254740993' }, to: { name: 'integer' } },
    ])
  })

  test.each([
    ['1', true],
    ['0', false],
    ['0.0x', false],
    [' -2abc', true],
    ['abc', false],
    ['.5', true],
    ['', false],
    ['1e-999', 'unknown'],
  ])('as a condition %j is %s', (text, truth) => {
    expect(rules.textTruth(text)).toBe(truth)
  })

  test.each([
    ['order by +1', 1],
    ['order by (2) collate nocase desc', 2],
    ['order by -(-2)', 2],
    ['order by 0x2', 2],
  ])('%s means a column', (order, value) => {
    expect(queryOf(`select a, b from t ${order}`).order).toEqual([
      { expression: { type: 'constant', value } },
    ])
  })

  test('a unique text column holds a value once, unless it is compared as a number', () => {
    const number = { name: 'integer', array: false, modified: false }
    const cast = { type: 'cast', operand: { type: 'parameter' }, to: number } as const
    expect(rules.pins('text', { type: 'constant', value: 1 }, undefined)).toBe(true)
    expect(rules.pins('text', cast, undefined)).toBe(false)
    expect(rules.pins('', cast, undefined)).toBe(false)
    expect(rules.pins('integer', cast, undefined)).toBe(true)
  })
})

describe('utilities', () => {
  const said = (statement: Statement) =>
    statement.type === 'utility' ? `${statement.kind} ${statement.verb} ${statement.result}` : statement.type

  test.each([
    ['begin immediate', 'transaction begin none'],
    ['end', 'transaction commit none'],
    ['rollback to x', 'transaction rollback to none'],
    ['release x', 'transaction release none'],
    ["attach 'x' as y", 'session attach none'],
    ['detach y', 'session detach none'],
    ["vacuum into 'x'", 'export vacuum into none'],
    ['vacuum', 'maintenance vacuum none'],
    ['analyze t', 'maintenance analyze none'],
    ['reindex', 'maintenance reindex none'],
    ['pragma table_info(t)', 'session show schema setting'],
    ["pragma main.table_xinfo = 't'", 'session show schema setting'],
    ['pragma foreign_keys', 'session show client setting setting'],
    ['pragma foreign_keys = off', 'session pragma opaque'],
    ['pragma foreign_keys(0)', 'session pragma opaque'],
    ['explain pragma user_version = 7', 'session pragma opaque'],
    ['pragma key = x', 'session pragma opaque'],
    ['pragma database_list', 'session show opaque'],
    ['pragma optimize', 'maintenance pragma optimize opaque'],
    ['create table t (a)', 'ddl create table none'],
    ['create table t as select 1', 'create-as'],
    ['create virtual table t using fts5(a)', 'ddl create virtual table none'],
    ['create trigger x after insert on t begin delete from u; end', 'ddl create trigger none'],
    ['drop table t', 'ddl drop table none'],
    ['alter table t rename to u', 'ddl alter table none'],
    ['explain query plan select 1', 'explain'],
  ])('%s', (sql, expected) => {
    expect(said(reader.read(sql).statement)).toBe(expected)
  })
})

test('a fingerprint holds no literal and is the same for any spelling', () => {
  const one = reader.read("SELECT * FROM t WHERE a IN (1, 2) AND b = 'x' -- no").fingerprint
  const two = reader.read("select *\nfrom t where a in (?, :x, 5) and b = x'41'").fingerprint
  expect(one).toBe('select * from t where a in (?) and b = ?')
  expect(two).toBe(one)
  expect(reader.read('select 1 as "4111111111111111"').fingerprint).toBe('select ? as "?"')
})

test('a view’s definition is the whole text of its creation', () => {
  const query = reader.readView('CREATE VIEW v (a) AS SELECT pan FROM cards')
  expect(query).toMatchObject({ body: { targets: [{ name: 'pan' }] } })
  expect(() => reader.readView('select 1')).toThrow(AnalysisStop)
})
