import type { Knex } from 'knex'
import { TABLE } from './row.js'
import { attemptTwice } from './statements.js'

/**
 * Rows this far behind the newest are read again at each look. A row gets its number before it is committed,
 * so one that comes late to light has a lower number than rows that were seen already.
 */
const OVERLAP = 100

/**
 * A look at what has changed since the look before, by version and not by time: clocks differ, and a time is
 * taken before the row it stands in can be seen. An entry that can still change is read at every look; one
 * that no look finds any more has ended since. The first look finds all that is open, and what is newest.
 */
export function changes(knex: Knex): () => Promise<readonly string[]> {
  let before: ReadonlyMap<string, number> = new Map()
  let newest: number | undefined
  return async () => {
    const from = (newest ?? (await newestOf(knex))) - OVERLAP
    const rows: Rows = await attemptTwice('be read', () => lookFrom(knex, from))
    const now = new Map(rows.map(({ id, version }) => [String(id), Number(version)]))
    const changed = differing(before, now)
    before = now
    newest = rows.reduce((highest, { seq }) => Math.max(highest, Number(seq)), 0)
    return changed
  }
}

type Rows = Readonly<Record<string, unknown>>[]

async function newestOf(knex: Knex): Promise<number> {
  const rows: Rows = await attemptTwice('be read', () => knex(TABLE).max('seq as seq'))
  return Number(rows[0]?.['seq'] ?? 0)
}

function lookFrom(knex: Knex, seq: number): Knex.QueryBuilder {
  const rows = () => knex(TABLE).select(['seq', 'id', 'version'])
  return rows()
    .whereIn('state', ['pending', 'approved'])
    .unionAll([rows().whereNotNull('due'), rows().where('seq', '>', seq)])
}

/** New, of another version, or gone. */
function differing(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): readonly string[] {
  const changed = [...now].filter(([id, version]) => before.get(id) !== version).map(([id]) => id)
  const gone = [...before.keys()].filter(id => !now.has(id))
  return [...changed, ...gone]
}
