import type { Knex } from 'knex'
import { ConfigurationError } from '../../../errors.js'

export type Engine = 'postgres' | 'mysql' | 'sqlite'

const ENGINES: Readonly<Record<string, Engine>> = {
  postgresql: 'postgres',
  mysql: 'mysql',
  sqlite3: 'sqlite',
}

/** @throws ConfigurationError for a Knex that a store cannot work with. */
export function engineOf(knex: Knex): Engine {
  if (knex.isTransaction === true) {
    throw new ConfigurationError(
      'The approval store needs a Knex of its own, not a transaction: what was used up must stay used up.',
    )
  }
  const dialect: unknown = knex.client?.dialect
  const engine = typeof dialect === 'string' ? ENGINES[dialect] : undefined
  if (engine !== undefined) return engine
  throw new ConfigurationError('The approval store works on PostgreSQL, MySQL, MariaDB and SQLite.')
}

/** What the engine calls the error: SQLSTATE on PostgreSQL, `ER_…` on MySQL, `SQLITE_…`. Never its text. */
export function errorName(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  const { code } = error
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$|^[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/** A second row with the same id or slot. */
export function isDuplicate(error: unknown): boolean {
  const name = errorName(error) ?? ''
  return ['23505', 'ER_DUP_ENTRY', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'].includes(name)
}

/**
 * The statement was undone because of others at work, so it can be tried again. Not among these: a broken
 * connection, after which nobody knows whether the statement took place.
 */
export function isCollision(error: unknown): boolean {
  const name = errorName(error) ?? ''
  const known = ['40001', '40P01', '55P03', 'ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_CHECKREAD']
  return known.includes(name) || name.startsWith('SQLITE_BUSY')
}
