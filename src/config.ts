import type { ApprovalCallback, ApprovalProvider } from './approval/approval-provider.js'
import { callbackApproval } from './approval/providers/callback.js'
import type { AuditSink } from './audit/audit-sink.js'
import type { CatalogSource } from './catalog/catalog-source.js'
import { ConfigurationError } from './errors.js'
import type { IdentityProvider } from './identity/identity-provider.js'
import type { Agent } from './model/principal.js'
import type { DataSource } from './model/submission.js'
import type { Hook } from './policy/hooks.js'
import type { Policy } from './policy/policy.js'
import type { PolicyEngine } from './policy/policy-engine.js'
import type { Clock } from './util/clock.js'
import type { Ids } from './util/ids.js'

/** How a connection is governed. Only `policy` and `audit` are needed. */
export interface GovernanceOptions {
  /** From `loadPolicy` or `definePolicy`; or an engine of your own, which then needs `catalog` for its labels. */
  readonly policy: Policy | PolicyEngine
  /** Asks a person. Absent: whatever needs an approval is refused as unavailable. */
  readonly approval?: ApprovalCallback | ApprovalProvider
  /** Where records go; at least one sink must be durable (PCI DSS 10.2). */
  readonly audit: AuditSink | readonly AuditSink[]
  /** Run in order around every statement; they can tighten a decision and never loosen it. */
  readonly hooks?: readonly Hook[]
  /** Default: the principal that the program passes to `as()` is believed. */
  readonly identity?: IdentityProvider
  /** Default `{ id: 'default', environment: 'production' }`. */
  readonly dataSource?: DataSource
  /** Default: read from the database where there is a reader for its dialect, else empty. */
  readonly catalog?: CatalogSource
  readonly clock?: Clock
  readonly ids?: Ids
}

/** What a handle's statements are said to come from. */
export interface GovernedContext {
  readonly agent?: Agent
  /** The conversation or request; approvals and budgets are bound to it. Default: a fresh id. */
  readonly session?: string
}

const known: Readonly<Record<keyof GovernanceOptions, true>> = {
  policy: true,
  approval: true,
  audit: true,
  hooks: true,
  identity: true,
  dataSource: true,
  catalog: true,
  clock: true,
  ids: true,
}

/** The options that need a decision, made. */
export interface Settled {
  readonly sinks: readonly AuditSink[]
  readonly provider: ApprovalProvider | null
  readonly hooks: readonly Hook[]
  readonly dataSource: DataSource
}

/** @throws ConfigurationError naming the option that is wrong, and what it should be. */
export function settle(options: GovernanceOptions): Settled {
  const unknown = Object.keys(options).find(name => !Object.hasOwn(known, name))
  if (unknown !== undefined) {
    throw new ConfigurationError(
      `Unknown option ${unknown}. The options are ${Object.keys(known).join(', ')}.`,
    )
  }
  if (!isEngine(options.policy) && !isPolicy(options.policy)) {
    throw new ConfigurationError('policy must come from loadPolicy or definePolicy, or be a PolicyEngine.')
  }
  return Object.freeze({
    sinks: settledSinks(options.audit),
    provider: settledProvider(options.approval),
    hooks: Object.freeze([...(options.hooks ?? [])]),
    dataSource: settledDataSource(options.dataSource),
  })
}

export function isEngine(policy: Policy | PolicyEngine): policy is PolicyEngine {
  return (
    typeof policy === 'object' && policy !== null && typeof Reflect.get(policy, 'evaluate') === 'function'
  )
}

function isPolicy(policy: unknown): boolean {
  return typeof policy === 'object' && policy !== null && 'hash' in policy && 'labels' in policy
}

function settledSinks(audit: AuditSink | readonly AuditSink[] | undefined): readonly AuditSink[] {
  const sinks = audit === undefined ? [] : [audit].flat()
  if (!sinks.some(sink => sink.durable)) {
    throw new ConfigurationError(
      'audit needs a durable sink, for example fileTrail({ directory: "./audit" }).',
    )
  }
  return Object.freeze(sinks)
}

function settledProvider(approval: ApprovalCallback | ApprovalProvider | undefined): ApprovalProvider | null {
  if (approval === undefined) return null
  if (typeof approval === 'function') return callbackApproval(approval)
  if (typeof approval.request === 'function') return approval
  throw new ConfigurationError('approval must be a function or an ApprovalProvider.')
}

function settledDataSource(given: DataSource | undefined): DataSource {
  const dataSource = given ?? { id: 'default', environment: 'production' }
  if (!dataSource.id || !dataSource.environment) {
    throw new ConfigurationError('dataSource needs an id and an environment.')
  }
  return Object.freeze({ ...dataSource })
}
