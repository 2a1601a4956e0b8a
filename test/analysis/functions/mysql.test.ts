/** The reviewed lists against a live server: nothing of it is forgotten, nothing listed does more than it should. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import mysql from 'mysql2/promise'
import { MYSQL_FUNCTIONS, mysqlRefusal } from '../../../src/analysis/functions/mysql.data.js'
import { type Database, describeMariadb, mariadb } from '../../support/databases.js'
import { NOT_ON_MARIADB, NOT_ON_MYSQL } from './mysql-elsewhere.js'

const NO_SUCH = new Set(['ER_SP_DOES_NOT_EXIST', 'ER_UNKNOWN_SYSTEM_VARIABLE', 'ER_FUNCTION_NOT_DEFINED'])
/** Settings that only the session has. */
const SESSION_ONLY = 'ER_INCORRECT_GLOBAL_LOCAL_VAR'
/** MariaDB lists its functions. MySQL has a page of its manual about each, some pages of more than one word. */
const NAMES = {
  mariadb: 'select lower(function) from information_schema.sql_functions',
  mysql: `
select lower(trim(trailing '()' from t.name)) from mysql.help_topic t join mysql.help_category c using (help_category_id)
where (c.name like '%function%' or c.name in ('XML', 'GTID')) and c.name not in ('Enterprise Encryption Functions', 'Loadable Functions')
  and t.name regexp '^[a-z0-9_]+([(][)])?$'`,
}
/** Operators and clauses that have such a page too. */
const NO_FUNCTIONS = new Set(['exists', 'in', 'json_table', 'like', 'regexp'])
const EXAMPLES = ['1', "'a'", "'2024-01-31'", '\'{"a":1}\'', "'$.a'", "'[1]'", 'point(1, 1)'] as const

describeMariadb('the reviewed names of MariaDB', () => {
  let database: Database
  let connection: mysql.Connection
  let server: keyof typeof NAMES
  beforeAll(async () => {
    database = await mariadb.database()
    connection = await mysql.createConnection({ uri: database.url })
    const [[row]] = await connection.query<mysql.RowDataPacket[]>('select version() as version')
    server = String(row?.['version']).includes('MariaDB') ? 'mariadb' : 'mysql'
    await connection.query('create table cards (id int primary key, pan varchar(32))')
    await connection.query("insert into cards values (1, '4111111111111111')")
  })
  afterAll(async () => {
    await connection.end()
    await database.drop()
  })

  /** The error’s name; undefined when it ran. */
  async function failure(sql: string): Promise<string | undefined> {
    try {
      await connection.query(sql)
      return undefined
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    }
  }

  test('every function that the server names is listed or refused with a reason', async () => {
    const [rows] = await connection.query<mysql.RowDataPacket[]>({ sql: NAMES[server], rowsAsArray: true })
    const names = rows.map(row => String(row[0])).filter(name => !NO_FUNCTIONS.has(name))
    expect(names.length).toBeGreaterThan(200)
    expect(names.filter(name => !MYSQL_FUNCTIONS.has(name) && mysqlRefusal(name) === undefined)).toEqual([])
  })

  test('every system variable is listed or refused', async () => {
    const [rows] = await connection.query<mysql.RowDataPacket[]>({ sql: 'show variables', rowsAsArray: true })
    const names = rows.map(row => `@@${String(row[0])}`)
    expect(names.filter(name => !MYSQL_FUNCTIONS.has(name) && mysqlRefusal(name) === undefined)).toEqual([])
  })

  test('every listed function and variable is one of the server’s, or known to be of another version', async () => {
    const elsewhere = server === 'mariadb' ? NOT_ON_MARIADB : NOT_ON_MYSQL
    const unknown: string[] = []
    for (const name of MYSQL_FUNCTIONS.keys()) {
      const code = await failure(name.startsWith('@@') ? `select ${name}` : `select ${name}()`)
      const isGlobal = name.startsWith('@@global.')
      if (code === undefined || (isGlobal && code === SESSION_ONLY) || !NO_SUCH.has(code)) continue
      if (!elsewhere.has(name.replace('@@global.', '@@'))) unknown.push(`${name} ${code}`)
    }
    expect(unknown).toEqual([])
  })

  test('no listed function is refused as well, and every volatile one says what it does', () => {
    const exact = [...MYSQL_FUNCTIONS].filter(([name]) => !name.startsWith('@@'))
    for (const [name, { standing, accepts }] of exact) {
      if (accepts !== undefined) continue
      expect([name, mysqlRefusal(name) === undefined]).toEqual([name, standing === 'listed'])
    }
  })

  test.each([
    ...[
      'load_file',
      'sleep',
      'benchmark',
      'get_lock',
      'release_lock',
      'is_used_lock',
      'master_pos_wait',
      'sys_exec',
    ],
    ...['extractvalue', 'updatexml', 'name_const', 'export_set', 'user variable', 'user variable assignment'],
    ...[
      '@@datadir',
      '@@secure_file_priv',
      '@@warning_count',
      '@@error_count',
      '@@hostname',
      '@@global.datadir',
    ],
    ...['ps_thread_id', 'des_decrypt', 'wsrep_last_seen_gtid', 'binlog_gtid_pos'],
  ])('%s is not listed, and explain can say why', name => {
    expect(MYSQL_FUNCTIONS.has(name)).toBe(false)
    expect(mysqlRefusal(name)).toMatch(/^(?:it|its) /)
  })

  test('called in a read-only transaction, no listed function reads a table, takes a lock or changes the session', async () => {
    const calls: string[] = []
    const refused: string[] = []
    for (const [name, { standing, shape, accepts }] of MYSQL_FUNCTIONS) {
      if (standing !== 'listed' || shape !== 'scalar' || name.startsWith('@@')) continue
      // It looks names of time zones up, in the server’s own tables of them.
      if (name === 'convert_tz') continue
      for (const args of argumentLists()) {
        if (accepts?.(args.map(() => ({ type: 'parameter' }))) === false) continue
        const call = `select ${name}(${args.join(', ')})`
        const code = await failure(call)
        if (code === undefined) calls.push(call)
        if (/READ_ONLY|ACCESS_DENIED|OPTION_PREVENTS|CANT_OPEN|ERROR_ON|LOCK_/.test(code ?? ''))
          refused.push(call)
      }
    }
    await connection.query('start transaction read only')
    await state()
    const before = await state()
    const idle = await state()
    for (const call of calls) await connection.query(call)
    const after = await state()
    await connection.query('rollback')
    expect(refused).toEqual([])
    expect(after).toEqual({ ...idle, handled: 2 * idle.handled - before.handled })
    expect(calls.length).toBeGreaterThan(1000)
  })

  /** What the session is like, and how many rows it has read and written. */
  async function state() {
    // MySQL counts the server's statements in `statement_id`.
    const [variables] = await connection.query(
      "show session variables where variable_name not in ('timestamp', 'rand_seed1', 'rand_seed2', 'last_gtid', 'statement_id')",
    )
    const [status] = await connection.query<mysql.RowDataPacket[]>(
      "show session status where variable_name like 'handler_read%' or variable_name in ('handler_write', 'handler_update', 'handler_delete')",
    )
    const [generated] = await connection.query('select last_insert_id() as id')
    return {
      variables: createHash('sha256').update(JSON.stringify(variables)).digest('hex'),
      handled: status.reduce((sum, row) => sum + Number(row['Value']), 0),
      generated,
    }
  }
})

function* argumentLists(): Generator<readonly string[]> {
  for (let count = 0; count <= 4; count++) {
    for (const example of EXAMPLES) yield Array<string>(count).fill(example)
  }
}
