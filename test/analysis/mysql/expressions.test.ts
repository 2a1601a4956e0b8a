import { describe, expect, test } from '@jest/globals'
import { brackets, expressionOf, verdict } from './kit.js'

describe('how tightly operators bind', () => {
  test.each([
    ['a or b and c', '(a or (b and c))'],
    ['a || b && c', '(a or (b and c))'],
    ['a and b and c', '(a and b and c)'],
    ['(a and b) and c', '((a and b) and c)'],
    ['a or b xor c and d', '(a or (b xor (c and d)))'],
    ['a xor b xor c', '((a xor b) xor c)'],
    ['not a = b', '(not (a = b))'],
    ['not a and b', '((not a) and b)'],
    ['not not a', '(not (not a))'],
    ['! a = b', '((not a) = b)'],
    ['!a is null', '((not a) is null)'],
    ['not a is null', '(not (a is null))'],
    ['a = b is null', '((a = b) is null)'],
    ['a is null is null', '((a is null) is null)'],
    ['a = b = c', '((a = b) = c)'],
    ['a <=> b', '(not (not (a <=> b)))'],
    ['a between b and c and d', '((a between b and c) and d)'],
    ['a between b and c between d and e', '(a between b and (c between d and e))'],
    ['a between b and c or d', '((a between b and c) or d)'],
    ['a not between 1 and 2 + 3', '(a not between 1 and (2 + 3))'],
    ['a like b = c', '((a like b) = c)'],
    ['a like b like c', '((a like b) like c)'],
    ['a like b not in (c)', '(a like (b not in (c)))'],
    ['a like b + c', '(a like (b + c))'],
    ["a like b escape '!' and c", "((a like b escape '!') and c)"],
    ['a in (b, c) = d', '((a in (b, c)) = d)'],
    ['a + b * c', '(a + (b * c))'],
    ['a - b - c', '((a - b) - c)'],
    ['a * b div c mod d % e', '((((a * b) div c) % d) % e)'],
    ['a | b & c << d + e * f ^ g', '(a | (b & (c << (d + (e * (f ^ g))))))'],
    ['-a ^ b', '((- a) ^ b)'],
    ['~a + b', '((~ a) + b)'],
    ['a collate x = b', '((binary a) = b)'],
    ['-a collate x', '(- (binary a))'],
    ['binary a = b', '((binary a) = b)'],
    ['a + interval 1 day * 2', '((a + interval (1) day) * 2)'],
    ['a - interval b + 1 day', '(a - interval ((b + 1)) day)'],
    ['interval 1 day + a', '(a + interval (1) day)'],
    ['a + interval(1, 2) * 3', '(a + (interval(1, 2) * 3))'],
    ['interval (1) + 2 day + a', '(a + interval ((1 + 2)) day)'],
    ['a is not true is false', '((a is not true) is false)'],
    ['case a when b or c then d end', '(case a when (b or c) then d end)'],
    ['if(a = 1, b, c)', '(case when (a = 1) then b else c end)'],
    ['nvl2(a, b, c)', 'nvl2(a, b, c)'],
    ['a sounds like b or c', '((soundex(a) = soundex(b)) or c)'],
    ['a member of (b)', '(a member of b)'],
    ['isnull(a)', '(a is null)'],
    ['mod(a, b)', '(a % b)'],
    ['+a', 'a'],
  ])('%s', (text, expected) => {
    expect(brackets(text)).toBe(expected)
  })

  test.each([
    ['a = not b'],
    ['a is null + 1'],
    ['a in (1) + 1'],
    ['a like b collate'],
    ['a is'],
    ['a not'],
    ['a between b'],
    ['not'],
    ['a in ()'],
    ['a ! b'],
    ['()'],
    ['a = all (1)'],
    ['case end'],
    ['interval 1'],
    ['exists (1)'],
    ['cast(a)'],
    ['cast(a as)'],
    ['a.*.b'],
    ['(a).b'],
    ['a[1]'],
    ['a::int'],
    ['next value for s'],
    ['f(a as b)'],
    ['f(distinct a)'],
    ['count(*, 1)'],
    ['sum(*)'],
  ])('%s is no expression', text => {
    expect(verdict(`select ${text}`)).toBe('syntax')
  })
})

const column = (...path: readonly string[]) => ({ type: 'column', path, star: false })

describe('what is said in its own shape', () => {
  test('comparisons with sub-queries', () => {
    expect(expressionOf('a in (select 1)')).toMatchObject({
      type: 'subquery',
      form: 'compare',
      operand: column('a'),
      operator: { name: { name: '=' }, role: 'equality' },
    })
    expect(expressionOf('a not in (((select 1)))')).toMatchObject({
      operator: 'not',
      operands: [{ type: 'subquery', form: 'compare' }],
    })
    expect(expressionOf('a > all (select 1)')).toMatchObject({
      form: 'compare',
      operator: { name: { name: '>' }, role: 'range' },
    })
    expect(expressionOf('exists (table t)')).toMatchObject({ type: 'subquery', form: 'exists' })
    expect(expressionOf('((select 1))')).toMatchObject({ type: 'subquery', form: 'scalar' })
    expect(expressionOf('((select 1), 2)')).toMatchObject({ type: 'compose', form: 'row' })
    expect(expressionOf('((select 1) + 2)')).toMatchObject({ type: 'operator', name: { name: '+' } })
  })

  test('lists, rows and ranges', () => {
    expect(expressionOf('a in (1, 2)')).toMatchObject({ form: 'in', role: 'equality' })
    expect(expressionOf('a not in (1, 2)')).toMatchObject({
      form: 'in',
      role: 'inequality',
      name: { name: '<>' },
    })
    expect(expressionOf('(a, b) = (1, 2)')).toMatchObject({
      role: 'equality',
      operands: [
        { type: 'compose', form: 'row', parts: [column('a'), column('b')] },
        { type: 'compose', form: 'row' },
      ],
    })
    expect(expressionOf('a between 1 and 2')).toMatchObject({ form: 'between', name: { name: '>=' } })
    expect(expressionOf('a <=> b')).toMatchObject({
      operator: 'not',
      operands: [{ form: 'distinct', name: { name: '=' } }],
    })
  })

  test('an escape character that the pattern does not hold is left out, any other is kept', () => {
    expect(expressionOf("a like '%' escape '!'")).toMatchObject({ operands: { length: 2 } })
    expect(expressionOf("a like '!%' escape '!'")).toMatchObject({ operands: { length: 3 } })
    expect(expressionOf("a like '%' escape '%'")).toMatchObject({ operands: { length: 3 } })
    expect(expressionOf("a like '%' escape b")).toMatchObject({ operands: { length: 3 } })
  })

  test('variables and settings are calls', () => {
    expect(expressionOf('@a')).toMatchObject({ type: 'call', name: { name: 'user variable' }, args: [] })
    expect(expressionOf('@a := pan or 1')).toMatchObject({
      type: 'call',
      name: { name: 'user variable assignment' },
      args: [{ type: 'logic', operands: [column('pan'), { type: 'constant' }] }],
    })
    expect(expressionOf('@@session.sql_mode')).toMatchObject({ name: { name: '@@sql_mode' } })
    expect(expressionOf('@@GLOBAL.Max_Connections')).toMatchObject({
      name: { name: '@@global.max_connections' },
    })
  })

  test('parameters are counted from 0', () => {
    expect(expressionOf('concat(?, ?)')).toMatchObject({
      args: [
        { type: 'parameter', at: 0 },
        { type: 'parameter', at: 1 },
      ],
    })
  })

  test('calls keep DISTINCT, ORDER BY, OVER and their schema', () => {
    expect(expressionOf('group_concat(distinct a order by b desc, c separator "x" limit 3)')).toMatchObject({
      name: { name: 'group_concat' },
      distinct: true,
      args: [column('a')],
      order: [{ expression: column('b') }, { expression: column('c') }],
    })
    expect(expressionOf('COUNT(*)')).toMatchObject({ name: { name: 'count' }, star: true })
    expect(expressionOf('count (distinct a, b)')).toMatchObject({ distinct: true, args: { length: 2 } })
    expect(expressionOf('vault.Peek(a)')).toMatchObject({ name: { schema: 'vault', name: 'peek' } })
    expect(
      expressionOf('lag(a) over (w partition by b order by c rows between d preceding and current row)'),
    ).toMatchObject({
      over: {
        base: 'w',
        partition: [column('b')],
        order: [{ expression: column('c') }],
        bounds: [column('d')],
      },
    })
    expect(expressionOf('percentile_cont(0.5) within group (order by a) over ()')).toMatchObject({
      withinGroup: true,
      order: [{ expression: column('a') }],
    })
    expect(expressionOf('row_number() over w')).toMatchObject({ over: { base: 'w' } })
  })

  test('arguments with a grammar of their own', () => {
    expect(expressionOf('trim(both a from b)')).toMatchObject({ args: [column('a'), column('b')] })
    expect(expressionOf('trim(leading from b)')).toMatchObject({ args: [column('b')] })
    expect(expressionOf('substring(a from b for c)')).toMatchObject({ args: { length: 3 } })
    expect(expressionOf('position(a in b)')).toMatchObject({ args: [column('a'), column('b')] })
    expect(expressionOf('extract(year from a)')).toMatchObject({ args: [{ value: 'year' }, column('a')] })
    expect(expressionOf('timestampdiff(day, a, b)')).toMatchObject({ args: { length: 3 } })
    expect(expressionOf('char(a, b using utf8mb4)')).toMatchObject({ args: [column('a'), column('b')] })
    expect(expressionOf('date_add(a, interval b hour_second)')).toMatchObject({
      args: [column('a'), { type: 'compose', form: 'interval', parts: [column('b')] }],
    })
    expect(expressionOf('match (a, b) against (c in boolean mode)')).toMatchObject({
      name: { name: 'match against' },
      role: 'pattern',
      operands: [{ form: 'row' }, column('c')],
    })
    expect(expressionOf("a->'$.b'")).toMatchObject({
      name: { name: 'json_extract' },
      args: [column('a'), {}],
    })
    expect(expressionOf("a->>'$.b'")).toMatchObject({ name: { name: 'json_unquote' } })
    expect(expressionOf('convert(a using latin1)')).toMatchObject({ form: 'collate', parts: [column('a')] })
    expect(expressionOf('cast(a as char(3))')).toMatchObject({ to: { name: 'char', modified: true } })
    expect(expressionOf('convert(a, signed integer)')).toMatchObject({
      to: { name: 'signed', modified: false },
    })
    expect(expressionOf('coalesce(a, b)')).toMatchObject({ type: 'compose', form: 'coalesce' })
    expect(expressionOf('nullif(a, b)')).toMatchObject({ form: 'nullif', parts: [{ role: 'equality' }] })
    expect(expressionOf('greatest(a, b)')).toMatchObject({ form: 'extreme' })
    expect(expressionOf('default(a)')).toMatchObject({ form: 'default', parts: [column('a')] })
  })
})
