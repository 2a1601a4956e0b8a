import type { ApprovalAnswer, Approver } from '../../model/grant.js'
import type { Scrubber } from '../../model/scrub.js'

const LONGEST_REASON = 2_000
const LONGEST_TICKET = 200

/**
 * Whatever a provider resolved with, as a private frozen answer, its words scrubbed; null when it is
 * not an answer. Reads every property once, so a value cannot change between check and use.
 */
export function readAnswer(value: unknown, scrubber: Scrubber): ApprovalAnswer | null {
  try {
    return parse(value, scrubber)
  } catch {
    return null
  }
}

function parse(value: unknown, scrubber: Scrubber): ApprovalAnswer | null {
  if (!isObject(value)) return null
  const { decision, reason, ticket } = value
  if (decision !== 'approved' && decision !== 'denied') return null
  const approver = parseApprover(value['approver'])
  if (approver === null || !isOptionalText(reason) || !isOptionalText(ticket)) return null
  return Object.freeze({
    decision,
    approver,
    ...(reason === undefined ? {} : { reason: cut(scrubber.text(reason), LONGEST_REASON) }),
    ...(ticket === undefined ? {} : { ticket: cut(scrubber.text(ticket), LONGEST_TICKET) }),
  })
}

function parseApprover(value: unknown): Approver | null {
  if (!isObject(value)) return null
  const { subject, issuer, kind, email } = value
  const roles = parseNames(value['roles'])
  const groups = parseNames(value['groups'])
  const amr = parseNames(value['amr'])
  if (!isOptionalText(email)) return null
  if (!isName(subject) || !isName(issuer) || roles === null || groups === null || amr === null) return null
  if (kind !== undefined && kind !== 'human' && kind !== 'service' && kind !== 'agent') return null
  return Object.freeze({
    subject,
    issuer,
    ...(kind === undefined ? {} : { kind }),
    ...(email === undefined ? {} : { email }),
    ...(roles === undefined ? {} : { roles }),
    ...(groups === undefined ? {} : { groups }),
    ...(amr === undefined ? {} : { amr }),
  })
}

/** Null: not a list of names. */
function parseNames(value: unknown): readonly string[] | undefined | null {
  if (value === undefined) return undefined
  if (!Array.isArray(value)) return null
  const names: unknown[] = [...value]
  return names.every(name => typeof name === 'string') ? Object.freeze(names) : null
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string'
}

/** Cuts between characters, never inside a surrogate pair. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')}…`
}
