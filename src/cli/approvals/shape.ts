/** What a server said is what it should be, or nothing is done with it. */
import type { Answered, ApprovalView } from '../../approval/approval-queue.js'

type Check = (value: unknown) => boolean

const text: Check = value => typeof value === 'string'
const number: Check = value => typeof value === 'number'
const boolean: Check = value => typeof value === 'boolean'
const oneOf =
  (...words: readonly string[]): Check =>
  value =>
    typeof value === 'string' && words.includes(value)
const list =
  (of: Check): Check =>
  value =>
    Array.isArray(value) && value.every(of)
const maybe =
  (of: Check): Check =>
  value =>
    value === undefined || of(value)
const orNull =
  (of: Check): Check =>
  value =>
    value === null || of(value)
const object = (members: Readonly<Record<string, Check>>): Check => {
  const checks = Object.entries(members)
  return value => {
    if (typeof value !== 'object' || value === null) return false
    const own = new Map(Object.entries(value))
    return checks.every(([name, check]) => check(own.get(name)))
  }
}

const KIND = oneOf('human', 'service', 'agent')
const STATE = oneOf('pending', 'approved', 'denied', 'consumed', 'expired', 'withdrawn')

const approver = object({ subject: text, issuer: text, email: maybe(text) })
const principal: Check = value =>
  object({
    subject: text,
    issuer: text,
    kind: maybe(KIND),
    name: maybe(text),
    email: maybe(text),
    onBehalfOf: maybe(principal),
  })(value)
const requirement = object({
  approvers: list(text),
  quorum: number,
  reasonRequired: boolean,
  amr: maybe(list(text)),
  ticketRequired: maybe(boolean),
})
const preview = object({
  rows: number,
  columns: list(text),
  samples: list(object({ before: list(text), after: list(text) })),
})
const request = object({
  id: text,
  kind: oneOf('single', 'window', 'break-glass'),
  statement: text,
  bindings: list(text),
  summary: list(text),
  labels: list(text),
  estimatedRows: maybe(number),
  preview: maybe(preview),
  plea: maybe(text),
  window: maybe(object({ fingerprints: list(text), rows: number, durationMs: number })),
  principal,
  agent: maybe(
    object({
      framework: text,
      id: text,
      version: maybe(text),
      toolCall: maybe(text),
      claimedReason: maybe(text),
    }),
  ),
  session: text,
  dataSource: object({ id: text, environment: text }),
  rule: text,
  reason: text,
  requirement,
  createdAt: number,
  decideBy: number,
})
const view = object({
  id: text,
  state: STATE,
  version: number,
  request,
  answers: list(
    object({
      decision: oneOf('approved', 'denied'),
      approver,
      reason: maybe(text),
      ticket: maybe(text),
    }),
  ),
  createdAt: number,
  decideBy: number,
  useBy: orNull(number),
  why: orNull(text),
  reviewBy: orNull(number),
  review: orNull(object({ reviewer: approver, words: text, at: number })),
  objection: orNull(text),
})
const counted = object({ state: STATE, approvals: number, quorum: number })
const notCounted = object({ why: text, state: orNull(STATE) })

export function isView(value: unknown): value is ApprovalView {
  return view(value)
}

export function isViews(value: unknown): value is { readonly approvals: readonly ApprovalView[] } {
  return object({ approvals: list(view) })(value)
}

export function isAnswered(value: unknown): value is Answered {
  if (typeof value !== 'object' || value === null || !('counted' in value)) return false
  return value.counted === true ? counted(value) : value.counted === false && notCounted(value)
}
