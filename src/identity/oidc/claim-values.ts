/** Reads claims as the strangers that they are: own properties only, nothing coerced, everything bounded. */

export type Claims = Readonly<Record<string, unknown>>

/** OpenID Connect Core 2: a subject has at most 255 characters. The same is plenty for any other name. */
const LONGEST_NAME = 255
/** A user in more groups than that is better served by application roles. */
const MOST_NAMES = 1000

/** `undefined` for a claim that is absent, or only inherited. */
export function claim(claims: Claims, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined
}

export function isClaims(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A text that can stand for somebody: not blank, bounded, nothing in it that cannot be seen. */
export function isName(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > LONGEST_NAME) return false
  return value.trim() !== '' && !/[\p{C}\p{Zl}\p{Zp}]/u.test(value)
}

export function nameClaim(claims: Claims, name: string): string | undefined {
  const value = claim(claims, name)
  return isName(value) ? value : undefined
}

/** `null`: something else than a bounded list of names. */
export function readNames(value: unknown): readonly string[] | null {
  if (!Array.isArray(value) || value.length > MOST_NAMES) return null
  const names: unknown[] = [...value]
  return names.every(isName) ? names : null
}
