import type { Knex } from 'knex'
import { engineOf } from './engine.js'

/** Queries of one transaction, or of none. */
export type Tables = (table: string) => Knex.QueryBuilder

/** Commits what the work has done, or, where it rejects or the commit does, undoes it. */
export function transaction<T>(knex: Knex, work: (tables: Tables) => Promise<T>): Promise<T> {
  return engineOf(knex) === 'sqlite' ? immediate(knex, work) : knex.transaction(trx => work(trx))
}

/**
 * On SQLite a commit fails while somebody reads, and leaves the transaction open; a connection that Knex takes back
 * so would take the next user's writes into it, to be lost with it. And only a transaction that begins by locking
 * does not find later that it has read what is old.
 */
async function immediate<T>(knex: Knex, work: (tables: Tables) => Promise<T>): Promise<T> {
  const { client } = knex
  const connection: unknown = await client.acquireConnection()
  const run = (sql: string) => knex.raw(sql).connection(connection)
  try {
    await run('BEGIN IMMEDIATE')
    try {
      const done = await work(table => knex(table).connection(connection))
      await run('COMMIT')
      return done
    } catch (error) {
      await run('ROLLBACK')
      throw error
    }
  } finally {
    await client.releaseConnection(connection)
  }
}
