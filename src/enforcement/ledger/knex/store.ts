import type { Knex } from 'knex'
import { CardeaError } from '../../../errors.js'
import type { LedgerEntry, LedgerName, LedgerStore } from '../ledger-store.js'
import { attempt, checkEngine, isDuplicate, TABLE } from './engine.js'
import { checkMigrated } from './migrations.js'

const BEGINS = 5
/** Ids named in one statement at most. */
const NAMED_AT_ONCE = 500

interface Row {
  readonly slot: string
  readonly id: string
  readonly ask: string
  /** PostgreSQL's driver gives 64-bit numbers as text. */
  readonly seen: string | number
  readonly keep: string | number
  readonly answer: string | null
}

/**
 * Calls in the table `cardea_calls`, which many processes share (docs/http.md). Each method is one statement, or
 * a few, that commit by themselves.
 *
 * @param knex on PostgreSQL, MySQL, MariaDB or SQLite, the primary and no replica; nothing that an agent can
 *   reach. It stays yours: closing the store does not destroy it.
 * @throws ConfigurationError for a Knex that it cannot work with. CardeaError `CARDEA_STORE_UNAVAILABLE`, from
 *   every method.
 * @example
 * const ledger = callLedger({ store: knexLedgerStore(knex), key, clock, ids })
 */
export function knexLedgerStore(knex: Knex): LedgerStore {
  checkEngine(knex)
  const named = ({ slot, id }: LedgerName) => knex(TABLE).where({ slot, id })
  return Object.freeze<LedgerStore>({
    name: 'knex',
    durable: true,
    open: () => checkMigrated(knex),
    begin: entry => begin(knex, entry),
    settle: async (name, answer, seen) => {
      const row = { answer, seen, ends: knex.raw('? + ??', [seen, 'keep']) }
      await attempt('be written', named(name).whereNull('answer').update(row))
    },
    forget: async name => {
      await attempt('be written', named(name).delete())
    },
    hold: async (ids, seen) => {
      for (let at = 0; at < ids.length; at += NAMED_AT_ONCE) {
        const some = knex(TABLE).whereIn('id', ids.slice(at, at + NAMED_AT_ONCE))
        const row = { seen, ends: knex.raw('? + ??', [seen, 'keep']) }
        await attempt('be written', some.whereNull('answer').update(row))
      }
    },
    prune: async now => {
      await attempt('be written', knex(TABLE).where('ends', '<=', now).delete())
    },
    close: async () => {},
  })
}

async function begin(knex: Knex, entry: LedgerEntry): Promise<LedgerEntry | null> {
  for (let left = BEGINS; left > 0; left -= 1) {
    try {
      await attempt(
        'be written',
        knex(TABLE).insert({ ...entry, ends: entry.seen + entry.keep }),
        isDuplicate,
      )
      return null
    } catch (error) {
      if (!isDuplicate(error)) throw error
    }
    const { slot } = entry
    await attempt('be written', knex(TABLE).where({ slot }).where('ends', '<=', entry.seen).delete())
    const rows = await attempt<Row[]>('be read', knex<Row>(TABLE).select<Row[]>('*').where({ slot }))
    // Gone since then: try again.
    if (rows[0] !== undefined) return entryOf(rows[0])
  }
  throw new CardeaError(
    'CARDEA_STORE_UNAVAILABLE',
    'The call ledger has too many calls at once for the same.',
  )
}

function entryOf({ slot, id, ask, seen, keep, answer }: Row): LedgerEntry {
  return { slot, id, ask, seen: Number(seen), keep: Number(keep), answer }
}
