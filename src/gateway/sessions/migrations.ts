import type { Knex } from 'knex'
import { comparesExactly, migrationSet, type Step } from '../../util/own-tables.js'
import { trouble } from './trouble.js'

export const SESSIONS = 'cardea_sessions'
export const STOPS = 'cardea_agent_stops'

const STEPS: readonly Step<Knex.Migration>[] = [
  {
    name: '001_sessions',
    down: knex => knex.schema.dropTable(SESSIONS),
    up: knex =>
      knex.schema.createTable(SESSIONS, table => {
        comparesExactly(knex, table)
        table.string('id', 26).primary()
        table.string('process', 26).notNullable().index(`${SESSIONS}_process`)
        table.string('data_source', 100).notNullable()
        table.string('subject', 255).notNullable()
        table.string('issuer', 512).notNullable()
        table.string('agent', 255)
        table.string('framework', 255)
        table.string('origination', 255).notNullable()
        table.bigInteger('since').notNullable()
        table.bigInteger('seen').notNullable().index(`${SESSIONS}_seen`)
        table.bigInteger('statements').notNullable()
        table.string('state', 10).notNullable()
        table.string('kill_subject', 255)
        table.string('kill_issuer', 512)
        table.text('kill_why')
      }),
  },
  {
    name: '002_agent_stops',
    down: knex => knex.schema.dropTable(STOPS),
    up: knex =>
      knex.schema.createTable(STOPS, table => {
        comparesExactly(knex, table)
        // Folded, so that a second spelling is the same row; `agent` is what the operator wrote.
        table.string('name', 255).primary()
        table.string('agent', 255).notNullable()
        table.bigInteger('at').notNullable()
        table.string('by_subject', 255).notNullable()
        table.string('by_issuer', 512).notNullable()
        table.text('why').notNullable()
      }),
  },
]

const MIGRATIONS = 'cardea_session_migrations'

/**
 * The tables `cardea_sessions` and `cardea_agent_stops` for Knex's own migrator, with a list of migrations apart
 * from yours.
 *
 * @example
 * await knex.migrate.latest(sessionMigrations)
 */
export const sessionMigrations: Readonly<Knex.MigratorConfig> = migrationSet(MIGRATIONS, STEPS)

/**
 * Brings the tables up to this version of Cardea. Needs a role that may create tables; the role that works with
 * them needs only to read and write.
 *
 * @returns the names of the migrations that were missing.
 * @throws CardeaError `CARDEA_STORE_UNAVAILABLE`.
 */
export async function migrateSessionStore(knex: Knex): Promise<readonly string[]> {
  try {
    const [, names]: [number, string[]] = await knex.migrate.latest({ ...sessionMigrations })
    return names
  } catch (error) {
    throw trouble(error, 'The tables of sessions could not be made')
  }
}
