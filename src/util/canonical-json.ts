/**
 * RFC 8785 (JSON Canonicalization Scheme): members sorted by UTF-16 code units, ECMAScript number
 * and string forms, no white space. `undefined` members are left out, as JSON.stringify does.
 *
 * @throws TypeError for a value JSON cannot hold: bigint, function, symbol, NaN or an infinity.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('canonical JSON holds no NaN and no infinity')
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map(item => canonicalJson(item ?? null)).join(',')}]`
  if (typeof value === 'object') {
    const object = value as Record<string, unknown>
    const members: string[] = []
    for (const key of Object.keys(object).sort()) {
      if (object[key] !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(object[key])}`)
    }
    return `{${members.join(',')}}`
  }
  throw new TypeError(`canonical JSON holds no ${typeof value}`)
}
