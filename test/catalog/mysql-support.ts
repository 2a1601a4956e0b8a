import { afterAll, beforeAll } from '@jest/globals'
import mysql from 'mysql2/promise'
import type { CatalogSource } from '../../src/catalog/catalog-source.js'
import { mysqlCatalog } from '../../src/catalog/mysql.js'
import type { Catalog, CatalogRelation, LabelRule } from '../../src/model/catalog.js'
import { type Database, mariadb } from '../support/databases.js'
import { relation, TestClock } from './support.js'

export interface MysqlProbe {
  readonly source: CatalogSource
  readonly clock: TestClock
  /** Statements sent so far. */
  readonly sent: string[]
}

/** A catalog over a real connection, with every statement it sends on view. */
export function mysqlProbe(
  connection: mysql.Connection,
  labels: readonly LabelRule[] = [],
  before: (sql: string) => Promise<void> | void = () => {},
): MysqlProbe {
  const clock = new TestClock()
  const sent: string[] = []
  const source = mysqlCatalog({
    clock,
    labels,
    query: async sql => {
      sent.push(sql)
      await before(sql)
      const [rows] = await connection.query<mysql.RowDataPacket[]>(sql)
      return rows
    },
  })
  return { source, clock, sent }
}

/** @param script statements, each ended by a semicolon at the end of a line. */
export async function runScript(connection: mysql.Connection, script: string): Promise<void> {
  for (const statement of script.split(/;\n/)) {
    if (statement.trim() !== '') await connection.query(statement)
  }
}

export async function mysqlConnected(url: string): Promise<mysql.Connection> {
  const connection = await mysql.createConnection(url)
  connection.on('error', () => {})
  return connection
}

/** While the tests of a block run: a database of their own, and the catalog of what it was filled with. */
export interface Filled {
  readonly name: string
  readonly client: mysql.Connection
  readonly catalog: Catalog
  /** A relation of that database. */
  own(name: string): CatalogRelation
}

/** Called in a block of tests. @param script what `runScript` takes. */
export function filled(script: string): Filled {
  let database: Database
  let client: mysql.Connection
  let catalog: Catalog
  beforeAll(async () => {
    database = await mariadb.database()
    client = await mysqlConnected(database.url)
    await runScript(client, script)
    catalog = await mysqlProbe(client).source.current()
  })
  afterAll(async () => {
    await client.end()
    await database.drop()
  })
  return {
    get name() {
      return database.database
    },
    get client() {
      return client
    },
    get catalog() {
      return catalog
    },
    own: name => relation(catalog, name, database.database),
  }
}
