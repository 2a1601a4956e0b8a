import type { Knex } from 'knex'
import { CardeaError } from '../../../errors.js'
import { comparesExactly, isMigrated, migrationSet, type Step } from '../../../util/own-tables.js'
import { attempt, engineOf, LONGEST_MS, storeFailed } from './engine.js'

export const ACCOUNTS = 'cardea_budgets'
export const PANS = 'cardea_budget_pans'

const STEPS: readonly Step<Knex.Migration>[] = [
  {
    name: '001_budgets',
    down: knex => knex.schema.dropTable(PANS).dropTable(ACCOUNTS),
    up: knex =>
      knex.schema
        .createTable(ACCOUNTS, table => {
          comparesExactly(knex, table)
          table.string('account', 64).primary()
          table.bigInteger('row_count').notNullable()
          table.bigInteger('pan_count').notNullable()
          table.bigInteger('ends').notNullable().index(`${ACCOUNTS}_ends`)
        })
        .createTable(PANS, table => {
          comparesExactly(knex, table)
          table.string('account', 64).notNullable()
          table.string('pan', 64).notNullable()
          table.primary(['account', 'pan'])
        }),
  },
]

const MIGRATIONS = 'cardea_budget_migrations'

/**
 * The tables `cardea_budgets` and `cardea_budget_pans` for Knex's own migrator, with a list of migrations apart from
 * yours.
 *
 * @example
 * await knex.migrate.latest(budgetMigrations)
 */
export const budgetMigrations: Readonly<Knex.MigratorConfig> = migrationSet(MIGRATIONS, STEPS)

/**
 * Brings the tables up to this version of Cardea. Needs a role that may create tables; the role that works with
 * them needs only to read, write and delete.
 *
 * @returns the names of the migrations that were missing.
 * @throws ConfigurationError for an engine that is not supported; CardeaError `CARDEA_STORE_UNAVAILABLE`.
 */
export async function migrateBudgetStore(knex: Knex): Promise<readonly string[]> {
  engineOf(knex)
  try {
    const [, names]: [number, string[]] = await knex.migrate.latest({ ...budgetMigrations })
    return names
  } catch (error) {
    throw storeFailed('be migrated', error)
  }
}

/** @throws CardeaError `CARDEA_STORE_UNAVAILABLE` where the tables are missing, or of another version. */
export async function checkMigrated(knex: Knex): Promise<void> {
  const rows: readonly { name: string }[] = await attempt('be opened: run cardea store migrate', () =>
    knex(MIGRATIONS).select('name').timeout(LONGEST_MS),
  )
  if (isMigrated(rows, STEPS)) return
  throw new CardeaError(
    'CARDEA_STORE_UNAVAILABLE',
    'The tables of budgets are of another version. Run cardea store status.',
  )
}
