import type { Knex } from 'knex'
import { trouble } from './trouble.js'

interface Step extends Knex.Migration {
  readonly name: string
}

const STEPS: readonly Step[] = [
  {
    name: '001_agent_tokens',
    down: knex => knex.schema.dropTable('cardea_agent_tokens'),
    up: knex =>
      knex.schema.createTable('cardea_agent_tokens', table => {
        exact(knex, table)
        table.string('id', 26).primary()
        table.string('issuer', 512).notNullable()
        table.string('agent', 255).notNullable()
        table.string('sponsor_subject', 255).notNullable()
        table.string('sponsor_issuer', 512).notNullable()
        table.string('sponsor_email', 320)
        table.text('roles').notNullable()
        table.bigInteger('issued_at').notNullable()
        table.bigInteger('expires_at').notNullable().index('cardea_agent_tokens_expires')
        table.string('minted_by_subject', 255).notNullable()
        table.string('minted_by_issuer', 512).notNullable()
        table.bigInteger('revoked_at')
        table.string('revoked_by_subject', 255)
        table.string('revoked_by_issuer', 512)
        table.text('revoked_why')
      }),
  },
  {
    name: '002_revocations',
    down: knex => knex.schema.dropTable('cardea_revocations'),
    up: knex =>
      knex.schema.createTable('cardea_revocations', table => {
        exact(knex, table)
        table.string('id', 26).primary()
        table.string('issuer', 512).notNullable()
        table.string('subject', 255)
        table.string('token_id', 512)
        table.bigInteger('issued_before')
        table.bigInteger('revoked_at').notNullable()
        table.string('by_subject', 255).notNullable()
        table.string('by_issuer', 512).notNullable()
        table.text('why').notNullable()
      }),
  },
]

const MIGRATIONS = 'cardea_identity_migrations'

/**
 * The tables `cardea_agent_tokens` and `cardea_revocations` for Knex's own migrator, with a list of
 * migrations apart from yours.
 *
 * @example
 * await knex.migrate.latest(identityMigrations)
 */
export const identityMigrations: Readonly<Knex.MigratorConfig> = Object.freeze({
  tableName: MIGRATIONS,
  migrationSource: {
    getMigrations: async () => [...STEPS],
    getMigrationName: (step: unknown) => (step as Step).name,
    getMigration: async (step: unknown) => step as Step,
  },
})

/**
 * Brings the tables up to this version of Cardea. Needs a role that may create tables; the role that works
 * with them need not.
 *
 * @returns the names of the migrations that were missing.
 * @throws CardeaError `CARDEA_STORE_UNAVAILABLE`.
 */
export async function migrateIdentityStore(knex: Knex): Promise<readonly string[]> {
  try {
    const [, names]: [number, string[]] = await knex.migrate.latest({ ...identityMigrations })
    return names
  } catch (error) {
    throw trouble(error, 'The tables for agent tokens and revocations could not be made')
  }
}

/** MySQL compares names without regard to case or trailing spaces unless told otherwise. */
function exact({ client }: Knex, table: Knex.CreateTableBuilder): void {
  if (client.dialect !== 'mysql') return
  table.engine('InnoDB')
  table.charset('utf8mb4')
  table.collate('utf8mb4_bin')
}
