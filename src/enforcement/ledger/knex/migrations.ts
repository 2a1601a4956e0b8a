import type { Knex } from 'knex'
import { comparesExactly, isMigrated, migrationSet, type Step } from '../../../util/own-tables.js'
import { attempt, checkEngine, ledgerFailed, TABLE } from './engine.js'

const STEPS: readonly Step<Knex.Migration>[] = [
  {
    name: '001_calls',
    down: knex => knex.schema.dropTable(TABLE),
    up: knex =>
      knex.schema.createTable(TABLE, table => {
        comparesExactly(knex, table)
        table.string('slot', 64).primary()
        table.string('id', 26).notNullable().index(`${TABLE}_id`)
        table.string('ask', 64).notNullable()
        table.bigInteger('seen').notNullable()
        table.bigInteger('keep').notNullable()
        table.bigInteger('ends').notNullable().index(`${TABLE}_ends`)
        table.text('answer', 'mediumtext').nullable()
      }),
  },
]

const MIGRATIONS = 'cardea_call_migrations'

/**
 * The table `cardea_calls` for Knex's own migrator, with a list of migrations apart from yours.
 *
 * @example
 * await knex.migrate.latest(ledgerMigrations)
 */
export const ledgerMigrations: Readonly<Knex.MigratorConfig> = migrationSet(MIGRATIONS, STEPS)

/**
 * Brings the table up to this version of Cardea. Needs a role that may create tables; the role that works with
 * it needs only to read and write.
 *
 * @returns the names of the migrations that were missing.
 * @throws ConfigurationError for an engine that is not supported; CardeaError `CARDEA_STORE_UNAVAILABLE`.
 */
export async function migrateLedgerStore(knex: Knex): Promise<readonly string[]> {
  checkEngine(knex)
  try {
    const [, names]: [number, string[]] = await knex.migrate.latest({ ...ledgerMigrations })
    return names
  } catch (error) {
    throw ledgerFailed('be migrated', error)
  }
}

/** @throws CardeaError `CARDEA_STORE_UNAVAILABLE` where the table is missing, or of another version. */
export async function checkMigrated(knex: Knex): Promise<void> {
  const rows: readonly { name: string }[] = await attempt(
    'be opened: run cardea store migrate',
    knex(MIGRATIONS).select('name'),
  )
  if (isMigrated(rows, STEPS)) return
  throw ledgerFailed('be opened: its table is of another version; run cardea store status', undefined)
}
