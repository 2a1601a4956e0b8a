import { canonicalJson } from '../util/canonical-json.js'

/**
 * The same text as `canonicalJson` (a property test holds the two equal), several times faster for
 * values that already are plain and have their members in canonical order, as the trail's own records
 * do: those the engine's serialiser writes canonically by itself. Anything else takes the slow way.
 *
 * @throws TypeError for a value JSON cannot hold.
 */
export function orderedJson(value: unknown): string {
  return value !== undefined && isPlainAndOrdered(value) ? JSON.stringify(value) : canonicalJson(value)
}

function isPlainAndOrdered(value: unknown): boolean {
  if (typeof value === 'string' || typeof value === 'boolean') return true
  if (value === null || value === undefined) return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object') return false
  if (Array.isArray(value)) {
    for (const item of value) if (!isPlainAndOrdered(item)) return false
    return true
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  return hasOrderedMembers(value)
}

/** Enumeration puts integer-like names first, whatever the order of insertion; the comparison sees that too. */
function hasOrderedMembers(value: object): boolean {
  const members = value as Record<string, unknown>
  let last: string | undefined
  for (const key in members) {
    if (last !== undefined && key <= last) return false
    if (!isPlainAndOrdered(members[key])) return false
    last = key
  }
  return true
}
