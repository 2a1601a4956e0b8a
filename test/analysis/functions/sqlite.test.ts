/** The reviewed lists against the library: nothing of it is forgotten, nothing listed does more than it should. */
import { describe, expect, test } from '@jest/globals'
import Database from 'better-sqlite3'
import { SQLITE_FUNCTIONS, sqliteRefusal } from '../../../src/analysis/functions/sqlite.data.js'
import type { Expression } from '../../../src/analysis/relational.js'

const library = new Database(':memory:')

function rows<Row>(sql: string): Row[] {
  return library.prepare(sql).all() as Row[]
}

function names(sql: string): string[] {
  return rows<{ name: string }>(sql).map(({ name }) => name.toLowerCase())
}

const EXAMPLES = ['1', "'a'", "'2024-01-31'", '\'{"a":1}\'', "'$.a'", "x'00'"] as const

describe('the reviewed names of SQLite', () => {
  test('every built-in function is listed or refused with a reason', () => {
    const known = names('select distinct name from pragma_function_list where builtin')
    expect(known.length).toBeGreaterThan(80)
    expect(known.filter(name => !SQLITE_FUNCTIONS.has(name) && sqliteRefusal(name) === undefined)).toEqual([])
  })

  test('every PRAGMA is refused as a relation unless it is listed', () => {
    const pragmas = names('select name from pragma_pragma_list').map(name => `pragma_${name}`)
    expect(pragmas.length).toBeGreaterThan(50)
    expect(pragmas.filter(name => !SQLITE_FUNCTIONS.has(name) && sqliteRefusal(name) === undefined)).toEqual(
      [],
    )
    expect(pragmas.filter(name => SQLITE_FUNCTIONS.has(name)).sort()).toEqual([
      'pragma_collation_list',
      'pragma_compile_options',
      'pragma_database_list',
      'pragma_encoding',
      'pragma_foreign_key_list',
      'pragma_function_list',
      'pragma_index_info',
      'pragma_index_list',
      'pragma_index_xinfo',
      'pragma_module_list',
      'pragma_pragma_list',
      'pragma_table_info',
      'pragma_table_list',
      'pragma_table_xinfo',
    ])
  })

  const relations = [...SQLITE_FUNCTIONS].flatMap(([name, { shape, columns, hidden }]) =>
    shape === 'set' && !name.startsWith('jsonb_')
      ? [{ name, columns: columns ?? [], hidden: hidden ?? [] }]
      : [],
  )
  test.each(relations)('the columns of $name are those that the library has', ({ name, columns, hidden }) => {
    const found = rows<{ name: string; hidden: number }>(
      `select name, hidden from pragma_table_xinfo('${name}')`,
    )
    expect(found.filter(column => column.hidden === 0).map(column => column.name)).toEqual(columns)
    expect(found.filter(column => column.hidden !== 0).map(column => column.name)).toEqual(hidden)
  })

  test.each([
    ...[
      'load_extension',
      'readfile',
      'writefile',
      'edit',
      'fts3_tokenizer',
      'fts5',
      'highlight',
      'snippet',
      'bm25',
    ],
    ...[
      'matchinfo',
      'offsets',
      'rtreecheck',
      'rtreenode',
      'sqlite_log',
      'sqlite_offset',
      'sqlite_crypt',
      'regexp',
    ],
    ...[
      'raise',
      'carray',
      'pragma_key',
      'pragma_writable_schema',
      'sqlite_compileoption_get',
      'libsql_vector_idx',
    ],
  ])('%s is not listed, and explain can say why', name => {
    expect(SQLITE_FUNCTIONS.has(name)).toBe(false)
    expect(sqliteRefusal(name)).toBeDefined()
  })

  test('no listed function is refused as well, but for those that some arguments make harmless', () => {
    const both = [...SQLITE_FUNCTIONS].filter(
      ([name, { accepts, shape }]) =>
        accepts === undefined && shape !== 'set' && sqliteRefusal(name) !== undefined,
    )
    expect(both).toEqual([])
  })

  const text = (value: string): Expression => ({ type: 'constant', value })
  const number = (value: number): Expression => ({ type: 'constant', value })
  test.each<[name: string, args: Expression[], accepted: boolean]>([
    ['randomblob', [number(16)], true],
    ['randomblob', [number(1_000_000_000)], false],
    ['randomblob', [{ type: 'parameter' }], false],
    ['randomblob', [text('1000000000')], false],
    ['zeroblob', [number(8)], true],
    ['zeroblob', [number(1e9)], false],
    ['printf', [text('%.2f %5d %s %%'), number(1)], true],
    ['printf', [text('%1000000000d'), number(1)], false],
    ['printf', [text('%.999999999d'), number(1)], false],
    ['printf', [text('%*d'), number(1)], false],
    ['printf', [{ type: 'parameter' }], false],
    ['format', [text('%-10s'), number(1)], true],
  ])('%s with %j: %s', (name, args, accepted) => {
    expect(SQLITE_FUNCTIONS.get(name)?.accepts?.(args)).toBe(accepted)
  })

  test('called on a database that only reads, no listed function changes it or the connection', () => {
    const database = new Database(':memory:')
    database.exec(
      "create table cards (id integer primary key, pan text); insert into cards values (1, '4111111111111111')",
    )
    database.pragma('query_only = 1')
    const state = () =>
      JSON.stringify(
        [
          'total_changes()',
          'last_insert_rowid()',
          '(select group_concat(pan) from cards)',
          '(select count(*) from sqlite_schema)',
        ]
          .map(value => database.prepare(`select ${value}`).raw().all())
          .concat(
            database.pragma('user_version') as unknown[],
            database.pragma('database_list') as unknown[],
          ),
      )
    const before = state()
    const ran = new Set<string>()
    const listed = [...SQLITE_FUNCTIONS].filter(
      ([, entry]) => entry.shape === 'scalar' && entry.accepts === undefined,
    )
    for (const [name] of listed) {
      for (let count = 0; count <= 3; count++) {
        for (const example of EXAMPLES) {
          const args = Array<string>(count).fill(example).join(', ')
          try {
            database.prepare(`select "${name}"(${args})`).raw().all()
            ran.add(name)
          } catch (error) {
            expect(String(error)).not.toMatch(/readonly|not authorized|unable to open/)
          }
        }
      }
    }
    expect(state()).toBe(before)
    expect(ran.size).toBeGreaterThan(80)
  })
})
