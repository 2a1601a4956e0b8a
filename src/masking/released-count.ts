import type { Facts } from '../model/facts.js'

/**
 * The rows that a write is said to have touched. MySQL counts a row that ON DUPLICATE KEY UPDATE changes twice
 * and one that holds the new values already once, which would confirm a guess of a labelled value: then it
 * is the number of rows that were proposed, where the text tells it.
 */
export function releasedCount(facts: Facts, affected: number): number {
  if (!facts.analyzable || facts.dialect !== 'mysql') return affected
  const upsert = facts.effects.find(({ verb }) => verb === 'on conflict do update')
  const guesses = facts.columns.some(({ use, column }) => use === 'assignment' && column.labels.length > 0)
  return upsert === undefined || !guesses ? affected : (upsert.maxRows ?? 0)
}
