import type { Label } from './catalog.js'
import type { ApprovalRequirement, RuleTrace } from './decision.js'
import type { Agent, Principal } from './principal.js'
import type { DataSource } from './submission.js'

/**
 * What an approver sees. Rendered from the real statement, never from the agent's own words; every
 * protected value in it is masked.
 */
export interface ApprovalRequest {
  /** ULID. */
  readonly id: string
  /** The exact statement as the driver will send it, PANs in literals masked. */
  readonly statement: string
  /** In order, masked. */
  readonly bindings: readonly string[]
  /** Facts in words, one sentence each. */
  readonly summary: readonly string[]
  readonly labels: readonly Label[]
  /** Rows the statement may touch, where known. */
  readonly estimatedRows?: number
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

/** An approval, bound to one submission and usable once. The binding is opaque outside `approval/`. */
export interface Grant {
  readonly id: string
  readonly requestId: string
  readonly answers: readonly ApprovalAnswer[]
  readonly grantedAt: number
  readonly expiresAt: number
  /** HMAC over everything that the grant is bound to (DESIGN: approval). Hex. */
  readonly binding: string
}
