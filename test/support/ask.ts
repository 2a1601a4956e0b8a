/** Straight to a database, over a connection for one text alone. */
import mysql from 'mysql2/promise'
import pg from 'pg'
import type { Database } from './databases.js'

type Rows = readonly Record<string, unknown>[]

export async function askPostgres({ url }: Database, text: string): Promise<Rows> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

/** @param text one statement or several. */
export async function askMysql({ url }: Database, text: string): Promise<Rows> {
  const client = await mysql.createConnection({ uri: url, multipleStatements: true })
  try {
    return (await client.query(text))[0] as unknown as Rows
  } finally {
    await client.end()
  }
}
