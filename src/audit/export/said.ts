/** Parts of what an event says, which is in the event's own words. */

type Detail = Readonly<Record<string, unknown>>

/** The first of the members that is a text. */
export function textIn(detail: Detail, ...members: readonly string[]): string | undefined {
  for (const member of members) {
    const value = own(detail, member)
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

/** A person or agent as events name one: by itself, or as the first of a chain. */
export function personIn(
  detail: Detail,
  ...members: readonly string[]
): { readonly subject: string; readonly issuer?: string } | undefined {
  for (const member of members) {
    const value: unknown = own(detail, member)
    const first: unknown = Array.isArray(value) ? value[0] : value
    if (typeof first !== 'object' || first === null) continue
    const subject = textIn(first as Detail, 'subject')
    const issuer = textIn(first as Detail, 'issuer')
    if (subject !== undefined) return issuer === undefined ? { subject } : { subject, issuer }
  }
  return undefined
}

function own(detail: Detail, member: string): unknown {
  return Object.hasOwn(detail, member) ? detail[member] : undefined
}
