import type { Command } from 'commander'
import type { Knex } from 'knex'
import {
  approvalMigrations,
  migrateApprovalStore,
  migrationStatus,
  type StoreStatus,
} from '../../approval/stores/knex/migrations.js'
import { auditTableMigrations, migrateAuditTable } from '../../audit/sinks/table-migrations.js'
import { budgetMigrations, migrateBudgetStore } from '../../budget/stores/knex/migrations.js'
import { openStoreConnection } from '../../connect/store-connection.js'
import { ledgerMigrations, migrateLedgerStore } from '../../enforcement/ledger/knex/migrations.js'
import { migrateSessionStore, sessionMigrations } from '../../gateway/sessions/migrations.js'
import { identityMigrations, migrateIdentityStore } from '../../identity/stores/migrations.js'
import type { Console } from '../console.js'
import { DOES_NOT_HOLD } from '../exit.js'

interface Part {
  readonly name: string
  readonly migrations: Readonly<Knex.MigratorConfig>
  migrate(knex: Knex): Promise<readonly string[]>
}

const PARTS: readonly Part[] = [
  { name: 'approvals', migrations: approvalMigrations, migrate: migrateApprovalStore },
  { name: 'identity', migrations: identityMigrations, migrate: migrateIdentityStore },
  { name: 'calls', migrations: ledgerMigrations, migrate: migrateLedgerStore },
  { name: 'sessions', migrations: sessionMigrations, migrate: migrateSessionStore },
  { name: 'budgets', migrations: budgetMigrations, migrate: migrateBudgetStore },
  { name: 'audit', migrations: auditTableMigrations, migrate: migrateAuditTable },
]

interface StoreOptions {
  readonly store: string
  readonly json?: true
}

/** `cardea store migrate | status`: Cardea's own tables of approvals, agent tokens, calls, sessions, budgets and audit records. */
export function addStore(program: Command, console: Console): void {
  const store = program.command('store').description('make and check Cardea’s own tables')
  storeOptions(store.command('migrate'), 'bring the tables up to this version of Cardea').action(
    (options: StoreOptions) => withStore(options, true, knex => migrate(console, knex, options)),
  )
  storeOptions(store.command('status'), 'say whether the tables are what this version works with').action(
    (options: StoreOptions) => withStore(options, false, knex => status(console, knex, options)),
  )
}

function storeOptions(command: Command, description: string): Command {
  return command
    .description(description)
    .requiredOption(
      '--store <url>',
      'postgres://…, mysql://… or sqlite:file; set PGPASSWORD or MYSQL_PWD rather than write a password',
    )
    .option('--json', 'print the result as JSON')
}

async function withStore(
  { store }: StoreOptions,
  create: boolean,
  use: (knex: Knex) => Promise<void>,
): Promise<void> {
  const knex = await openStoreConnection(store, { create })
  try {
    await use(knex)
  } finally {
    await knex.destroy()
  }
}

async function migrate(console: Console, knex: Knex, { json }: StoreOptions): Promise<void> {
  const made: Record<string, readonly string[]> = {}
  for (const { name, migrate } of PARTS) {
    const names = await migrate(knex)
    made[name] = names
    if (json === undefined) console.print(`${name}: ${names.length === 0 ? 'up to date' : names.join(', ')}`)
  }
  if (json === true) console.json(made)
}

async function status(console: Console, knex: Knex, { json }: StoreOptions): Promise<void> {
  const found: Record<string, StoreStatus> = {}
  for (const { name, migrations } of PARTS) {
    const one = await migrationStatus(knex, migrations)
    found[name] = one
    if (one.missing.length + one.unknown.length > 0) console.exit(DOES_NOT_HOLD)
    if (json === undefined) console.print(`${name}: ${words(one)}`)
  }
  if (json === true) console.json(found)
}

function words({ missing, unknown }: StoreStatus): string {
  if (missing.length > 0) return `lacks ${missing.join(', ')}; run cardea store migrate`
  if (unknown.length > 0) return `has ${unknown.join(', ')}, which a newer Cardea made`
  return 'up to date'
}
