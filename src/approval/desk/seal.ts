/**
 * Keyed hashes of the desk. What a submission is bound to is never stored as text and never under a plain
 * hash: a plain hash beside a truncated PAN is the PAN (PCI DSS 3.5.1). Each field is tagged and
 * length-prefixed, so no two different submissions share an encoding, and strings count by UTF-16 code
 * unit, so ill-formed text cannot collapse into U+FFFD.
 */
import { createHmac, type Hmac, timingSafeEqual } from 'node:crypto'
import { types } from 'node:util'
import type { Window } from '../../model/grant.js'
import type { Principal } from '../../model/principal.js'
import type { DecidedSubmission } from '../../model/progress.js'
import type { Binding } from '../../model/submission.js'
import { canonicalJson } from '../../util/canonical-json.js'
import type { ApprovalEntry } from '../approval-entry.js'
import type { Draft } from './entry-state.js'
import { chainOf } from './people.js'
import type { Terms } from './terms.js'

/**
 * What a grant of one execution is bound to: every fact that the approver relied on. Hex.
 *
 * @throws TypeError for a bound value of no known type, and RangeError for an endless `onBehalfOf`.
 */
export function askOf(key: Uint8Array, decided: DecidedSubmission, { rule, requirement }: Terms): string {
  const { submission, decision, catalog } = decided
  const hash = fields(key, 'cardea ask 1')
  hash.text(submission.statement)
  hash.value(submission.bindings)
  hash.text(submission.dialect)
  caller(hash, decided)
  hash.text(decision.policyHash)
  hash.text(catalog.version)
  hash.text(rule)
  hash.text(canonicalJson(requirement))
  return hash.digest()
}

/** What a windowed grant is bound to. */
export function windowAskOf(key: Uint8Array, decided: DecidedSubmission, window: Window): string {
  const hash = fields(key, 'cardea window 1')
  hash.text(decided.submission.dialect)
  caller(hash, decided)
  hash.text(decided.decision.policyHash)
  hash.text(decided.catalog.version)
  hash.value([...window.fingerprints].sort())
  hash.value(window.rows)
  hash.value(window.durationMs)
  return hash.digest()
}

/** What emergency access is bound to: one person, by no agent, on one database. */
export function breakGlassAskOf(
  key: Uint8Array,
  { submission, principal }: Pick<DecidedSubmission, 'submission' | 'principal'>,
): string {
  const hash = fields(key, 'cardea break-glass 1')
  person(hash, principal)
  hash.text(submission.dataSource.id)
  hash.text(submission.dataSource.environment)
  return hash.digest()
}

/** What a cool-down is about: the statement and who asks, in whatever session and under whatever agent name. */
export function topicOf(key: Uint8Array, { submission, principal }: DecidedSubmission): string {
  const hash = fields(key, 'cardea topic 1')
  hash.text(submission.statement)
  hash.value(submission.bindings)
  hash.text(submission.dataSource.id)
  hash.text(submission.dataSource.environment)
  person(hash, principal)
  return hash.digest()
}

/** Whose requests are counted. An agent's own name is a claim, so it does not make another requester. */
export function requesterOf(key: Uint8Array, principal: Principal): string {
  const hash = fields(key, 'cardea requester 1')
  person(hash, principal)
  return hash.digest()
}

export function sealed(key: Uint8Array, draft: Draft): ApprovalEntry {
  return { ...draft, seal: sealOf(key, draft) }
}

/** False for an entry that anybody but a desk with this key has written or edited. */
export function isSealed(key: Uint8Array, { seal, ...draft }: ApprovalEntry): boolean {
  try {
    return isSame(seal, sealOf(key, draft))
  } catch {
    return false
  }
}

/** Whether two keyed hashes are equal, in constant time. */
export function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one, 'hex'), Buffer.from(other, 'hex')]
  return a.length === b.length && a.length > 0 && timingSafeEqual(a, b)
}

/** A sign of life moves `heldUntil` alone, so that is outside. */
function sealOf(key: Uint8Array, draft: Draft): string {
  const hash = fields(key, 'cardea entry 1')
  hash.text(canonicalJson({ ...draft, heldUntil: null }))
  return hash.digest()
}

type Fields = ReturnType<typeof fields>

function caller(hash: Fields, { submission, principal }: DecidedSubmission): void {
  person(hash, principal)
  hash.optional(submission.agent?.framework)
  hash.optional(submission.agent?.id)
  hash.text(submission.session)
  hash.text(submission.dataSource.id)
  hash.text(submission.dataSource.environment)
}

function person(hash: Fields, principal: Principal): void {
  for (const link of chainOf(principal)) {
    for (const part of [link.issuer, link.subject, link.kind ?? 'human']) hash.text(part)
  }
  hash.nothing()
}

function fields(key: Uint8Array, purpose: string) {
  const hmac: Hmac = createHmac('sha256', key)
  const field = (tag: string, bytes: Uint8Array): void => {
    const head = Buffer.alloc(5)
    head.write(tag, 0, 1, 'latin1')
    head.writeUInt32BE(bytes.length, 1)
    hmac.update(head).update(bytes)
  }
  const text = (value: string): void => field('s', Buffer.from(value, 'utf16le'))
  const nothing = (): void => field('0', new Uint8Array(0))
  const float = (tag: string, value: number): void => {
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleBE(value)
    field(tag, bytes)
  }
  const list = (items: readonly Binding[]): void => {
    float('[', items.length)
    for (const item of items) value(item)
  }
  const value = (bound: Binding): void => {
    if (bound === null) nothing()
    else if (bound === undefined) field('u', new Uint8Array(0))
    else if (typeof bound === 'string') text(bound)
    else if (typeof bound === 'number') float('n', bound)
    else if (typeof bound === 'bigint') field('i', Buffer.from(bound.toString(), 'latin1'))
    else if (typeof bound === 'boolean') field('b', Uint8Array.of(bound ? 1 : 0))
    else if (types.isDate(bound)) float('d', bound.getTime())
    else if (types.isUint8Array(bound)) field('x', bound)
    else if (Array.isArray(bound)) list(bound)
    else throw new TypeError('A bound value has a type that a grant cannot be bound to.')
  }
  const optional = (part: string | undefined): void => (part === undefined ? nothing() : text(part))
  text(purpose)
  return { text, value, nothing, optional, digest: () => hmac.digest('hex') }
}
