import type { Knex } from 'knex'
import { comparesExactly, migrationSet, type Step } from '../../util/own-tables.js'
import { trouble } from './trouble.js'

const STEPS: readonly Step<Knex.Migration>[] = [
  {
    name: '001_agent_tokens',
    down: knex => knex.schema.dropTable('cardea_agent_tokens'),
    up: knex =>
      knex.schema.createTable('cardea_agent_tokens', table => {
        comparesExactly(knex, table)
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
        comparesExactly(knex, table)
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
export const identityMigrations: Readonly<Knex.MigratorConfig> = migrationSet(MIGRATIONS, STEPS)

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
