import type { Knex } from 'knex'
import { CardeaError, ConfigurationError } from '../../../errors.js'
import { type Clock, systemClock } from '../../../util/clock.js'
import type { ApprovalEntry } from '../../approval-entry.js'
import type { ApprovalStore, EntryFilter } from '../../approval-store.js'
import { barring, fits, LISTED_AT_MOST, newestFirst } from '../entry-text.js'
import { listeners } from '../listeners.js'
import { closedStore } from '../store-error.js'
import { type Engine, engineOf, isDuplicate } from './engine.js'
import { approvalStoreStatus } from './migrations.js'
import { digest, entryOf, READ, rowOf, TABLE } from './row.js'
import { attempt, attemptTwice } from './statements.js'
import { changeWatch } from './watch.js'

export interface KnexApprovalStoreOptions {
  /**
   * On the database of the store, the primary and no replica: PostgreSQL, MySQL, MariaDB or SQLite. Nothing
   * that an agent can reach. It stays yours: closing the store does not destroy it.
   */
  readonly knex: Knex
  /**
   * Milliseconds between two looks for changes while somebody listens, 10 or more. Default 500; on PostgreSQL
   * 15,000, because there the database tells by itself and a look only makes sure.
   */
  readonly pollMs?: number
  /** Default: the system's. */
  readonly clock?: Clock
}

const POLL_MS: Readonly<Record<Engine, number>> = { postgres: 15_000, mysql: 500, sqlite: 500 }
const SHORTEST_POLL_MS = 10
const INSERTS = 5
/** A process whose clock is further off would let a grant live longer than people meant, or end it at once. */
const CLOCK_TOLERANCE_MS = 10_000

/** Milliseconds since the Unix epoch by the server's clock. SQLite's is this machine's. */
const SERVER_TIME: Readonly<Record<Exclude<Engine, 'sqlite'>, string>> = {
  postgres: 'SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now',
  mysql: 'SELECT unix_timestamp(now(3)) * 1000 AS `now`',
}

/**
 * Approvals in a table that many processes share (docs/approval-store.md). Every method is one statement
 * that commits by itself; no connection is held between calls, but for one of its own on PostgreSQL while
 * somebody listens.
 *
 * @throws ConfigurationError for a Knex or a `pollMs` that it cannot work with. CardeaError
 *   `CARDEA_STORE_UNAVAILABLE` from every method when the database cannot be reached, and from `open` when
 *   the tables are missing or newer, or the clocks are more than ten seconds apart; `CARDEA_CLOSED` after `close`.
 * @example
 * const store = knexApprovalStore({ knex: knex({ client: 'pg', connection: process.env.CARDEA_STORE_URL }) })
 */
export function knexApprovalStore(options: KnexApprovalStoreOptions): ApprovalStore {
  const { knex, clock = systemClock } = options
  const engine = engineOf(knex)
  const { pollMs = POLL_MS[engine] } = options
  if (!(pollMs >= SHORTEST_POLL_MS && pollMs < 2 ** 31)) {
    throw new ConfigurationError(`pollMs must be ${SHORTEST_POLL_MS} or more, and less than 25 days.`)
  }
  const watch = changeWatch(knex, engine, pollMs)
  const heard = listeners(() => (heard.size > 0 ? watch.start(heard.tell) : watch.stop()))
  let closed = false
  const unlessClosed = <T>(work: () => Promise<T>): Promise<T> =>
    closed ? Promise.reject(closedStore()) : work()

  return Object.freeze({
    name: engine,
    durable: true,
    open: () =>
      unlessClosed(async () => {
        await checkTables(knex, engine)
        if (engine !== 'sqlite') await checkClock(knex, SERVER_TIME[engine], clock)
      }),
    insert: entry => unlessClosed(() => insert(knex, entry)),
    find: id => unlessClosed(() => find(knex, { id })),
    list: filter => unlessClosed(() => list(knex, filter)),
    replace: next => unlessClosed(() => replace(knex, next)),
    hold: (holder, until) => unlessClosed(() => hold(knex, holder, until)),
    watch(listener) {
      if (closed) throw closedStore()
      return heard.add(listener)
    },
    close: () =>
      unlessClosed(async () => {
        closed = true
        heard.clear()
        await watch.settled()
      }),
  } satisfies ApprovalStore)
}

async function checkTables(knex: Knex, engine: Engine): Promise<void> {
  const { missing, unknown } = await approvalStoreStatus(knex)
  if (missing.length > 0) {
    throw new CardeaError(
      'CARDEA_STORE_UNAVAILABLE',
      `The approval store lacks ${missing.join(', ')}. Run cardea store migrate.`,
    )
  }
  if (unknown.length > 0) {
    throw new CardeaError(
      'CARDEA_STORE_UNAVAILABLE',
      `The approval store has ${unknown.join(', ')}, which a newer Cardea made. Update this one.`,
    )
  }
  if (engine === 'mysql') await checkAutocommit(knex)
}

/** Without it, a grant that was used up would be given back when the connection closes. */
async function checkAutocommit(knex: Knex): Promise<void> {
  const [rows]: [{ on: unknown }[]] = await attemptTwice('be read', () =>
    knex.raw('SELECT @@session.autocommit AS `on`'),
  )
  if (Number(rows[0]?.on) !== 1)
    throw new ConfigurationError('The connections of the approval store must have autocommit on.')
}

/** All processes measure by the server's clock, so those that pass agree with each other. */
async function checkClock(knex: Knex, sql: string, clock: Clock): Promise<void> {
  const before = clock.now()
  const answer: { rows: { now: unknown }[] } | [{ now: unknown }[]] = await attemptTwice('be read', () =>
    knex.raw(sql),
  )
  const after = clock.now()
  const [row] = Array.isArray(answer) ? answer[0] : answer.rows
  const server = Number(row?.now)
  if (server >= before - CLOCK_TOLERANCE_MS && server <= after + CLOCK_TOLERANCE_MS) return
  throw new CardeaError(
    'CARDEA_STORE_UNAVAILABLE',
    `The clock of this machine and that of the approval store are more than ${CLOCK_TOLERANCE_MS / 1_000} seconds apart. Set them by NTP.`,
  )
}

async function insert(knex: Knex, entry: ApprovalEntry): Promise<ApprovalEntry | null> {
  const row = rowOf(entry)
  const key = barring(entry)
  for (let left = INSERTS; left > 0; left -= 1) {
    try {
      await attempt('be written', () => knex(TABLE).insert(row), isDuplicate)
      return null
    } catch (error) {
      if (!isDuplicate(error)) throw error
    }
    // One that ended since then bars nobody: try again.
    const there = key === null ? null : await find(knex, { slot: digest(key) })
    if (there !== null && there.openKey === key) return there
  }
  throw new CardeaError(
    'CARDEA_STORE_UNAVAILABLE',
    'The approval store has a row with the same id, or a damaged one in the way of this request.',
  )
}

async function find(
  knex: Knex,
  where: { readonly id: string } | { readonly slot: string },
): Promise<ApprovalEntry | null> {
  const rows = await attemptTwice('be read', () =>
    knex(TABLE)
      .select([...READ])
      .where(where),
  )
  const entry = rows[0] === undefined ? null : entryOf(rows[0])
  return entry !== null && 'id' in where && entry.id !== where.id ? null : entry
}

async function list(knex: Knex, filter: EntryFilter): Promise<readonly ApprovalEntry[]> {
  const { states, requester, topic, createdSince, updatedSince, kind, unreviewed } = filter
  const chosen = (query: Knex.QueryBuilder): void => {
    if (states !== undefined) query.whereIn('state', [...states])
    if (requester !== undefined) query.where('requester', digest(requester))
    if (topic !== undefined) query.where('topic', digest(topic))
    if (createdSince !== undefined) query.where('created', '>=', Math.floor(createdSince))
    if (updatedSince !== undefined) query.where('updated', '>=', Math.floor(updatedSince))
    if (kind !== undefined) query.where('kind', kind)
    if (unreviewed !== undefined) query.whereNotNull('due')
  }
  const rows: Readonly<Record<string, unknown>>[] = await attemptTwice('be read', () =>
    knex(TABLE)
      .select([...READ])
      .where(chosen)
      .orderBy([
        { column: 'created', order: 'desc' },
        { column: 'id', order: 'desc' },
      ])
      .limit(filter.limit ?? LISTED_AT_MOST),
  )
  // Columns that say something else than the entry, because somebody edited them, count for nothing.
  return rows
    .map(entryOf)
    .filter(entry => entry !== null)
    .filter(entry => fits(entry, filter))
    .sort(newestFirst)
}

/** The version is part of the condition, so of many at work one finds the row: the others find none. */
async function replace(knex: Knex, next: ApprovalEntry): Promise<boolean> {
  const { id, ...columns } = rowOf(next)
  const found = await attempt('be written', () =>
    knex(TABLE)
      .where({ id, version: next.version - 1 })
      .update(columns),
  )
  return Number(found) === 1
}

async function hold(knex: Knex, holder: string, until: number): Promise<void> {
  await attemptTwice('be written', () =>
    knex(TABLE)
      .where({ holder: digest(holder), state: 'pending' })
      .update({ held: Math.floor(until) }),
  )
}
