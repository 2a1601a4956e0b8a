import mysql from 'mysql2/promise'
import type { CatalogSource } from '../../src/catalog/catalog-source.js'
import { mysqlCatalog } from '../../src/catalog/mysql.js'
import type { LabelRule } from '../../src/model/catalog.js'
import { TestClock } from './support.js'

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
