import type { Label } from './catalog.js'
import type { ApprovalRequirement, RuleTrace } from './decision.js'
import type { Agent, Principal } from './principal.js'
import type { DataSource } from './submission.js'

/**
 * `single`: one execution of one submission. `window`: a set of statements for a time, the weaker kind.
 * `break-glass`: emergency access that a person gave to themselves, to be reviewed afterwards.
 */
export type GrantKind = 'single' | 'window' | 'break-glass'

/** Statements that may run without being asked for one by one. */
export interface Window {
  /** Fingerprints: normalised texts without literals. */
  readonly fingerprints: readonly string[]
  /** Rows returned or written, whichever are more. */
  readonly rows: number
  /** Milliseconds from the approval. */
  readonly durationMs: number
}

/** What a write would do, as a governed read found it just before the question: masked like any result. */
export interface Preview {
  /** Rows that the condition finds. An execution that changes more is rolled back. */
  readonly rows: number
  /** Columns of `before` and `after`. */
  readonly columns: readonly string[]
  /** The first rows: each as a person would read it. */
  readonly samples: readonly { readonly before: readonly string[]; readonly after: readonly string[] }[]
  /** Columns that the write changes and that are not shown: protected, or of a value that cannot be foretold. */
  readonly withheld?: readonly string[]
}

/**
 * What an approver sees. Rendered from the real statement, never from the agent's own words; every
 * protected value in it is masked.
 */
export interface ApprovalRequest {
  /** ULID; also the ticket. */
  readonly id: string
  readonly kind: GrantKind
  /** The exact statement as the driver will send it, PANs in literals masked. */
  readonly statement: string
  /** In order, masked. */
  readonly bindings: readonly string[]
  /** Facts in words, one sentence each. */
  readonly summary: readonly string[]
  readonly labels: readonly Label[]
  /** Rows the statement may touch, where known. */
  readonly estimatedRows?: number
  /** What the statement would change, read beforehand. Absent: it could not be computed. */
  readonly preview?: Preview
  /** Why the caller says it needs a window or emergency access. A claim. */
  readonly plea?: string
  /** Of a windowed grant: what it would cover. */
  readonly window?: Window
  readonly principal: Principal
  readonly agent?: Agent
  readonly session: string
  readonly dataSource: DataSource
  readonly rule: string
  readonly reason: string
  readonly trace: readonly RuleTrace[]
  readonly requirement: ApprovalRequirement
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number
  readonly decideBy: number
}

/** A person as the approval channel authenticated them. */
export interface Approver {
  readonly subject: string
  readonly issuer: string
  /** An address that the issuer has verified. */
  readonly email?: string
  readonly kind?: 'human' | 'service' | 'agent'
  readonly roles?: readonly string[]
  readonly groups?: readonly string[]
  readonly amr?: readonly string[]
}

/** One person's answer. */
export type ApprovalAnswer =
  | {
      readonly decision: 'approved'
      readonly approver: Approver
      readonly reason?: string
      readonly ticket?: string
    }
  | {
      readonly decision: 'denied'
      readonly approver: Approver
      readonly reason?: string
      readonly ticket?: string
    }

/** An approval, bound to what was asked. The binding is opaque outside `approval/`. */
export interface Grant {
  readonly id: string
  readonly requestId: string
  readonly kind: GrantKind
  readonly answers: readonly ApprovalAnswer[]
  readonly grantedAt: number
  readonly expiresAt: number
  /** HMAC over everything that the grant is bound to (DESIGN: approval). Hex. */
  readonly binding: string
}
