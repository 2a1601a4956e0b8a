/**
 * Whatever an identity provider gave back, as a private frozen principal, or null. Later stages judge
 * by this copy, so nobody can add a role or change a name between the decision and the record.
 */
import type { Principal } from '../model/principal.js'

/** Agents that act for agents that act for people: more links than this is a mistake or an attack. */
const LONGEST_CHAIN = 8

export function readPrincipal(value: unknown, links = 1): Principal | null {
  if (links === 1 && Read.made(value)) return value
  if (links > LONGEST_CHAIN || typeof value !== 'object' || value === null) return null
  const { subject, issuer, kind, name, email, roles, groups, amr, acr, tokenId, expiresAt, onBehalfOf } =
    value as Partial<Principal>
  if (!isName(subject) || !isName(issuer)) return null
  if (kind !== undefined && kind !== 'human' && kind !== 'service' && kind !== 'agent') return null
  if ([name, email, acr, tokenId].some(text => text !== undefined && typeof text !== 'string')) return null
  if (expiresAt !== undefined && typeof expiresAt !== 'number') return null
  const lists = [readNames(roles), readNames(groups), readNames(amr)]
  if (lists.includes(null)) return null
  const [ownRoles, ownGroups, ownAmr] = lists
  const behind = onBehalfOf === undefined ? undefined : readPrincipal(onBehalfOf, links + 1)
  if (behind === null) return null
  return Read.of({
    subject,
    issuer,
    ...(kind === undefined ? {} : { kind }),
    ...(name === undefined ? {} : { name }),
    ...(email === undefined ? {} : { email }),
    ...(ownRoles ? { roles: ownRoles } : {}),
    ...(ownGroups ? { groups: ownGroups } : {}),
    ...(ownAmr ? { amr: ownAmr } : {}),
    ...(acr === undefined ? {} : { acr }),
    ...(tokenId === undefined ? {} : { tokenId }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(behind === undefined ? {} : { onBehalfOf: behind }),
  })
}

/** Marks the copies, so that one that was read need not be read with every statement. Nobody else can make the mark. */
class Read {
  readonly #mark = true

  static of(principal: Principal): Principal {
    return Object.freeze(Object.assign(new Read(), principal))
  }

  static made(value: unknown): value is Principal {
    return typeof value === 'object' && value !== null && #mark in value && value.#mark
  }
}

/** Null: not a list of names. */
function readNames(value: unknown): readonly string[] | undefined | null {
  if (value === undefined) return undefined
  if (!Array.isArray(value)) return null
  const names: unknown[] = [...value]
  return names.every(entry => typeof entry === 'string') ? Object.freeze(names) : null
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}
