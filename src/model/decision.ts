import type { Budget } from './budget.js'
import type { Label } from './catalog.js'
import type { Pack } from './pack.js'

export type Effect = 'allow' | 'deny' | 'require_approval'

/** Cardea's own maskers. `keep`: shown as it is. `scan`: shown unless a detector finds something in the cell. */
export type MaskMethod =
  | 'keep'
  | 'scan'
  | 'partial'
  | 'first8'
  | 'last4'
  | 'hash'
  | 'tokenise'
  | 'generalise'
  | 'redact'
  | 'null'

/** What `generalise` leaves of a date, or how wide the range is that it leaves of a number. */
export type Coarseness = 'month' | 'year' | 'decade' | number

/** What happens to one output column, by position. */
export interface ColumnMask {
  readonly method: MaskMethod
  /** The label that asked for it; counts are kept per label. */
  readonly label?: Label
  /** Of `generalise`, which does not do without. */
  readonly to?: Coarseness
}

/** How a policy shows columns by their label. A label that is not in it: `partial` for `pan`, `redact` for others. */
export type Maskers = ReadonlyMap<Label, ColumnMask>

/**
 * What must hold when the statement runs. An enforcement point or stage that cannot discharge an
 * obligation refuses.
 */
export interface Obligations {
  /** One per output column of the facts. `'scan-all'`: the columns are not known before execution. */
  readonly mask: readonly ColumnMask[] | 'scan-all' | 'none'
  /** Error and notice text: as it is, through the detectors, or replaced by the SQLSTATE's own words. */
  readonly errors: 'pass' | 'scan' | 'redact'
  /** Rows released at most; more is refused. */
  readonly maxRows?: number
  /** Rows written at most; more is rolled back and refused. */
  readonly maxAffectedRows?: number
  /** Milliseconds the database may work on the statement. */
  readonly timeoutMs?: number
  /** What the rows are counted against before they are released. Absent: nothing. */
  readonly budgets?: readonly Budget[]
  /** The database itself must refuse any write. */
  readonly readOnly: boolean
}

/** A rule that took part, for `explain`: in the order of precedence. */
export interface RuleTrace {
  readonly rule: string
  readonly effect: Effect
  /** The fact that made the rule match, in words. */
  readonly because: string
}

export interface Decision {
  /** ULID; appears in the error the caller gets and in every record. */
  readonly id: string
  readonly effect: Effect
  /** Id of the rule that decided; `default-deny` when none matched. */
  readonly rule: string
  /** For a person or a model to act on. Holds no value of the statement. */
  readonly reason: string
  readonly trace: readonly RuleTrace[]
  readonly obligations: Obligations
  readonly policyHash: string
  /** Looked for wherever values of the statement or its result are shown, beside card data. Absent: nothing. */
  readonly detect?: readonly Pack[]
  /** What the policy says of labels, for columns whose label only the engine's own word brings to light. */
  readonly maskers?: Maskers
  /** Who may approve and how many distinct people must; only for `require_approval`. */
  readonly approval?: ApprovalRequirement
}

export interface ApprovalRequirement {
  /** Roles or groups of which an approver must hold one. Empty: anyone the provider authenticates. */
  readonly approvers: readonly string[]
  /** Distinct people. Default 1. */
  readonly quorum: number
  /** Milliseconds to decide in. Default 15 minutes. */
  readonly decideWithinMs: number
  /** Milliseconds the grant stays usable. Default 5 minutes. */
  readonly useWithinMs: number
  /** Default true: approve and deny both need words. */
  readonly reasonRequired: boolean
  /** Authentication methods (RFC 8176) that an approver must all have used (PCI DSS 8.4.2). Default: any. */
  readonly amr?: readonly string[]
  /** Approve and deny both need the number of a ticket. Default false. */
  readonly ticketRequired?: boolean
  /** Milliseconds after a denial in which the same statement of the same requester is not asked again. Default 10 minutes. */
  readonly coolDownMs?: number
  /** Requests that one requester may have open at once. Default 20. */
  readonly maxPending?: number
  /** Requests that one requester may make in an hour. Default: no limit. */
  readonly maxPerHour?: number
  /** Present where a windowed grant may stand for this rule. */
  readonly window?: WindowTerms
}

/** How much a windowed grant may cover at most. */
export interface WindowTerms {
  /** Milliseconds. */
  readonly maxDurationMs: number
  /** Rows returned or written, whichever are more. */
  readonly maxRows: number
}

/** Emergency access: who may give it to themselves, for how long, and who looks at it afterwards (PCI DSS 8.2.2). */
export interface BreakGlassTerms {
  /** Enrolled people, by subject or e-mail address. Never groups. */
  readonly people: readonly string[]
  /** Milliseconds, an hour at most. */
  readonly maxDurationMs: number
  /** Authentication methods that must all have been used. */
  readonly amr: readonly string[]
  /** Roles or groups of which a reviewer must hold one. Empty: any other person. */
  readonly reviewers: readonly string[]
  /** Milliseconds after its end in which it must have been reviewed. */
  readonly reviewWithinMs: number
}
