/** Real databases with a table of many types, for previews to be compared with what really happens. */
import Sqlite from 'better-sqlite3'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { mysqlCatalog } from '../../../src/catalog/mysql.js'
import { postgresCatalog } from '../../../src/catalog/postgres.js'
import { sqliteCatalog } from '../../../src/catalog/sqlite.js'
import type { Catalog, LabelRule } from '../../../src/model/catalog.js'
import type { Dialect } from '../../../src/model/dialect.js'
import type { Row } from '../../../src/model/result.js'
import { systemClock } from '../../../src/util/clock.js'
import { runScript } from '../../catalog/mysql-support.js'
import { type Database, mariadb, postgres } from '../../support/databases.js'

export interface Answer {
  readonly fields: readonly { readonly name: string }[]
  readonly rows: readonly Row[]
  readonly affected: number
}

export interface Engine {
  readonly dialect: Dialect
  catalog(): Promise<Catalog>
  run(sql: string, bindings?: readonly unknown[]): Promise<Answer>
  /** A column as text, in SQL. */
  text(column: string): string
  close(): Promise<void>
}

const LABELS: readonly LabelRule[] = [{ column: '*.secret', label: 'ssn' }]

/** 24 rows; 1 to 24 are the keys. `scratch` takes one value at a time, to see what a column makes of it. */
const ROWS = Array.from({ length: 24 }, (_, at) => {
  const id = at + 1
  const note = id % 4 === 0 ? 'null' : `'note, ${id} where'`
  const status = ['new', 'paid', 'shipped'][id % 3]
  return `(${id}, 'name ${id % 5}', ${id}.50, ${id % 7}, ${id % 2 === 0}, '2024-01-${String(id).padStart(2, '0')} 08:00:00', '2024-02-0${1 + (id % 9)}', '${status}', ${note}, 's-${id}', ${id * 10})`
}).join(', ')

const columns = (types: Readonly<Record<string, string>>, quote: string) =>
  Object.entries(types)
    .map(([name, type]) => `${quote}${name}${quote} ${type}`)
    .join(', ')

const NAMES = ['id', 'name', 'amount', 'qty', 'flag', 'at', 'day', 'status', 'note', 'secret', 'odd, "name']

function script(dialect: Dialect, types: readonly string[]): string {
  const quote = dialect === 'mysql' ? '`' : '"'
  const named = Object.fromEntries(
    NAMES.map((name, at) => [dialect === 'mysql' ? name : name.replaceAll('"', '""'), types[at] ?? 'text']),
  )
  const list = columns(named, quote)
  return [
    `create table things (${list}, primary key (id))`,
    `create table scratch (${list})`,
    `create table pairs (x ${types[1]}, y int not null, v int, primary key (x, y))`,
    `insert into things values ${ROWS}`,
    `insert into pairs values ('a', 1, 10), ('a', 2, 20), ('b', 1, 30)`,
  ].join(';\n')
}

export async function postgresEngine(): Promise<Engine> {
  const database = await postgres.database()
  const client = new pg.Client(database.url)
  await client.connect()
  await client.query("create type state as enum ('new', 'paid', 'shipped')")
  const types = [
    'int',
    'text',
    'numeric(10,2)',
    'int',
    'boolean',
    'timestamp',
    'date',
    'state',
    'text',
    'text',
    'bigint',
  ]
  await client.query(script('postgres', types))
  const query = async (sql: string, params: readonly unknown[]) =>
    (await client.query<Record<string, unknown>>(sql, [...params])).rows
  return {
    dialect: 'postgres',
    catalog: async () => postgresCatalog({ query, clock: systemClock, labels: LABELS }).current(),
    async run(sql, bindings = []) {
      const { fields, rows, rowCount } = await client.query<Record<string, unknown>>(sql, [...bindings])
      return { fields, rows, affected: rowCount ?? 0 }
    },
    text: column => `cast(${column} as text)`,
    close: () => closed(() => client.end(), database),
  }
}

export async function mariadbEngine(): Promise<Engine> {
  const database = await mariadb.database()
  const client = await mysql.createConnection({ uri: database.url, dateStrings: true })
  await client.query("set sql_mode = concat(@@sql_mode, ',IGNORE_SPACE')")
  const states = "enum('new', 'paid', 'shipped')"
  const types = [
    'int',
    'varchar(100)',
    'decimal(10,2)',
    'int',
    'boolean',
    'datetime',
    'date',
    states,
    'text',
    'text',
    'bigint',
  ]
  await runScript(client, script('mysql', types))
  return {
    dialect: 'mysql',
    catalog: async () =>
      mysqlCatalog({
        clock: systemClock,
        labels: LABELS,
        query: async sql => (await client.query<mysql.RowDataPacket[]>(sql))[0],
      }).current(),
    async run(sql, bindings = []) {
      const [result, fields = []] = await client.execute<mysql.RowDataPacket[] | mysql.ResultSetHeader>(sql, [
        ...(bindings as string[]),
      ])
      return Array.isArray(result)
        ? { fields, rows: result, affected: 0 }
        : { fields: [], rows: [], affected: result.affectedRows }
    },
    text: column => `cast(${column} as char)`,
    close: () => closed(() => client.end(), database),
  }
}

export async function sqliteEngine(): Promise<Engine> {
  const database = new Sqlite(':memory:')
  const types = [
    'integer',
    'text',
    'numeric',
    'int',
    'boolean',
    'text',
    'text',
    'text',
    'text',
    'text',
    'bigint',
  ]
  database.exec(script('sqlite', types))
  return {
    dialect: 'sqlite',
    catalog: async () =>
      sqliteCatalog({
        clock: systemClock,
        labels: LABELS,
        query: async (sql, params) => database.prepare(sql).all(...params) as Record<string, unknown>[],
      }).current(),
    async run(sql, bindings = []) {
      const statement = database.prepare(sql)
      if (!statement.reader) return { fields: [], rows: [], affected: statement.run(...bindings).changes }
      const fields = statement.columns().map(({ name }) => ({ name }))
      return { fields, rows: statement.all(...bindings) as Row[], affected: 0 }
    },
    text: column => column,
    close: async () => void database.close(),
  }
}

async function closed(end: () => Promise<void>, database: Database): Promise<void> {
  await end()
  await database.drop()
}
