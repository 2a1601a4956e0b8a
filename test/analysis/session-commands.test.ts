import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { loadPostgresParser, type PostgresParser } from '../../src/analysis/dialects/postgres/parser.js'
import { type CommandReader, loadCommandReader } from '../../src/analysis/session-commands.js'
import type { SessionCommand } from '../../src/model/session.js'

let reader: CommandReader
let parser: PostgresParser

beforeAll(async () => {
  reader = await loadCommandReader('postgres')
  parser = await loadPostgresParser()
})

/** By PostgreSQL's own grammar; 0 where it does not accept the text. */
function statementsIn(text: string): number {
  try {
    return (parser.parse(text) as { readonly stmts?: readonly unknown[] }).stmts?.length ?? 0
  } catch {
    return 0
  }
}

/** What the reader says of a text, without where. */
function kinds(text: string): readonly string[] {
  return reader.read(text).map(({ kind }) => kind)
}

/** The one command of a text, without its text. */
function meaning(text: string): object {
  const commands = reader.read(text)
  expect(commands).toHaveLength(1)
  const { text: whole, at, ...rest } = commands[0] as SessionCommand
  expect({ whole, at }).toEqual({ whole: text, at: 0 })
  return rest
}

const STATEMENT = { kind: 'statement' }
const transaction = (verb: string, readWrite = false) => ({ kind: 'transaction', verb, readWrite })
const set = (setting: string, value: readonly string[] | null, local = false) => {
  return { kind: 'set', setting, value, local }
}

describe('one command', () => {
  test.each<[string, object]>([
    ['select 1', STATEMENT],
    ['select 1;', STATEMENT],
    ['select 1; -- a', STATEMENT],
    ['insert into t values (\'a;b\', "c;", $$;$$) /* ; */ ; ', STATEMENT],
    ["select E'\\';'", STATEMENT],
    ['begin', transaction('begin')],
    ['/* a */ BEGIN -- b\n;', transaction('begin')],
    ['start transaction isolation level serializable, read write', transaction('begin', true)],
    ['begin read only', transaction('begin')],
    ['end', transaction('commit')],
    ['commit and chain', transaction('commit')],
    ['abort', transaction('rollback')],
    ['savepoint "S"', transaction('savepoint')],
    ['release s', transaction('release')],
    ['rollback to savepoint s', transaction('rollback to')],
    ['set transaction read only', transaction('set transaction')],
    ['set local transaction read write', transaction('set transaction', true)],
    ['set transaction isolation level repeatable read, read write', transaction('set transaction', true)],
    ["prepare transaction 'x'", STATEMENT],
    ["commit prepared 'x'", STATEMENT],
    ["set transaction snapshot 'x'", STATEMENT],
    ['SET TimeZone TO UTC', set('timezone', ['utc'])],
    ['set "TimeZone" = \'UTC\'', set('timezone', ['UTC'])],
    ['set session statement_timeout = 500', set('statement_timeout', ['500'])],
    ['set local lock_timeout to default', set('lock_timeout', null, true)],
    ['set extra_float_digits = -1', set('extra_float_digits', ['-1'])],
    ['set seed to 0.5', set('seed', ['0.5'])],
    ['set jit = off', set('jit', ['off'])],
    ['set jit = true', set('jit', ['true'])],
    ['set datestyle = iso, mdy', set('datestyle', ['iso', 'mdy'])],
    ["set time zone 'Europe/Vienna'", set('timezone', ['Europe/Vienna'])],
    ['set time zone -7', set('timezone', ['-7'])],
    ['set time zone local', set('timezone', null)],
    ["set time zone interval '-08:00' hour to minute", STATEMENT],
    ["set names 'LATIN1'", set('client_encoding', ['LATIN1'])],
    ['set names default', set('client_encoding', null)],
    ["set schema 'x'", set('search_path', ['x'])],
    ['set search_path to "$user", public', set('search_path', ['$user', 'public'])],
    ['set Cardea.Session = a', set('cardea.session', ['a'])],
    [
      'set session characteristics as transaction isolation level repeatable read',
      set('default_transaction_isolation', ['repeatable read']),
    ],
    ['set session characteristics as transaction read only', set('default_transaction_read_only', ['on'])],
    ['set session characteristics as transaction read write', set('default_transaction_read_only', ['off'])],
    ['set session characteristics as transaction deferrable', set('default_transaction_deferrable', ['on'])],
    ['set session characteristics as transaction read only, isolation level serializable', STATEMENT],
    ['set role none', STATEMENT],
    ['set "role" to postgres', STATEMENT],
    ['set local role postgres', STATEMENT],
    ['reset role', STATEMENT],
    ['set session authorization postgres', STATEMENT],
    ['set session_authorization to default', STATEMENT],
    ['reset session authorization', STATEMENT],
    ['reset time zone', set('timezone', null)],
    ['reset "Search_Path"', set('search_path', null)],
    ['reset all', { kind: 'reset-all' }],
    ['discard all', { kind: 'discard', what: 'all' }],
    ['discard plans', { kind: 'discard', what: 'plans' }],
    ['discard sequences', { kind: 'discard', what: 'sequences' }],
    ['discard temporary', { kind: 'discard', what: 'temp' }],
    ['execute p', { kind: 'execute', name: 'p', values: [] }],
    [
      "execute \"P\" (0, -1, 2.5, false, true, null, '', 'it''s', 4111111111111111, 12345678901234567890.5)",
      {
        kind: 'execute',
        name: 'P',
        values: [0, -1, 2.5, false, true, null, '', "it's", 4_111_111_111_111_111, '12345678901234567890.5'],
      },
    ],
    ['execute p(1 + 1)', { kind: 'execute', name: 'p', values: null }],
    ["execute p(b'1')", { kind: 'execute', name: 'p', values: null }],
    ["execute p('2020-01-01'::date)", { kind: 'execute', name: 'p', values: null }],
    ['create table t as execute p', STATEMENT],
    ['explain execute p', STATEMENT],
    ['explain analyze execute p', STATEMENT],
    ['deallocate p', { kind: 'deallocate', name: 'p' }],
    ['deallocate prepare all', { kind: 'deallocate', name: null }],
    ['deallocate "all"', { kind: 'deallocate', name: 'all' }],
    ['fetch all from c', { kind: 'fetch', name: 'c', move: false }],
    ['fetch backward 2 in "C"', { kind: 'fetch', name: 'C', move: false }],
    ['move c', { kind: 'fetch', name: 'c', move: true }],
    ['close c', { kind: 'close', name: 'c' }],
    ['close all', { kind: 'close', name: null }],
    ['copy t to stdout', { kind: 'copy', direction: 'out' }],
    ['copy (select 1) to stdout with (format binary)', { kind: 'copy', direction: 'out' }],
    ['copy t from stdin', { kind: 'copy', direction: 'in' }],
    ["copy t to '/tmp/x'", STATEMENT],
    ["copy t from program 'x'", STATEMENT],
    ['beginn', STATEMENT],
    ['set', STATEMENT],
    ['prepare p as notify x', STATEMENT],
    ['prepare p as select 1 into t', STATEMENT],
    ['declare c scroll cursor for select 1 into t', STATEMENT],
    ['declare c cursor for (select 1 into t) union select 2', STATEMENT],
  ])('%s', (text, expected) => {
    expect(meaning(text)).toEqual(expected)
  })
})

describe('what PREPARE and DECLARE hold', () => {
  test.each<[string, object]>([
    ['prepare p as select $1', { kind: 'prepare', name: 'p', types: [], inner: 'select $1' }],
    [
      'PREPARE "as" ( Numeric(3,1)[], int ) /* as */ AS -- as\n /* x */ update t set a = $1;',
      { kind: 'prepare', name: 'as', types: ['Numeric(3,1)[]', 'int'], inner: 'update t set a = $1' },
    ],
    [
      'prepare p as with as_ as (select 1 as "as") select * from as_ ; ',
      { kind: 'prepare', name: 'p', types: [], inner: 'with as_ as (select 1 as "as") select * from as_' },
    ],
    [
      "prepare U&\"d!0061t\" uescape '!' as values ('as')",
      { kind: 'prepare', name: 'dat', types: [], inner: "values ('as')" },
    ],
    [
      'prepare p("as", "(") as (select 1)',
      { kind: 'prepare', name: 'p', types: ['"as"', '"("'], inner: '(select 1)' },
    ],
    [
      "/* größer 😀 */ declare cursor cursor for select 'ü😀' for update",
      { kind: 'declare', name: 'cursor', binary: false, hold: false, inner: "select 'ü😀' for update" },
    ],
    [
      'declare "for" binary insensitive no scroll cursor with hold for table t',
      { kind: 'declare', name: 'for', binary: true, hold: true, inner: 'table t' },
    ],
  ])('%s', (text, expected) => {
    const [command] = reader.read(text)
    if (command?.kind !== 'prepare' && command?.kind !== 'declare') throw new Error(`it is ${command?.kind}`)
    const { text: _text, at: _at, query, ...rest } = command
    expect({ ...rest, inner: query.text }).toEqual(expected)
    expect(text.slice(query.at, query.at + query.text.length)).toBe(query.text)
  })
})

describe('several commands', () => {
  test.each<[string, readonly string[]]>([
    ['begin; select 1; commit', ['begin', 'select 1', 'commit']],
    [
      ";; /* a */ select 'ü😀;' -- b;\n;; select $$ ; $$ ; -- c",
      ["/* a */ select 'ü😀;' -- b;", 'select $$ ; $$'],
    ],
    ["select '; --' ; drop table x", ["select '; --'", 'drop table x']],
    ["select E'\\'; select 1' ; select 2", ["select E'\\'; select 1'", 'select 2']],
    ["select E'a'\n'\\' ' ; select 2; --'", ["select E'a'\n'\\' '", 'select 2']],
    ['select U&\';\' ; select "a;b"', ["select U&';'", 'select "a;b"']],
    [
      'create function f() returns int begin atomic select 1; select 2; end; commit',
      ['create function f() returns int begin atomic select 1; select 2; end', 'commit'],
    ],
    [
      'create rule r as on insert to t do (select 1; select 2); begin',
      ['create rule r as on insert to t do (select 1; select 2)', 'begin'],
    ],
    ['select 1 /* ; /* ; */ */; select 2', ['select 1 /* ; /* ; */ */', 'select 2']],
  ])('%s', (text, expected) => {
    const commands = reader.read(text)
    expect(commands.map(command => command.text)).toEqual(expected)
    for (const command of commands) {
      expect(text.slice(command.at, command.at + command.text.length)).toBe(command.text)
    }
  })

  test('an inner query tells where it stands in the whole', () => {
    const text = "select 'ü😀'; prepare p as select 2; declare c cursor for select 3"
    const places = reader.read(text).flatMap(command => ('query' in command ? [command.query] : []))
    expect(places.map(({ text: inner }) => inner)).toEqual(['select 2', 'select 3'])
    for (const { text: inner, at } of places) expect(text.slice(at, at + inner.length)).toBe(inner)
  })

  test.each(['', ' \n\t', ';', ' ; ; ', '-- a', '/* ; */', '/* a */ ; -- b'])('none in %j', text => {
    expect(reader.read(text)).toEqual([])
  })

  test.each([
    'begin; selec 1',
    'begin; select from where',
    "begin; select '",
    'begin; /* ',
    'begin\0; commit',
    'begin; select \ud800',
  ])('what the grammar does not accept is one statement: %j', text => {
    expect(reader.read(text)).toEqual([{ kind: 'statement', text, at: 0 }])
  })

  test('what the analysis would not read is one statement', () => {
    const deep = `begin; select ${'('.repeat(700)}1${')'.repeat(700)}`
    const long = `begin; select '${'x'.repeat(300_000)}'`
    const operators = `begin; select 1 ${'+'.repeat(2000)} 1`
    for (const text of [deep, long, operators]) expect(kinds(text)).toEqual(['statement'])
  })
})

const PARTS = [
  ...[
    'begin',
    'commit and chain',
    'select 1',
    "select ';'",
    'select $a$ ; $a$',
    "select e'\\';'",
    'select ";"',
  ],
  ...[
    "set a.b = 'ü😀;'",
    'prepare p(int) as select $1 -- ;\n',
    'declare c cursor for select 1',
    'execute p(1)',
  ],
  ...['/* ; */ close all', 'copy t to stdout', 'insert into t values (1)', 'rollback to s', '(select 1)'],
  ...['create function f() returns int begin atomic select 1; select 2; end', 'reset all', 'discard all'],
]

describe('any texts', () => {
  const part = fc.constantFrom(...PARTS)

  test('put together, they come apart again', () => {
    const blank = fc.constantFrom('', ' ', '\n', ';', ' ; ')
    fc.assert(
      fc.property(fc.array(fc.tuple(part, blank), { minLength: 2, maxLength: 6 }), parts => {
        const text = parts.map(([one, between]) => `${one};${between}`).join('')
        const alone = parts.map(([one]) => reader.read(one.trim())[0]?.kind)
        const commands = reader.read(text)
        expect(commands.map(({ kind }) => kind)).toEqual(alone)
        expect(commands.map(command => command.text)).toEqual(parts.map(([one]) => one.trim()))
      }),
    )
  })

  test('a command by itself is read as it was in the whole', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), parts => {
        for (const { at: _, ...command } of reader.read(parts.join(' ; '))) {
          const again = reader.read(command.text)
          expect(again.map(({ kind }) => kind)).toEqual([command.kind])
        }
      }),
    )
  })

  test('are one command only where the grammar finds no more', () => {
    const value = fc.constantFrom(
      ...[
        "';--'",
        "'/*;'",
        "'a''; '",
        '";"',
        '$$;$$',
        '$a$;$$;$a$',
        "E'\\';'",
        "E'a'\n'\\';'",
        "U&';'",
        "'\\'",
      ],
      ...['1', "'a' -- ;\n", '/* ; /* ; */ */ 2', "b'1'", "x'", '"', '$a$'],
    )
    const between = fc.constantFrom(', ', ', ', '; select ', ';select', ' ; -- \nselect ', ';', '/*;*/;')
    fc.assert(
      fc.property(fc.array(fc.tuple(between, value), { minLength: 1, maxLength: 5 }), parts => {
        const text = `select 0${parts.flat().join('')}`
        const count = statementsIn(text)
        if (count > 0) expect([text, reader.read(text).length]).toEqual([text, count])
      }),
      { numRuns: 2_000 },
    )
  })

  test('never throws, and leaves nothing out but blanks, comments and semicolons', () => {
    const piece = fc.oneof(
      part,
      fc.constantFrom(';', "'", '"', '$$', '--', '/*', '*/', '\n', '(', ')', 'ü', '😀'),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), pieces => {
        const text = pieces.join(' ')
        let from = 0
        for (const { text: own, at } of reader.read(text)) {
          expect(at).toBeGreaterThanOrEqual(from)
          expect(text.slice(at, at + own.length)).toBe(own)
          from = at + own.length
        }
        expect(from).toBeLessThanOrEqual(text.length)
      }),
      { numRuns: 500 },
    )
  })
})
