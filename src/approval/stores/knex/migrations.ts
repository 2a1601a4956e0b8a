import type { Knex } from 'knex'
import { CardeaError } from '../../../errors.js'
import { comparesExactly, migrationSet, type Step } from '../../../util/own-tables.js'
import { engineOf } from './engine.js'
import { LONGEST_ID, TABLE } from './row.js'
import { attemptTwice, storeFailed } from './statements.js'

const STEPS: readonly Step<Knex.Migration>[] = [
  {
    name: '001_approvals',
    up: createApprovals,
    async down(knex) {
      await knex.schema.dropTable(TABLE)
      if (engineOf(asHost(knex)) === 'postgres') await knex.raw(`DROP FUNCTION ${TABLE}_tell()`)
    },
  },
]

const MIGRATIONS = 'cardea_approval_migrations'

/**
 * The tables of the approval store for Knex's own migrator, with a list of migrations apart from yours.
 *
 * @example
 * await knex.migrate.latest(approvalMigrations)
 */
export const approvalMigrations: Readonly<Knex.MigratorConfig> = migrationSet(MIGRATIONS, STEPS)

/**
 * Brings the tables up to this version of Cardea. Needs a role that may create tables; the role that works
 * with the store need not (docs/approval-store.md).
 *
 * @returns the names of the migrations that were missing.
 * @throws ConfigurationError for an engine that is not supported; CardeaError `CARDEA_STORE_UNAVAILABLE`.
 */
export async function migrateApprovalStore(knex: Knex): Promise<readonly string[]> {
  engineOf(knex)
  try {
    const [, names]: [number, string[]] = await knex.migrate.latest({ ...approvalMigrations })
    return names
  } catch (error) {
    if (isLocked(error)) {
      throw new CardeaError(
        'CARDEA_STORE_UNAVAILABLE',
        `The approval store is being migrated by somebody else, or was left half-way: see ${MIGRATIONS}_lock.`,
      )
    }
    throw storeFailed('be migrated', error)
  }
}

/** How far the tables of a store are from what this version of Cardea works with. */
export interface StoreStatus {
  readonly applied: readonly string[]
  /** To be applied by `migrateApprovalStore`. */
  readonly missing: readonly string[]
  /** Of a newer version. */
  readonly unknown: readonly string[]
}

/** @throws ConfigurationError, CardeaError `CARDEA_STORE_UNAVAILABLE`. Changes nothing. */
export function approvalStoreStatus(knex: Knex): Promise<StoreStatus> {
  return migrationStatus(knex, approvalMigrations)
}

/** The same for any set of migrations that has a table and a source of its own. */
export async function migrationStatus(
  knex: Knex,
  { tableName = '', migrationSource }: Readonly<Knex.MigratorConfig>,
): Promise<StoreStatus> {
  engineOf(knex)
  const steps = (await migrationSource?.getMigrations([])) ?? []
  const known = steps.map(step => migrationSource?.getMigrationName(step) ?? '')
  const exists = await knex.schema.hasTable(tableName).catch((error: unknown) => {
    throw storeFailed('be read', error)
  })
  const rows: { name: string }[] = exists
    ? await attemptTwice('be read', () => knex(tableName).select('name').orderBy('id'))
    : []
  const applied = rows.map(({ name }) => name)
  return {
    applied,
    missing: known.filter(name => !applied.includes(name)),
    unknown: applied.filter(name => !known.includes(name)),
  }
}

async function createApprovals(knex: Knex): Promise<void> {
  const engine = engineOf(asHost(knex))
  await knex.schema.createTable(TABLE, table => {
    comparesExactly(knex, table)
    // In the order of insertion: what is new can be found by it.
    table.bigIncrements('seq')
    table
      .string('id', LONGEST_ID)
      .notNullable()
      .unique({ indexName: `${TABLE}_id` })
    table.integer('version').notNullable()
    table.string('state', 16).notNullable()
    table
      .string('slot', 64)
      .nullable()
      .unique({ indexName: `${TABLE}_slot` })
    table.string('requester', 64).notNullable()
    table.string('topic', 64).notNullable()
    table.string('kind', 16).notNullable()
    table.string('holder', 64).nullable()
    table.bigInteger('held').nullable()
    table.bigInteger('created').notNullable()
    table.bigInteger('updated').notNullable()
    table.bigInteger('due').nullable()
    table.text('entry', 'longtext').notNullable()
    table.index(['state', 'created'], `${TABLE}_state`)
    table.index(['requester', 'created'], `${TABLE}_requester`)
    table.index(['topic', 'updated'], `${TABLE}_topic`)
    table.index(['holder'], `${TABLE}_holder`)
    table.index(['created'], `${TABLE}_created`)
    table.index(['updated'], `${TABLE}_updated`)
    table.index(['due'], `${TABLE}_due`)
  })
  if (engine === 'postgres') await tellOnPostgres(knex)
}

/** Channel of the notifications; their payload is the id. */
export const CHANNEL = TABLE

/** A trigger tells in the very transaction of the change; a sign of life is no change. */
async function tellOnPostgres(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE FUNCTION ${TABLE}_tell() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_catalog.pg_notify('${CHANNEL}', NEW.id); RETURN NULL; END $$`)
  await knex.raw(`
    CREATE TRIGGER ${TABLE}_tell AFTER INSERT OR UPDATE OF version ON ${TABLE}
    FOR EACH ROW EXECUTE FUNCTION ${TABLE}_tell()`)
}

/** Migrations are handed a transaction, which has the same client. */
function asHost(knex: Knex): Knex {
  return { client: knex.client } as Knex
}

function isLocked(error: unknown): boolean {
  return error instanceof Error && error.name === 'MigrationLocked'
}
