import type { Label } from './catalog.js'
import type { Effect, Obligations } from './decision.js'
import type { EffectKind, Scope } from './facts.js'
import type { Approver, GrantKind } from './grant.js'
import type { MaskCounts } from './result.js'

/** A principal as records name it. */
export interface RecordedPrincipal {
  readonly subject: string
  readonly issuer: string
  readonly kind: 'human' | 'service' | 'agent'
  readonly name?: string
  readonly roles?: readonly string[]
  readonly amr?: readonly string[]
  readonly acr?: string
  /** The `jti` of the token that the principal came with. */
  readonly tokenId?: string
  readonly onBehalfOf?: RecordedPrincipal
}

/** What analysis found, or why it could not read the statement. */
export interface RecordedAnalysis {
  /** The outermost statement's kind. Absent where it could not be analysed. */
  readonly kind?: EffectKind
  /** Every distinct effect, in order, nested ones too: `select`, `create table`, … */
  readonly verbs?: readonly string[]
  /** How much an update or delete can touch: the widest of them. */
  readonly scope?: Scope
  /** Columns with a label that it shows, uses or copies. */
  readonly columns?: readonly string[]
  /** Why it could not be analysed: the code of the facts. */
  readonly problem?: string
}

/** What had to hold when it ran. */
export interface RecordedObligations {
  /** In words. */
  readonly budgets?: readonly string[]
  readonly errors: Obligations['errors']
  /** One word for each column, in order: the method, and the label that asked for it, as in `partial pan`. */
  readonly mask: readonly string[] | 'scan-all' | 'none'
  readonly maxAffectedRows?: number
  readonly maxRows?: number
  readonly readOnly: boolean
  readonly timeoutMs?: number
}

/** What every record about a statement carries (PCI DSS 10.2.2). No field may hold an unmasked PAN. */
export interface StatementRecord {
  readonly principal: RecordedPrincipal | null
  readonly agent?: {
    readonly framework: string
    readonly id: string
    readonly version?: string
    readonly toolCall?: string
    /** Why the agent said it needs this: a claim. */
    readonly claimedReason?: string
  }
  readonly analysis?: RecordedAnalysis
  /** Base64url SHA-256 of the certificate that the caller's connection was made with. */
  readonly certificate?: string
  readonly session: string
  readonly origination: string
  readonly point: string
  readonly dataSource: { readonly id: string; readonly environment: string; readonly dialect: string }
  /** Statement text, PANs in it masked; cut at a cap, with `statementTruncated`. */
  readonly statement: string
  readonly statementTruncated?: boolean
  readonly fingerprint?: string
  readonly bindings: readonly string[]
  readonly objects: readonly { readonly name: string; readonly access: 'read' | 'write' }[]
  readonly labels: readonly Label[]
  readonly decision: {
    readonly id: string
    readonly effect: Effect
    readonly rule: string
    readonly reason: string
    readonly policyHash: string
  }
  readonly approval?: {
    readonly grant: string
    readonly kind: GrantKind
    readonly request: string
    readonly approvers: readonly Approver[]
    readonly reasons: readonly string[]
    /** When it was given, and until when it was good. */
    readonly grantedAt: string
    readonly expiresAt: string
  }
  /** Absent for what nothing decided. */
  readonly obligations?: RecordedObligations
}

/** How a statement ended. */
export type OutcomeStatus = 'released' | 'refused' | 'failed' | 'cut' | 'unknown'

export interface OutcomeDetail {
  readonly status: OutcomeStatus
  /** Of what the digest is over. */
  readonly bytes?: number
  readonly rows?: number
  /** There were more rows than the caller asked for first. */
  readonly truncated?: boolean
  readonly affected?: number
  readonly masked?: MaskCounts
  /** SHA-256 over the masked rows as released, hex: in RFC 8785 form, unless `digestForm` says otherwise. */
  readonly digest?: string
  /** `encoded`: over the messages that carried the rows, as sent. */
  readonly digestForm?: 'encoded'
  /** Names of the result's columns, in order, as released. */
  readonly columns?: readonly string[]
  /** The first masked rows, up to the payload cap: one array of values per row, in column order. */
  readonly payload?: readonly unknown[]
  readonly payloadTruncated?: boolean
  readonly durationMs: number
  /** Stable error code, SQLSTATE and scrubbed text. */
  readonly error?: { readonly code: string; readonly sqlstate?: string; readonly message: string }
}

/** What happens around statements: the trail's own life, policy changes, approval steps, identity. */
export type LifecycleEvent =
  | 'trail.open'
  | 'trail.segment'
  | 'trail.close'
  | 'trail.recover'
  | 'trail.checkpoint'
  | 'trail.key'
  | 'trail.clock'
  | 'trail.prune'
  | 'transaction.undone'
  | 'policy.load'
  | 'config.reload'
  | 'session.kill'
  | 'agent.stop'
  | 'agent.resume'
  | 'approval.request'
  | 'approval.answer'
  | 'approval.grant'
  | 'approval.expire'
  | 'approval.consume'
  | 'approval.break-glass'
  | 'approval.review'
  | 'identity.revoke'
  | 'identity.mint'
  | 'identity.refuse'
  | 'control.fail'
  | 'audit.read'
  | 'catalog.read'
  | 'statement.explain'

/** A record before the trail numbers, chains and writes it. `id` ties an intent to its outcome. */
export type AuditRecord =
  | {
      readonly event: 'statement'
      readonly phase: 'intent'
      readonly id: string
      readonly time: string
      readonly body: StatementRecord
    }
  | {
      readonly event: 'statement'
      readonly phase: 'outcome'
      readonly id: string
      readonly time: string
      /** Whole for a refusal, which has no intent; otherwise the intent holds it. */
      readonly body?: StatementRecord
      readonly outcome: OutcomeDetail
    }
  | {
      readonly event: LifecycleEvent
      readonly phase: 'single'
      readonly id: string
      readonly time: string
      readonly detail: Readonly<Record<string, unknown>>
    }
