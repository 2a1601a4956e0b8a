/** What MySQL's session and driver could make of a statement after it was judged. */
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Knex, knex } from 'knex'
import { knexPoint } from '../../../src/enforcement/knex/enforcement-point.js'
import { type Database, describeMariadb, mariadb } from '../../support/databases.js'
import { inner } from './support/surface.js'
import { testGovernor } from './support/test-governor.js'

describeMariadb('a MySQL session', () => {
  let database: Database
  let opened: Knex[]

  beforeEach(async () => {
    database = await mariadb.database()
    opened = []
  })
  afterEach(async () => {
    for (const one of opened) await one.destroy()
    await database.drop()
  })

  function host(connection: object = {}, setup: readonly string[] = []): Knex {
    const { host: name, port, user, password } = database
    const base = knex({
      client: 'mysql2',
      log: { warn() {}, error() {}, deprecate() {}, debug() {} },
      connection: { host: name, port, user, password, database: database.database, ...connection },
      pool: {
        min: 0,
        max: 1,
        afterCreate: (raw: { query(sql: string, done: (error: unknown) => void): void }, done: Done) => {
          const next = (at: number): void => {
            const sql = setup[at]
            if (sql === undefined) done(null, raw)
            else raw.query(sql, error => (error ? done(error, raw) : next(at + 1)))
          }
          next(0)
        },
      },
    })
    opened.push(base)
    return base
  }
  type Done = (error: unknown, raw: object) => void

  async function governed(base: Knex): Promise<Knex> {
    const point = await knexPoint(base)
    return point.handle(testGovernor(), {
      credentials: { kind: 'asserted', principal: { subject: 'ada', issuer: 'tests' } },
      session: 's',
      dataSource: { id: 'probe', environment: 'test' },
      origination: 'test',
    })
  }

  type Send = (sql: string, bindings: readonly unknown[]) => Promise<{ response: [unknown] }>

  /** Past the builder, as a hostile caller would send it. */
  async function sending(db: Knex, work: (send: Send) => Promise<void>): Promise<void> {
    const client = inner(db)
    const lease = await client.acquireConnection()
    try {
      await work((sql, bindings) => client._query(lease, { sql, bindings }) as ReturnType<Send>)
    } finally {
      await client.releaseConnection(lease)
    }
  }

  const rowsOf = async (work: PromiseLike<unknown>) => ((await work) as [unknown])[0]

  test.each([
    ['ANSI_QUOTES', "set sql_mode = 'ANSI_QUOTES'"],
    ['NO_BACKSLASH_ESCAPES', "set sql_mode = 'NO_BACKSLASH_ESCAPES'"],
    ['PIPES_AS_CONCAT', "set sql_mode = 'PIPES_AS_CONCAT'"],
    ['HIGH_NOT_PRECEDENCE', "set sql_mode = 'HIGH_NOT_PRECEDENCE'"],
    ['PIPES_AS_CONCAT', "set sql_mode = 'ORACLE'"],
    ['EMPTY_STRING_IS_NULL', "set sql_mode = 'EMPTY_STRING_IS_NULL'"],
    ['SIMULTANEOUS_ASSIGNMENT', "set sql_mode = 'SIMULTANEOUS_ASSIGNMENT'"],
    ['gbk', 'set names gbk'],
    ['sjis', 'set names sjis'],
    ['big5', 'set character_set_client = big5'],
    ['latin1', 'set character_set_connection = latin1'],
    ['gbk', 'set character_set_results = gbk'],
    ['NULL', 'set character_set_results = NULL'],
    ['commit', 'set autocommit = 0'],
  ])('with %s is refused: %s', async (word, setup) => {
    const refused = expect(governed(host({}, [setup]))).rejects
    await refused.toMatchObject({ code: 'CARDEA_CONFIGURATION', message: expect.stringContaining(word) })
  })

  test.each([
    ['several statements', { multipleStatements: true }],
    ['several statements', { flags: ['MULTI_STATEMENTS'] }],
    ['queryFormat', { queryFormat: (sql: string) => `${sql} or true` }],
    ['infileStreamFactory', { infileStreamFactory: () => process.stdin }],
    ['latin1', { charset: 'latin1_swedish_ci' }],
    ['gbk', { charset: 'gbk_chinese_ci' }],
  ])('whose driver option could change a statement is refused: %s %j', async (word, options) => {
    const refused = expect(governed(host(options))).rejects
    await refused.toMatchObject({ code: 'CARDEA_CONFIGURATION', message: expect.stringContaining(word) })
  })

  test('is looked at on every checkout, because the host uses the same connections', async () => {
    const base = host()
    const db = await governed(base)
    await base.raw("set session sql_mode = 'ANSI_QUOTES'")
    await expect(db.raw('select 1')).rejects.toMatchObject({ code: 'CARDEA_CONFIGURATION' })
    await base.raw("set session sql_mode = 'STRICT_TRANS_TABLES', sql_auto_is_null = 1")
    await base.raw('use information_schema')
    const settings = 'select @@sql_mode as mode, @@sql_auto_is_null as nulls, database() as place'
    expect(await rowsOf(db.raw(settings))).toEqual([
      { mode: expect.stringContaining('IGNORE_SPACE'), nulls: 0, place: database.database },
    ])
    await base.raw('set names gbk')
    await expect(db.raw('select 1')).rejects.toMatchObject({ code: 'CARDEA_CONFIGURATION' })
  })

  test('without a database stays without one', async () => {
    const base = host({ database: undefined })
    const db = await governed(base)
    expect(await rowsOf(db.raw('select database() as place'))).toEqual([{ place: null }])
    await base.raw('use information_schema')
    await expect(Promise.resolve(db.raw('select 1'))).rejects.toMatchObject({ code: 'CARDEA_CONFIGURATION' })
    await expect(Promise.resolve(db.raw('select 1'))).rejects.toMatchObject({ code: 'CARDEA_CONFIGURATION' })
  })

  test('a binding stays a value where the text has question marks in comments and texts', async () => {
    const db = await governed(host())
    const attack = '*/ 2 as x union select user() -- '
    await sending(db, async send => {
      const sent = await send('select /* ? */ ? as x', [attack])
      expect(sent.response[0]).toEqual([{ x: attack }])
      for (const [sql, bindings] of [
        ['select /* ? */ 1 as x', [attack]],
        ["select '?' as x", [attack]],
        ['select 1 as `?`', [attack]],
        ['select ? as x', [1, 2]],
        ['select ? as x, ? as y', [1]],
      ] as const) {
        await expect(send(sql, [...bindings])).rejects.toMatchObject({ code: 'CARDEA_BINDING_REFUSED' })
      }
      await expect(send('select 1 as x; select 2 as y', [])).rejects.toMatchObject({ code: 'ER_PARSE_ERROR' })
      await expect(send('select ? as x; select 2 as y', [1])).rejects.toMatchObject({
        code: 'ER_PARSE_ERROR',
      })
    })
  })

  test.each([
    ['an object that would become a condition', { id: 1 }],
    ['a list', [1, 2]],
    ['a nested list', [[1, 2]]],
    ['an object with its own SQL', { toSqlString: () => '1 or 1=1' }],
    ['NaN', Number.NaN],
    ['an infinity', Number.POSITIVE_INFINITY],
    ['a function', () => 1],
  ])('%s is no binding', async (_, value) => {
    const db = await governed(host())
    await db.schema.createTable('t', table => table.integer('id'))
    await sending(db, async send => {
      const bound = send('select * from t where id = ?', [value])
      await expect(bound).rejects.toMatchObject({ code: 'CARDEA_BINDING_REFUSED' })
    })
  })

  test('values arrive as they are bound', async () => {
    const db = await governed(host({ namedPlaceholders: true, stringifyObjects: true }))
    const bytes = Buffer.from([0, 39, 92, 255])
    const sent = [
      1,
      -1.5,
      true,
      false,
      null,
      "it's \\ \n \0 :x ?",
      9007199254740993n,
      bytes,
      new Date(86_400_000),
    ]
    const text = `select ${sent.map((_, at) => `? as c${at}`).join(', ')}, ':named' as n`
    expect(await rowsOf(db.raw(text, sent as never))).toEqual([
      {
        c0: 1,
        c1: -1.5,
        c2: 1,
        c3: 0,
        c4: null,
        c5: "it's \\ \n \0 :x ?",
        c6: '9007199254740993',
        c7: bytes,
        c8: new Date(86_400_000),
        n: ':named',
      },
    ])
  })

  test('rows have the shape that is masked, whatever the host’s driver options say', async () => {
    const db = await governed(host({ nestTables: true, rowsAsArray: true }))
    expect(await rowsOf(db.raw("select 'ada@example.com' as x"))).toEqual([{ x: '***' }])
    expect(await rowsOf(db.raw('select ? as x', ['ada@example.com']))).toEqual([{ x: '***' }])
  })

  test('no file of this machine goes to the server', async () => {
    const db = await governed(host())
    await db.schema.createTable('t', table => table.text('line'))
    const file = new URL(import.meta.url).pathname
    expect(readFileSync(file, 'utf8')).toContain('LOCAL INFILE')
    await expect(Promise.resolve(db.raw(`LOAD DATA LOCAL INFILE '${file}' INTO TABLE t`))).rejects.toThrow()
    expect(await opened[0]?.('t').count({ n: '*' })).toEqual([{ n: 0 }])
  })

  test('prepared statements are let go of again', async () => {
    const base = host()
    const db = await governed(base)
    for (let at = 0; at < 150; at++) await db.raw(`select ? as c${at}`, [at])
    const [[closed]] = await base.raw("show session status like 'Com_stmt_close'")
    expect(Number(closed?.Value)).toBe(50)
  })
})
