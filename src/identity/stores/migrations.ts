import type { Knex } from 'knex'
import { trouble } from './trouble.js'

/** Knex keeps account of what has run in tables of these names; the host's own account stays apart. */
const ACCOUNT = 'cardea_identity_migrations'

interface Migration {
  readonly name: string
  up(knex: Knex): Promise<void>
}

/**
 * Makes the tables `cardea_agent_tokens` and `cardea_revocations`, or brings them up to date. Does nothing
 * where they are. Safe to call from many processes: one works, the others wait or fail.
 *
 * @param knex its account must be allowed to make tables; those that use the stores later need not be.
 * @returns the names of what was done.
 * @throws CardeaError CARDEA_CONNECTION_FAILED.
 * @example
 * await migrateIdentity(knex)
 */
export async function migrateIdentity(knex: Knex): Promise<readonly string[]> {
  try {
    const [, done] = await knex.migrate.latest({
      migrationSource: {
        getMigrations: async () => [...MIGRATIONS],
        getMigrationName: ({ name }: Migration) => name,
        getMigration: async ({ up }: Migration) => ({ up, down: async () => {} }),
      },
      tableName: ACCOUNT,
    })
    return done as string[]
  } catch (error) {
    throw trouble(error, 'The tables for agent tokens and revocations could not be made')
  }
}

const MIGRATIONS: readonly Migration[] = [
  {
    name: '2026-11-agent-tokens',
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
    name: '2026-11-revocations',
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

/** MySQL compares names without regard to case or trailing spaces unless told otherwise. */
function exact({ client }: Knex, table: Knex.CreateTableBuilder): void {
  if (client.dialect !== 'mysql') return
  table.charset('utf8mb4')
  table.collate('utf8mb4_bin')
}
