/** Decisions, clocks and people for the tests of the approval stage. */
import { approvalDesk } from '../../src/approval/approval-desk.js'
import type { ApprovalCallback, ApprovalProvider } from '../../src/approval/approval-provider.js'
import { callbackApproval } from '../../src/approval/providers/callback.js'
import type { Catalog } from '../../src/model/catalog.js'
import type { ApprovalRequirement, Decision } from '../../src/model/decision.js'
import type { AnalyzedFacts, Facts } from '../../src/model/facts.js'
import type { ApprovalAnswer, Approver } from '../../src/model/grant.js'
import type { Principal } from '../../src/model/principal.js'
import type { Cleared, Decided, DecidedSubmission, Pass } from '../../src/model/progress.js'
import type { LifecycleEvent } from '../../src/model/record.js'
import { isRefusal, type Refusal, type RefusalCode } from '../../src/model/refusal.js'
import type { Scrubber } from '../../src/model/scrub.js'
import type { Submission } from '../../src/model/submission.js'
import type { Clock } from '../../src/util/clock.js'

export const VISA = '4111111111111111'

/** Both hands of the clock, set by the test. */
export interface HandClock extends Clock {
  advance(milliseconds: number): void
  /** Sets the wall clock alone. */
  jump(milliseconds: number): void
}

export function handClock(): HandClock {
  let wall = Date.UTC(2030, 0, 1)
  let steady = 5_000
  return {
    now: () => wall,
    monotonic: () => steady,
    advance(milliseconds) {
      wall += milliseconds
      steady += milliseconds
    },
    jump(milliseconds) {
      wall += milliseconds
    },
  }
}

/** Masks 16 digits; in a strict statement every quoted literal; in a strict binding everything. */
export const plainScrubber: Scrubber = {
  also: () => plainScrubber,
  text: text => text.replace(/\d{16}/g, digits => `${digits.slice(0, 6)}******${digits.slice(-4)}`),
  statement: (text, _dialect, reserve) =>
    plainScrubber.text(reserve !== 'open' ? text.replace(/'[^']*'/g, "'***'") : text),
  binding: (value, reserve) => (reserve !== 'open' ? '***' : plainScrubber.text(String(value))),
}

export const MINUTE = 60_000

export const requirement: ApprovalRequirement = {
  approvers: ['dba'],
  quorum: 1,
  decideWithinMs: 15 * MINUTE,
  useWithinMs: 5 * MINUTE,
  reasonRequired: true,
}

const pan = { schema: 'public', relation: 'cards', column: 'pan', labels: ['pan'] as const }

export const deleteFacts: AnalyzedFacts = {
  analyzable: true,
  dialect: 'postgres',
  kind: 'delete',
  effects: [
    {
      kind: 'delete',
      verb: 'delete',
      target: { schema: 'public', relation: 'cards' },
      scope: 'keyed',
      maxRows: 1,
    },
  ],
  relations: [{ schema: 'public', relation: 'cards', access: 'write', system: false }],
  columns: [{ column: pan, use: 'predicate', comparison: 'equality-constant' }],
  functions: [],
  output: [],
  flows: [],
  locks: [],
  readOnly: false,
  fingerprint: 'delete from cards where pan = $1',
  catalogVersion: 'catalog-1',
}

const catalog: Catalog = {
  dialect: 'postgres',
  version: 'catalog-1',
  searchPath: ['public'],
  relations: [],
  routines: [],
}

export interface DecidedParts {
  readonly submission?: Partial<Submission>
  readonly principal?: Principal
  readonly facts?: Facts
  readonly catalog?: Partial<Catalog>
  readonly decision?: Partial<Decision>
}

export const alice: Principal = {
  subject: 'alice@corp.example',
  issuer: 'https://idp.corp.example',
  roles: ['support'],
}

export function decided(parts: DecidedParts = {}): Decided {
  const submission: DecidedSubmission = {
    submission: {
      statement: 'delete from cards where pan = $1',
      bindings: [VISA],
      dialect: 'postgres',
      credentials: { kind: 'asserted', principal: alice },
      agent: { framework: 'autogen', id: 'billing-bot', claimedReason: `customer asked about ${VISA}` },
      session: 'session-1',
      dataSource: { id: 'billing', environment: 'production' },
      point: 'knex',
      issuer: 'caller',
      origination: 'test',
      ...parts.submission,
    },
    principal: parts.principal ?? alice,
    facts: parts.facts ?? deleteFacts,
    catalog: { ...catalog, ...parts.catalog },
    decision: {
      id: 'decision-1',
      effect: 'require_approval',
      rule: 'writes-need-approval',
      reason: 'Writes need an approval.',
      trace: [],
      obligations: { mask: [], errors: 'redact', readOnly: false, maxAffectedRows: 1 },
      policyHash: 'policy-1',
      approval: requirement,
      ...parts.decision,
    },
  }
  return submission as Decided
}

export const bob: Approver = {
  subject: 'bob@corp.example',
  issuer: 'https://idp.corp.example',
  roles: ['dba'],
}
export const carol: Approver = {
  subject: 'carol@corp.example',
  issuer: 'https://idp.corp.example',
  groups: ['dba'],
}

export function approves(approver: Approver = bob, reason = 'ticket 42'): ApprovalAnswer {
  return { decision: 'approved', approver, reason }
}

export interface Noted {
  readonly event: LifecycleEvent
  readonly detail: Readonly<Record<string, unknown>>
}

export interface DeskBench {
  readonly desk: ReturnType<typeof approvalDesk>
  readonly clock: HandClock
  readonly notes: Noted[]
  /** Events so far, in order. */
  events(): string[]
}

export interface BenchOptions {
  readonly key?: Uint8Array
  /** Called before each note is kept; may throw or wait. */
  readonly onNote?: (event: LifecycleEvent) => void | Promise<void>
}

export function bench(
  people: ApprovalCallback | ApprovalProvider | null,
  options: BenchOptions = {},
): DeskBench {
  const clock = handClock()
  const notes: Noted[] = []
  let count = 0
  const desk = approvalDesk({
    providers: people === null ? [] : [typeof people === 'function' ? callbackApproval(people) : people],
    clock,
    ids: { next: () => `id-${++count}` },
    scrubber: plainScrubber,
    note: async (event, detail) => {
      await options.onNote?.(event)
      notes.push({ event, detail })
    },
    ...(options.key === undefined ? {} : { key: options.key }),
  })
  return { desk, clock, notes, events: () => notes.map(({ event }) => event) }
}

export const patient = new AbortController().signal

export function refused(outcome: object, code: RefusalCode): Refusal {
  if (!isRefusal(outcome)) throw new Error(`expected ${code}, and it was let through`)
  if (outcome.code !== code) throw new Error(`expected ${code}, got ${outcome.code}: ${outcome.reason}`)
  return outcome
}

export function passed<T extends Pass | Cleared>(outcome: T | Refusal): T {
  if (isRefusal(outcome)) throw new Error(`refused: ${outcome.code} ${outcome.reason}`)
  return outcome
}
