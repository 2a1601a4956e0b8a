/**
 * Statements that are small to send and meant to be costly to judge: each kind in several sizes. What a
 * kind is called says what it goes for.
 */
import type { Dialect } from '../../../src/model/dialect.js'
import { WIDTH } from './arena.js'

export interface Hostile {
  readonly name: string
  readonly statement: string
}

type Make = (size: number, dialect: Dialect) => string

/** As long as a statement may be by default. */
export const LONGEST = 256 * 1024

function list(size: number, make: (at: number) => string, separator = ', '): string {
  return Array.from({ length: size }, (_, at) => make(at)).join(separator)
}

/** `part` as often as fits into the longest statement, `size` times at most. */
function upTo(size: number, part: string): string {
  return part.repeat(Math.min(size, Math.floor((LONGEST - 400) / part.length)))
}

function fitting(size: number, each: number): number {
  return Math.min(size, Math.floor((LONGEST - 1000) / each))
}

const NESTED: Readonly<Record<string, Make>> = {
  'open brackets alone': size => upTo(size, '('),
  'closed brackets alone': size => upTo(size, ')'),
  'brackets around a number': size => `select ${upTo(size, '(')}1${upTo(size, ')').slice(0, LONGEST / 2)}`,
  'balanced brackets': size => `select ${'('.repeat(size / 3)}1${')'.repeat(size / 3)} from payments`,
  'brackets around a query': size => `${'('.repeat(size / 3)}select 1${')'.repeat(size / 3)}`,
  'sub-queries in FROM': size =>
    `${'select * from ('.repeat(fitting(size, 20))}select id from payments${') x'.repeat(fitting(size, 20))}`,
  'scalar sub-queries': size =>
    `select ${'(select '.repeat(fitting(size, 12))}1${')'.repeat(fitting(size, 12))}`,
  'exists in exists': size =>
    `select 1 from payments where ${'exists (select 1 from payments where '.repeat(fitting(size, 42))}true${')'.repeat(fitting(size, 42))}`,
  'case in case': size =>
    `select ${'case when true then '.repeat(fitting(size, 26))}1${' end'.repeat(fitting(size, 26))}`,
  'case in the condition': size =>
    `select ${'case when '.repeat(fitting(size, 24))}true${' then true end'.repeat(fitting(size, 24))}`,
  'case in the else branch': size =>
    `select ${'case when 1 = 1 then 1 else '.repeat(fitting(size, 34))}1${' end'.repeat(fitting(size, 34))}`,
  'not after not': size => `select * from payments where ${upTo(size, 'not ')}true`,
  'not in brackets': size =>
    `select * from payments where ${'not ('.repeat(fitting(size, 6))}true${')'.repeat(fitting(size, 6))}`,
  'minus after minus': size => `select ${upTo(size, '- ')}1`,
  'minus without a space': size => `select ${'-'.repeat(size)}1`,
  'plus without a space': size => `select ${'+'.repeat(size)}1`,
  'tilde after tilde': size => `select ${upTo(size, '~ ')}1`,
  'bang after bang': size => `select ${upTo(size, '! ')}1`,
  'calls in calls': size => `select ${'abs('.repeat(fitting(size, 6))}1${')'.repeat(fitting(size, 6))}`,
  'coalesce in coalesce': size =>
    `select ${'coalesce(id, '.repeat(fitting(size, 15))}1${')'.repeat(fitting(size, 15))} from payments`,
  'casts in casts': size =>
    `select ${'cast('.repeat(fitting(size, 20))}1${' as char(9))'.repeat(fitting(size, 20))}`,
  'joins in brackets': size =>
    `select 1 from ${'('.repeat(fitting(size, 50))}payments${' cross join payments)'.repeat(fitting(size, 50))}`,
  'unions in brackets': size =>
    `${'('.repeat(fitting(size, 40))}select 1${' union all select 1)'.repeat(fitting(size, 40))}`,
  'explain after explain': size => `${upTo(size, 'explain ')}select 1`,
  'with in with': size =>
    `${'with a as ('.repeat(fitting(size, 32))}select 1${') select * from a'.repeat(fitting(size, 32))}`,
  'rows in rows': size => `select ${'row('.repeat(fitting(size, 6))}1${')'.repeat(fitting(size, 6))}`,
  'collate after collate': size => `select 'a'${upTo(size, ' collate binary')}`,
  'is null after is null': size => `select 1${upTo(size, ' is null')}`,
  'in after in': size => `select 1${upTo(size, ' in (1)')}`,
  'between in between': size => `select 1${upTo(size, ' between 1 and 2')}`,
  'like after like': size => `select 'a'${upTo(size, " like 'a'")}`,
  'deep JSON in a literal': size => `select '${'['.repeat(size / 3)}${']'.repeat(size / 3)}'`,
  'arrows in a row': size => `select note${upTo(size, " -> 'a'")} from payments`,
}

const LONG: Readonly<Record<string, Make>> = {
  and: size => `select * from payments where ${list(fitting(size, 18), at => `id = ${at}`, ' and ')}`,
  or: size => `select * from payments where ${list(fitting(size, 18), at => `id = ${at}`, ' or ')}`,
  'or of opposites': size =>
    `delete from payments where ${list(fitting(size, 30), at => `id = ${at} and not id = 1`, ' or ')}`,
  'and of the same': size => `delete from payments where ${upTo(size, 'id = card_id and ')} id = 1`,
  'and and or by turns': size =>
    `delete from payments where ${list(fitting(size, 36), at => `(id = ${at} or card_id = ${at})`, ' and ')}`,
  'the same long side': size =>
    `delete from payments where ${list(fitting(size, 4), () => '1', '+')} = ${list(fitting(size, 8) / 2, () => '1', '+')} or 1 = 2`,
  plus: size => `select ${list(fitting(size, 4), () => '1', ' + ')}`,
  'plus of columns': size => `select ${list(fitting(size, 10), () => 'amount', ' + ')} from payments`,
  concatenation: size => `select ${list(fitting(size, 6), () => "''", ' || ')}`,
  union: size => list(fitting(size, 20), () => 'select 1', ' union '),
  'union all of tables': size => list(fitting(size, 42), () => 'select id from payments', ' union all '),
  except: size => list(fitting(size, 20), () => 'select 1', ' except '),
  'cross joins': size =>
    `select 1 from payments ${list(fitting(size, 36), at => `cross join payments p${at}`, ' ')}`,
  'joins on conditions': size =>
    `select 1 from payments p ${list(fitting(size, 48), at => `join payments p${at} on p${at}.id = p.id`, ' ')}`,
  'tables after commas': size => `select 1 from ${list(fitting(size, 22), at => `payments p${at}`)}`,
  'stars of wide tables': size => `select * from ${list(fitting(size, 20), at => `wide w${at}`)}`,
  'stars by name': size => `select ${upTo(size, 'wide.*, ')} 1 from wide`,
  'plain names in sight of wide tables': size =>
    `select ${list(fitting(size, 14), at => `c${at % WIDTH}`)} from wide`,
  'natural joins of wide tables': size =>
    `select 1 from wide natural join wider ${list(Math.min(size, 40), () => 'natural join wide', ' ')}`,
  'using with many columns': size =>
    `select 1 from wide join wider using (${list(Math.min(size, WIDTH), at => `c${at}`)})`,
  'using, again and again': size =>
    `select 1 from wide ${list(Math.min(size, 12), at => `join wider w${at} using (${list(WIDTH, n => `c${n}`, ',')})`, ' ')}`,
  'in with numbers': size => `select * from payments where id in (${list(fitting(size, 8), String)})`,
  'in with strings': size => `select * from payments where note in (${list(fitting(size, 6), () => "'a'")})`,
  'in with rows': size =>
    `delete from payments where (id, card_id) in (${list(fitting(size, 18), at => `(${at}, ${at})`)})`,
  'in with expressions': size =>
    `select * from payments where id in (${list(fitting(size, 10), () => 'id + 1')})`,
  'not in with columns': size =>
    `delete from payments where id not in (${list(fitting(size, 5), () => 'id')})`,
  'values of many rows': size =>
    `insert into payments (id, note) values ${list(fitting(size, 14), at => `(${at}, 'a')`)}`,
  'values of columns that are not there': size =>
    `insert into payments (${list(fitting(size, 12), at => `n${at}`)}) values (1)`,
  'values of one wide row': size => `insert into payments values (${list(fitting(size, 5), () => '1')})`,
  'rows of different width': size =>
    `insert into payments (id) values ${list(fitting(size, 20), at => `(${list(at % 9, () => '1')})`)}`,
  'assignments to one column': size =>
    `update payments set ${list(fitting(size, 12), () => 'amount = 1')} where id = 1`,
  'assignments of sub-queries': size =>
    `update payments set ${list(fitting(size, 48), () => 'amount = (select max(id) from payments)')} where id = 1`,
  'output columns': size => `select ${list(fitting(size, 16), at => `id as a${at}`)} from payments`,
  'output columns of one name': size => `select ${upTo(size, 'id as a, ')} 1 from payments order by a`,
  'sort keys': size => `select id from payments order by ${list(fitting(size, 5), () => 'id')}`,
  'sort keys by number': size => `select id from payments order by ${list(fitting(size, 4), () => '1')}`,
  'group keys': size => `select count(*) from payments group by ${list(fitting(size, 6), () => 'note')}`,
  'arms of a case': size =>
    `select case ${list(fitting(size, 26), at => `when id = ${at} then 1`, ' ')} end from payments`,
  'arms of a simple case': size =>
    `select case id ${list(fitting(size, 22), at => `when ${at} then 1`, ' ')} end from payments`,
  'arguments of a call': size => `select coalesce(${list(fitting(size, 6), () => 'note')}) from payments`,
  'scalar sub-queries in a row': size =>
    `select ${list(fitting(size, 34), () => '(select max(id) from payments)')}`,
  'windows of the same kind': size =>
    `select ${list(fitting(size, 44), () => 'row_number() over (order by id)')} from payments`,
  'named windows': size =>
    `select 1 from payments window ${list(fitting(size, 26), at => `w${at} as (order by id)`)}`,
  'windows over windows': size =>
    `select 1 from payments window w0 as (partition by id), ${list(fitting(size, 20), at => `w${at + 1} as (w${at})`)}`,
  'nothing but commas': size => `select ${upTo(size, ',')}`,
  'dots in a name': size => `select ${upTo(size, 'a.')}b from payments`,
  statements: size => upTo(size, 'select 1;'),
  'empty statements': size => upTo(size, ';'),
}

const RESOLVED: Readonly<Record<string, Make>> = {
  'common tables that double': size =>
    `with ${list(Math.min(size, 1500), at => (at === 0 ? 't0 as (select 1 as a)' : `t${at} as (select x.a from t${at - 1} x, t${at - 1} y)`))} select * from t${Math.min(size, 1500) - 1}`,
  'common tables whose columns double': size =>
    `with ${list(Math.min(size, 60), at => (at === 0 ? 't0 as (select 1 as a)' : `t${at} as (select * from t${at - 1} x, t${at - 1} y)`))} select * from t${Math.min(size, 60) - 1}`,
  'recursive ones that double': size =>
    `with recursive ${list(Math.min(size, 1500), at => (at === 0 ? 't0 as (select 1 as a)' : `t${at} as (select x.a from t${at - 1} x, t${at - 1} y)`))} select * from t${Math.min(size, 1500) - 1}`,
  'recursive ones in reverse order': size =>
    `with recursive ${list(Math.min(size, 1500), at => `t${at} as (select x.a from t${at + 1} x, t${at + 1} y)`)}, t${Math.min(size, 1500)} as (select 1 as a) select * from t0`,
  'recursive ones in a ring': size =>
    `with recursive ${list(Math.min(size, 1500), at => `t${at} as (select a from t${(at + 1) % Math.min(size, 1500)})`)} select * from t0`,
  'recursion with many columns': size =>
    `with recursive t(${list(Math.min(size, WIDTH), at => `a${at}`)}) as (select ${list(Math.min(size, WIDTH), at => `c${at}`)} from wide union all select ${list(Math.min(size, WIDTH), at => `a${(at + 1) % Math.min(size, WIDTH)}`)} from t) select * from t`,
  'recursion in recursion': size => {
    const depth = Math.min(size / 6, 14)
    const open = list(
      depth,
      at => `with recursive t${at} as (select 1 as a union all select a from t${at} where a in (`,
      '',
    )
    return `${open}select 1${list(depth, at => `)) select a from t${Math.ceil(depth) - 1 - at}`, '')}`
  },
  'recursion in both arms': size => {
    const depth = Math.min(size, 14)
    let body = 'select 1 as a'
    for (let at = 0; at < depth; at += 1)
      body = `select * from (with recursive t${at} as (select 1 as a union all select x.a from t${at} x, (${body}) y) select a from t${at}) z${at}`
    return body
  },
  'derived tables that double': size => {
    let body = 'select id from payments'
    for (let at = 0; at < Math.min(size, 12); at += 1)
      body = `select a.id from (${body}) a join (${body}) b on a.id = b.id`
    return body.slice(0, LONGEST)
  },
  'common tables in a row': size =>
    `with ${list(fitting(size, 26), at => `t${at} as (select 1 as a)`)} select 1`,
  'common tables that are all read': size =>
    `with ${list(fitting(size, 40) / 2, at => `t${at} as (select 1 as a)`)} select 1 from ${list(fitting(size, 40) / 2, at => `t${at}`)}`,
  'a wide common table, starred': size =>
    `with t as (select * from wide) select * from ${list(fitting(size, 10), at => `t t${at}`)}`,
  'wide derived tables in each other': size =>
    `${'select * from ('.repeat(Math.min(size, 250))}select * from wide${') x'.repeat(Math.min(size, 250))}`,
  'sums of wide tables': size => `select ${list(fitting(size, 8), at => `c${at % WIDTH}`, '+')} from wide`,
  'sums of sums': size =>
    `with ${list(Math.min(size, 400), at => (at === 0 ? 't0 as (select * from wide)' : `t${at} as (select ${list(40, n => (at === 1 ? `c${n} + c${n + 40} as s${n}` : `s${n} + s${(n + 1) % 40} as s${n}`), ',')} from t${at - 1})`)).slice(0, LONGEST - 100)} select 1`,
  'sums of sums of everything': size => {
    const levels = Math.min(size, 30)
    const all = list(100, n => `c${n}`, '+')
    const first = `t0 as (select ${list(40, n => `${all} as c${n}`, ',')} from wide)`
    const sum = list(40, n => `c${n}`, '+')
    return `with ${first}, ${list(levels, at => `t${at + 1} as (select ${list(40, n => `${sum} as c${n}`, ',')} from t${at})`)} select * from t${levels}`
  },
  'unions of wide tables': size => list(fitting(size, 32), () => 'select * from wide', ' union all '),
  'unions of wide tables, compared': size => list(fitting(size, 32), () => 'select * from wide', ' except '),
  'a deep view': () => 'select * from v20',
  'a view too deep': size => `select * from v${Math.min(size, 59)}`,
  'views that double': size => `select * from d${Math.min(size, 22)}`,
  'views whose origins double': size => `select * from e${Math.min(size, 22)}`,
  'a view of itself': () => 'select * from ring',
  'a broken view': () => 'select * from broken',
  'a view, joined with itself': size => `select 1 from ${list(fitting(size, 12), at => `v20 a${at}`)}`,
  'outer names from far below': size =>
    `select (${'select ('.repeat(Math.min(size, 90))}select id${')'.repeat(Math.min(size, 90))}) from payments`,
  'names looked for at every level': size => {
    const depth = Math.min(size, 60)
    return `${list(depth, at => `select 1 from wide w${at} where exists (`, '')}select ${list(2000, at => `w0.c${at % 999}`)}${')'.repeat(depth)}`
  },
  'lateral after lateral': size =>
    `select 1 from payments p ${list(fitting(size, 60), at => `cross join lateral (select p.id) l${at}`, ' ')}`,
  'wide rows as values': size => `select ${list(fitting(size, 8), () => 'wide')} from wide`,
  'wide rows, compared': size =>
    `select 1 from wide where ${list(fitting(size, 16), () => 'wide = wide', ' and ')}`,
  'wide rows, returned': size =>
    `update wide set c1 = 1 where id = 1 returning ${list(fitting(size, 3), () => '*', ',')}`,
  'insert of everything into everything': () =>
    'insert into wide select * from wider on conflict (id) do update set c1 = 2',
  'merge of wide tables': size =>
    `merge into wide using wider on wide.id = wider.id when matched then update set ${list(Math.min(size, WIDTH), at => `c${at} = wider.c${at}`)}`,
}

/** Sub-queries with columns of one name: SQLite numbers them. */
const REPEATED: Readonly<Record<string, Make>> = {
  'columns of one name in a sub-query': size =>
    `select 1 from (select ${list(upTo(size, 'id, ').length / 4, () => 'id')} from payments) x`,
  'columns of one name in many cases': size =>
    `select 1 from (select ${list(fitting(size, 14), at => `id as ${cased('aaaaaaaaaa', at)}`)} from payments) x`,
  'columns that have numbers already': size =>
    `select 1 from (select ${list(fitting(size, 18), at => `id as "a:${at % 7}"`)} from payments) x`,
}

/** One of the many ways to write a name. */
function cased(name: string, at: number): string {
  return [...name].map((letter, place) => ((at >> place) & 1 ? letter.toUpperCase() : letter)).join('')
}

/** What a where-clause is worth is asked of the clause as a whole and of its parts. */
const CONDITIONS: Readonly<Record<string, Make>> = {
  'or in and in or': size => {
    const levels = Math.min(size, 280)
    const pairs = list(18, at => `id <> ${at} or card_id = ${at}`, ' or ')
    return `delete from payments where ${list(levels, () => `(${pairs} or (id = 1 and `, '')}id = 2${'))'.repeat(levels)}`
  },
  'nothing but or, deeper and deeper': size => {
    const levels = Math.min(size, 280)
    return `select * from payments where ${list(levels, at => `(id = ${at} or not (id = ${at}) and (`, '')}id = 2${'))'.repeat(levels)}`
  },
  'a long needle in a long list': size =>
    `delete from payments where ${list(Math.min(size, 300), () => 'id', ' + ')} in (${list(fitting(size, 12), () => 'card_id + 1')})`,
  'long sides that are alike': size => {
    const side = list(Math.min(size, 300), () => 'id', ' + ')
    return `delete from payments where ${list(Math.min(size, 40), at => `${side} ${at % 2 === 0 ? '=' : '<>'} ${at}`, ' or ')}`
  },
  'equal columns, all of them': size =>
    `delete from wide where ${list(fitting(size, 18), at => `c${at % WIDTH} = c${(at + 1) % WIDTH}`, ' and ')}`,
  'columns equal to literals': size =>
    `delete from wide where ${list(fitting(size, 14), at => `c${at % WIDTH} = ${at}`, ' and ')}`,
  'tables equal to tables': size =>
    `select 1 from ${list(Math.min(size, 300), at => `payments p${at}`)} where ${list(Math.min(size, 300), at => `p${at}.id = p${(at + 1) % Math.min(size, 300)}.id`, ' and ')}`,
  'rows equal to rows': size =>
    `delete from wide where ${list(Math.min(size, 40), () => `(${list(400, at => `c${at}`, ',')}) = (${list(400, at => `c${at + 1}`, ',')})`, ' and ')}`,
  'sort keys by output name': size =>
    `select ${list(fitting(size, 24), at => `id as a${at}`)} from payments order by ${list(fitting(size, 24), at => `a${at}`)}`,
  'group keys by output name': size =>
    `select ${list(fitting(size, 24), at => `note as a${at}`)} from payments group by ${list(fitting(size, 24), at => `a${at}`)}`,
  'having by output name': size =>
    `select ${list(fitting(size, 36), at => `note as a${at}`)} from payments having ${list(fitting(size, 36), at => `a${at} = 1`, ' and ')}`,
  'outputs of one name, sorted by it': size =>
    `select ${list(fitting(size, 14), () => 'id as a')} from payments order by ${list(fitting(size, 14), () => 'a')}`,
  'outer names past wide tables': size => {
    const depth = Math.min(size, 60)
    return `select 1 from payments where exists (${list(depth, at => `select 1 from wide w${at} where exists (`, '')}select ${list(fitting(size * 20, 10), () => 'status')}${')'.repeat(depth)})`
  },
}

const TEXT: Readonly<Record<string, Make>> = {
  'a long name': size => `select ${'a'.repeat(size)} from payments`,
  'a long quoted name': size => `select "${'a'.repeat(size)}" from payments`,
  'a long alias': size => `select 1 as ${'a'.repeat(size)}`,
  'a long table name': size => `select 1 from ${'a'.repeat(size)}`,
  'a long digit run as a name': size => `select 1 from "${'4'.repeat(size)}"`,
  'a long string': size => `select '${'a'.repeat(size)}'`,
  'a string of quotes': size => `select '${"''".repeat(size / 2)}'`,
  'a string of backslashes': size => `select '${'\\'.repeat(size)}'`,
  'a string that does not end': size => `select '${'a'.repeat(size)}`,
  'a name that does not end': size => `select "${'a'.repeat(size)}`,
  'quotes in a row': size => "'".repeat(size),
  'strings in a row': size => `select ${upTo(size, "'a' ")}`,
  'strings over lines': size => `select ${upTo(size, "'a'\n")}`,
  'backticks in a row': size => '`'.repeat(size),
  'a comment that does not end': size => `select 1 /*${'*'.repeat(size)}`,
  'openings of comments': size => `select 1 ${upTo(size, '/*')}`,
  'comments in comments': size => `select 1 ${'/*'.repeat(size / 6)}${'*/'.repeat(size / 6)}`,
  'comments in a row': size => `select ${upTo(size, '/**/')} 1`,
  'comments after a sign': size => `select 1 ${upTo(size, '+/**/')} 1`,
  'stars and slashes': size => `select ${upTo(size, '*/')} 1`,
  'line comments': size => `${upTo(size, '--\n')}select 1`,
  'line comments that do not end': size => `select 1 --${'-'.repeat(size)}`,
  'executable comments': size => `select 1 ${upTo(size, '/*!1*/')}`,
  'executable comments in each other': size => `select ${'/*!'.repeat(size / 6)} 1 ${'*/'.repeat(size / 6)}`,
  'hash comments': size => `${upTo(size, '#\n')}select 1`,
  'dollars in a row': size => `select ${'$'.repeat(size)}`,
  'dollar quotes that do not end': size => `select ${upTo(size, '$a$ $b$ ')}`,
  'dollar quotes of many names': size => `select ${list(fitting(size, 10), at => `$q${at}$`, ' ')}`,
  'a dollar quote with a long name': size => `select $${'a'.repeat(size / 2)}$ x`,
  operators: size => `select 1 ${'+-*/<>=~!@#%^&|`?'.repeat(Math.min(size, LONGEST / 20))} 1`,
  'operators with a gap': size => `select 1 ${upTo(size, `${'<'.repeat(990)} `)} 1`,
  'a long number': size => `select ${'1'.repeat(size)}`,
  'a long fraction': size => `select .${'1'.repeat(size)}`,
  'a long exponent': size => `select 1e${'1'.repeat(size)}`,
  'a long hexadecimal number': size => `select 0x${'f'.repeat(size)}`,
  'numbers with underscores': size => `select ${'1_'.repeat(size / 2)}1`,
  'dots and digits': size => `select ${'1.'.repeat(size / 2)}`,
  'bindings of all numbers': size => `select ${list(fitting(size, 8), at => `$${at + 1}`)}`,
  'question marks': size => `select ${list(fitting(size, 3), () => '?')}`,
  'a binding out of range': size => `select $${'9'.repeat(size)}`,
  'named bindings': size => `select ${list(fitting(size, 12), at => `:n${at}`)}`,
  'session variables': size => `select ${list(fitting(size, 6), () => '@@a')}`,
  'at signs': size => `select ${'@'.repeat(size)}a`,
  'spaces only': size => ' '.repeat(size),
  'line ends only': size => '\n'.repeat(size),
  'odd spaces': size => `select${'\u00a0\u2003\u3000\u0085\u200b'.repeat(size / 6)}1`,
  'spaces inside an expression': size =>
    `select 1 +${' '.repeat(size)}1, note ${'\n'.repeat(size / 2)} || 'a' from payments`,
  'a comment inside an expression': size => `select 1 +/*${' '.repeat(size)}*/1`,
  'spaces inside a call': size => `select abs(${' '.repeat(size)}1)`,
  'spaces between two words': size => `select note${' '.repeat(size)}is not null from payments`,
  'zeros and a one': size => `select 0.${'0'.repeat(size)}1`,
  'a one and zeros': size => `select ${'0'.repeat(size)}1`,
  'bangs in a row': size => `select ${'!'.repeat(size)}1`,
  'equal signs in a row': size => `select 1 ${'='.repeat(size)}1`,
  'signs of comparison in a row': size => `select 1 ${'<>'.repeat(size / 2)}1`,
  'commas and spaces': size => `select 1${upTo(size, ' , 1')}`,
  'ends of quotes and words': size => `select ${upTo(size, "a'b'")}`,
  'x literals that do not end': size => `select ${upTo(size, "x'4 ")}`,
  'words glued to numbers': size => `select ${upTo(size, '1a.')}`,
  'words and dollars': size => `select ${'a$'.repeat(size / 2)}`,
  underscores: size => `select ${'_'.repeat(size)}`,
  'a long string of spaces, as a number': size => `select 1 from payments where id = '${' '.repeat(size)}x'`,
  'a long string of digits and a letter': size => `select 1 from payments where id = '${'1'.repeat(size)}x'`,
  'a long string of points': size => `delete from payments where '${'1.'.repeat(size / 2)}'`,
  'form feeds and tabs': size => `select${'\f\t\v\r'.repeat(size / 4)}1`,
  'control characters': size => `select ${'\u0001\u001f\u007f'.repeat(size / 3)} 1`,
  'byte order marks': size => `${'\ufeff'.repeat(size)}select 1`,
  'characters beyond the BMP': size => `select '${'\u{1f600}'.repeat(size / 2)}'`,
  'names beyond the BMP': size => `select ${'\u{20000}'.repeat(size / 2)}`,
  'combining marks': size => `select a${'\u0301'.repeat(size)}`,
  'letters that grow when folded': size => `select ${'\u0130\u1e9e'.repeat(size / 2)}`,
  'a NUL at the end': size => `select '${'a'.repeat(size)}'\0`,
  'a lone high surrogate': size => `select '${'a'.repeat(size)}\ud800'`,
  'a lone low surrogate': size => `select '\udc00${'a'.repeat(size)}'`,
  'surrogates in the wrong order': size => `select '${'\udc00\ud800'.repeat(size / 2)}'`,
  'a pattern': size => `select 1 from payments where note like '${'%_'.repeat(size / 2)}'`,
  'a pattern of percent signs': size => `delete from payments where note like '${'%'.repeat(size)}a'`,
  'a pattern full of escapes': size =>
    `delete from payments where note like '${'\\%'.repeat(size / 2)}' escape '!'`,
  'a regular expression': size => `select 1 from payments where note ~ '${'(a+)+'.repeat(size / 6)}$'`,
  'a JSON path': size => `select json_extract(note, '$${'.a'.repeat(size / 2)}') from payments`,
  'a JSON path of brackets': size => `select json_extract(note, '$${'[0]'.repeat(size / 4)}') from payments`,
  'truth of a long text': size => `delete from payments where '${' '.repeat(size)}t'`,
  'a number among spaces': size =>
    `delete from payments where '${' '.repeat(size)}1${' '.repeat(size / 4)}x'`,
  'a number that is long text': size => `delete from payments where id = '${'1'.repeat(size)}'`,
  'a date that is long text': size => `delete from payments where note = date '${'2'.repeat(size)}'`,
  'a charset introducer': size => `select ${upTo(size, "_utf8mb4'a' ")}`,
  'escapes of Unicode': size => `select U&'${'\\0041'.repeat(size / 6)}'`,
  'an escape string': size => `select e'${'\\x41'.repeat(size / 5)}'`,
  'ODBC braces': size => `select ${'{d '.repeat(size / 8)}1${'}'.repeat(size / 8)}`,
  'square brackets': size => `select ${'['.repeat(size / 3)}a${']'.repeat(size / 3)}`,
  subscripts: size => `select note${upTo(size, '[1]')} from payments`,
}

export const KINDS: Readonly<Record<string, Make>> = {
  ...NESTED,
  ...LONG,
  ...RESOLVED,
  ...CONDITIONS,
  ...REPEATED,
  ...TEXT,
}

/** What most limits let through, and long; by night, as long as may be. */
const SIZES = [90, process.env['CARDEA_HOSTILE'] === 'longest' ? LONGEST - 500 : 30_000] as const

/** All kinds in all sizes. */
export function hostileStatements(dialect: Dialect): readonly Hostile[] {
  return SIZES.flatMap(size =>
    Object.entries(KINDS).map(([name, make]) => ({
      name: `${name}, ${size}`,
      statement: make(size, dialect),
    })),
  )
}

/** As long as may be and nothing special: what anybody may make the analysis spend. */
export function longestOrdinary(at: number): string {
  return `select id, note from payments where ${list(13_000, n => `id = ${n + at}`, ' or ')}`
}
