import type { Knex } from 'knex'
import { CardeaError } from '../../../errors.js'
import { type Clock, systemClock } from '../../../util/clock.js'
import { charged, current, shortage } from '../../account-state.js'
import type {
  BudgetAccount,
  BudgetCharge,
  BudgetShortage,
  BudgetStore,
  BudgetUse,
} from '../../budget-store.js'
import { attempt, type Engine, engineOf, LONGEST_MS } from './engine.js'
import { ACCOUNTS, checkMigrated, PANS } from './migrations.js'
import { type Tables, transaction } from './transaction.js'

export interface KnexBudgetStoreOptions {
  /**
   * On PostgreSQL, MySQL, MariaDB or SQLite, the primary and no replica; nothing that an agent can reach. It stays
   * yours.
   */
  readonly knex: Knex
  /** Of SQLite, which has none of its own; everywhere else the server's counts. Default: the system's. */
  readonly clock?: Clock
}

/** Values named in one statement at most. */
const AT_ONCE = 200
/** Accounts that are over are looked for with one charge in so many. */
const PRUNE_EVERY = 256
/** Of making an account that somebody else forgets meanwhile. */
const ROUNDS = 5

/**
 * Budgets in the tables `cardea_budgets` and `cardea_budget_pans`, which many processes share
 * (docs/approval-store.md). A charge is one transaction that locks the accounts it draws on; the clock is the
 * server's, so that no process is ahead of another.
 *
 * @throws ConfigurationError for a Knex that it cannot work with. CardeaError `CARDEA_STORE_UNAVAILABLE` from every
 *   method when the database cannot be reached, and from `open` when it has not been migrated.
 * @example
 * const store = knexBudgetStore({ knex: knex({ client: 'pg', connection: process.env.CARDEA_STORE_URL }) })
 */
export function knexBudgetStore({ knex, clock = systemClock }: KnexBudgetStoreOptions): BudgetStore {
  const engine = engineOf(knex)
  const now = (): Knex.Raw => serverTime(knex, engine, clock)
  let charges = 0
  return Object.freeze<BudgetStore>({
    name: engine,
    durable: true,
    open: () => checkMigrated(knex),
    used: accounts =>
      attempt('be read', async () => {
        const rows = await accountRows(knex, knex, accounts, now())
        const uses = accounts.map(account => useOf(rows, account))
        for (const [at, { id }] of accounts.entries()) await shorten(knex, rows.get(id), uses[at])
        return uses
      }),
    async charge(accounts, charge) {
      if (charges++ % PRUNE_EVERY === 0) await prune(knex, now)
      return attempt('be written', () => charging(knex, accounts, charge, now))
    },
  })
}

/** Milliseconds since the Unix epoch. */
function serverTime(knex: Knex, engine: Engine, clock: Clock): Knex.Raw {
  switch (engine) {
    case 'postgres':
      return knex.raw('floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint')
    case 'mysql':
      return knex.raw('floor(unix_timestamp(now(3)) * 1000)')
    case 'sqlite':
      return knex.raw('?', [Math.floor(clock.now())])
  }
}

/** PostgreSQL's driver gives 64-bit numbers as text. */
type Big = string | number

interface Row {
  readonly account: string
  readonly row_count: Big
  readonly pan_count: Big
  readonly ends: Big
  readonly at_now: Big
}

type Rows = ReadonlyMap<string, Row>

async function accountRows(
  knex: Knex,
  tables: Tables,
  accounts: readonly BudgetAccount[],
  now: Knex.Raw,
  lock = false,
): Promise<Rows> {
  const ids = accounts.map(({ id }) => id)
  const query = tables(ACCOUNTS)
    .whereIn('account', ids)
    // All lock in one order, so that none waits for another in a circle.
    .orderBy('account')
    .select('account', 'row_count', 'pan_count', 'ends', knex.raw('? AS at_now', [now]))
  const rows: Row[] = await (lock ? query.forUpdate() : query).timeout(LONGEST_MS)
  return new Map(rows.map(row => [row.account, row]))
}

function useOf(rows: Rows, account: BudgetAccount): BudgetUse {
  const row = rows.get(account.id)
  if (row === undefined) return current(undefined, account, 0)
  const kept = { rows: Number(row.row_count), pans: Number(row.pan_count), endsAt: Number(row.ends) }
  return current(kept, account, Number(row.at_now))
}

/** A clock that was set back has left a window that ends too late: it is to end on time. */
async function shorten(knex: Knex, row: Row | undefined, use: BudgetUse | undefined): Promise<void> {
  if (row === undefined || use === undefined || use.endsAt === 0 || use.endsAt === Number(row.ends)) return
  const { endsAt: ends } = use
  await knex(ACCOUNTS)
    .where({ account: row.account })
    .where('ends', '>', ends)
    .update({ ends })
    .timeout(LONGEST_MS)
}

async function charging(
  knex: Knex,
  accounts: readonly BudgetAccount[],
  charge: BudgetCharge,
  now: () => Knex.Raw,
): Promise<BudgetShortage | null> {
  for (let left = ROUNDS; left > 0; left -= 1) {
    const done = await transaction(knex, tables => chargeLocked(knex, tables, accounts, charge, now()))
    if (done !== 'missing') return done
    // Outside of the transaction: a row that others cannot see yet would hold them up until its end.
    const empty = accounts.map(({ id }) => ({ account: id, row_count: 0, pan_count: 0, ends: 0 }))
    await knex(ACCOUNTS).insert(empty).onConflict('account').ignore().timeout(LONGEST_MS)
  }
  throw new CardeaError('CARDEA_STORE_UNAVAILABLE', 'The accounts of the store of budgets do not stay.')
}

interface Bill {
  readonly account: BudgetAccount
  readonly use: BudgetUse
  readonly fresh: readonly string[]
}

async function chargeLocked(
  knex: Knex,
  tables: Tables,
  accounts: readonly BudgetAccount[],
  charge: BudgetCharge,
  now: Knex.Raw,
): Promise<BudgetShortage | 'missing' | null> {
  const rows = await accountRows(knex, tables, accounts, now, true)
  const bills: Bill[] = []
  for (const account of accounts) {
    if (!rows.has(account.id)) return 'missing'
    const use = useOf(rows, account)
    const fresh = account.distinctPans === undefined ? [] : await freshPans(tables, account, use, charge.pans)
    const short = shortage(account, use, charge, fresh.length)
    if (short !== undefined) return short
    bills.push({ account, use, fresh })
  }
  for (const { account, use, fresh } of bills) {
    const {
      rows: row_count,
      pans: pan_count,
      endsAt,
    } = charged(account, use, charge, fresh.length, Number(rows.get(account.id)?.at_now))
    const { id } = account
    if (use.endsAt === 0) await tables(PANS).where({ account: id }).delete().timeout(LONGEST_MS)
    for (const some of slices(fresh)) {
      const seen = some.map(pan => ({ account: id, pan }))
      await tables(PANS).insert(seen).timeout(LONGEST_MS)
    }
    await tables(ACCOUNTS)
      .where({ account: id })
      .update({ row_count, pan_count, ends: endsAt })
      .timeout(LONGEST_MS)
  }
  return null
}

/** Those that are not counted yet. */
async function freshPans(
  tables: Tables,
  { id }: BudgetAccount,
  use: BudgetUse,
  pans: readonly string[],
): Promise<readonly string[]> {
  if (use.pans === 0) return pans
  const known = new Set<string>()
  for (const some of slices(pans)) {
    const rows: { pan: string }[] = await tables(PANS)
      .where({ account: id })
      .whereIn('pan', [...some])
      // The account is locked, so this waits for nobody; on MySQL only a locking read sees what is there now.
      .forUpdate()
      .select('pan')
      .timeout(LONGEST_MS)
    for (const { pan } of rows) known.add(pan)
  }
  return pans.filter(pan => !known.has(pan))
}

/** Forgets what counts for nobody any more. What goes wrong here goes wrong for the charge as well, or does not matter. */
async function prune(knex: Knex, now: () => Knex.Raw): Promise<void> {
  try {
    await transaction(knex, async tables => {
      const over: { account: string }[] = await tables(ACCOUNTS)
        .where('ends', '<', now())
        .orderBy('account')
        .limit(AT_ONCE)
        .forUpdate()
        .select('account')
        .timeout(LONGEST_MS)
      const ids = over.map(({ account }) => account)
      if (ids.length === 0) return
      await tables(PANS).whereIn('account', ids).delete().timeout(LONGEST_MS)
      await tables(ACCOUNTS).whereIn('account', ids).delete().timeout(LONGEST_MS)
    })
  } catch {
    // The next one tries again.
  }
}

function* slices<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += AT_ONCE) yield all.slice(at, at + AT_ONCE)
}
