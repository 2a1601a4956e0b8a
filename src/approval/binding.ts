/**
 * What a grant is bound to: HMAC-SHA256 over every fact that the approver relied on. Each field is
 * tagged and length-prefixed, so no two different submissions share an encoding, and strings count by
 * UTF-16 code unit, so ill-formed text cannot collapse into U+FFFD.
 */
import { createHmac, type Hmac, timingSafeEqual } from 'node:crypto'
import { types } from 'node:util'
import type { DecidedSubmission } from '../model/progress.js'
import type { Binding } from '../model/submission.js'
import { chainOf } from './people.js'
import type { Terms } from './terms.js'

/** The parts of a binding that come from the request, not from the submission. */
export interface Issue {
  readonly requestId: string
  readonly expiresAt: number
  readonly terms: Terms
}

/** Hex. Throws TypeError for a bound value of no known type, and RangeError for an endless `onBehalfOf`. */
export function bindingOf(key: Uint8Array, decided: DecidedSubmission, issue: Issue): string {
  const { submission, decision, catalog } = decided
  const seal = fields(createHmac('sha256', key))
  seal.text('cardea grant 1')
  seal.text(submission.statement)
  seal.value(submission.bindings)
  seal.text(submission.dialect)
  for (const link of chainOf(decided.principal)) {
    for (const part of [link.issuer, link.subject, link.kind ?? 'human']) seal.text(part)
  }
  seal.nothing()
  seal.optional(submission.agent?.framework)
  seal.optional(submission.agent?.id)
  for (const part of [submission.session, submission.dataSource.id, submission.dataSource.environment])
    seal.text(part)
  seal.text(decision.policyHash)
  seal.text(catalog.version)
  const { rule, requirement } = issue.terms
  seal.text(rule)
  seal.value([...requirement.approvers])
  for (const number of [requirement.quorum, requirement.decideWithinMs, requirement.useWithinMs])
    seal.value(number)
  seal.value(requirement.reasonRequired)
  seal.text(issue.requestId)
  seal.value(issue.expiresAt)
  return seal.digest()
}

export function sameBinding(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one, 'hex'), Buffer.from(other, 'hex')]
  return a.length === b.length && a.length > 0 && timingSafeEqual(a, b)
}

function fields(hmac: Hmac) {
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
  return { text, value, nothing, optional, digest: () => hmac.digest('hex') }
}
