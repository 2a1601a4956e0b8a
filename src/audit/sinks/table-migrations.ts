import type { Knex } from 'knex'
import { CardeaError } from '../../errors.js'
import { comparesExactly, migrationSet, type Step } from '../../util/own-tables.js'
import { engineName } from './table-errors.js'

export const TABLE = 'cardea_audit_records'

const STEPS: readonly Step<Knex.Migration>[] = [
  {
    name: '001_records',
    down: knex => knex.schema.dropTable(TABLE),
    up: knex =>
      knex.schema.createTable(TABLE, table => {
        comparesExactly(knex, table)
        table.bigIncrements('seq')
        table.string('id', 64).notNullable()
        table.string('phase', 16).notNullable()
        table.string('event', 64).notNullable()
        table.string('time', 24).notNullable().index(`${TABLE}_time`)
        table.string('origin', 255).notNullable()
        table.string('data_source', 100)
        table.string('subject', 255)
        table.string('status', 16)
        table.text('record', 'longtext').notNullable()
        table.unique(['id', 'phase'], { indexName: `${TABLE}_once` })
      }),
  },
]

/**
 * The table of `tableSink` for Knex's own migrator, with a list of migrations apart from yours.
 *
 * @example
 * await knex.migrate.latest(auditTableMigrations)
 */
export const auditTableMigrations: Readonly<Knex.MigratorConfig> = migrationSet(
  'cardea_audit_migrations',
  STEPS,
)

/**
 * Makes the table of `tableSink`. Needs a role that may create tables; the role that writes records needs `INSERT` on it
 * and nothing else.
 *
 * @returns the names of the migrations that were missing.
 * @throws CardeaError `CARDEA_STORE_UNAVAILABLE`.
 */
export async function migrateAuditTable(knex: Knex): Promise<readonly string[]> {
  try {
    const [, names]: [number, string[]] = await knex.migrate.latest({ ...auditTableMigrations })
    return names
  } catch (error) {
    throw new CardeaError(
      'CARDEA_STORE_UNAVAILABLE',
      `The table of audit records could not be made (${engineName(error) ?? 'unknown'}). Check the database and what its role may do.`,
    )
  }
}
