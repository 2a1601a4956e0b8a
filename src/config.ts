import { randomBytes } from 'node:crypto'
import type { ApprovalChannel } from './approval/approval-channel.js'
import type { ApprovalCallback, ApprovalProvider } from './approval/approval-provider.js'
import type { ApprovalStore } from './approval/approval-store.js'
import { callbackApproval } from './approval/providers/callback.js'
import type { AuditSink } from './audit/audit-sink.js'
import { type BudgetKey, budgetKey } from './budget/budget-key.js'
import type { BudgetStore } from './budget/budget-store.js'
import { memoryBudgetStore } from './budget/stores/memory.js'
import type { CatalogSource } from './catalog/catalog-source.js'
import { ConfigurationError } from './errors.js'
import type { IdentityProvider } from './identity/identity-provider.js'
import { MaskingKey } from './masking/maskers/masking-key.js'
import type { Agent } from './model/principal.js'
import type { DataSource, EnforcementPoint } from './model/submission.js'
import type { Hook } from './policy/hooks.js'
import type { Policy } from './policy/policy.js'
import type { PolicyEngine } from './policy/policy-engine.js'
import type { Clock } from './util/clock.js'
import type { Ids } from './util/ids.js'

/** How a connection is governed. Only `policy` and `audit` are needed. */
export interface GovernanceOptions {
  /** From `loadPolicy` or `definePolicy`; or an engine of your own, which then needs `catalog` for its labels. */
  readonly policy: Policy | PolicyEngine
  /** Asks people, through one way or several at once. Absent: whatever needs an approval is refused as unavailable. */
  readonly approval?: Asks | readonly Asks[]
  /** Where requests and grants are kept, and whether statements wait for people. Default: in memory, they wait. */
  readonly queue?: QueueOptions
  /** Where records go; at least one sink must be durable (PCI DSS 10.2). */
  readonly audit: AuditSink | readonly AuditSink[]
  /** Where the budgets of the policy are counted. Default: in memory, under a key of this process. */
  readonly budgets?: BudgetOptions
  /** Needed where the policy masks by `hash` or `tokenise`. */
  readonly masking?: MaskingOptions
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

/** A way to reach people: a function, a provider that brings their answer back, or a channel that only tells them. */
export type Asks = ApprovalCallback | ApprovalProvider | ApprovalChannel

export interface QueueOptions {
  /** Default: memory. A store on a database lets processes share requests, and tickets outlive a restart. */
  readonly store?: ApprovalStore
  /**
   * HMAC key that binds and seals what is kept, 32 bytes or more; the same for all who share a store, and out
   * of the agents' reach. Needed with a store on a database.
   */
  readonly key?: Uint8Array
  /** `wait` (default): a statement waits. `ticket`: it is refused as pending, and submitted again later. */
  readonly mode?: 'wait' | 'ticket'
}

export interface BudgetOptions {
  /** Default: memory. A store on a database lets processes share what is left, and outlives a restart. */
  readonly store?: BudgetStore
  /**
   * HMAC key of what is kept in the place of names and card numbers, 32 random bytes or more, out of the agents'
   * reach; the same for all who share a store. Needed with a store that outlives the process.
   */
  readonly key?: Uint8Array
}

export interface MaskingOptions {
  /**
   * HMAC key of masked values that can be compared, 32 random bytes or more, out of the agents' reach. Whoever
   * shares it gets the same texts for the same values; another one makes all of them anew.
   */
  readonly key: Uint8Array
  /** What hashes name the key by. Default: made from the key. */
  readonly id?: string
}

/** What a handle's statements are said to come from. */
export interface GovernedContext {
  readonly agent?: Agent
  /** The conversation or request; approvals and budgets are bound to it. Default: a fresh id. */
  readonly session?: string
  /** Aborts what the handle has under way: waits for people end for good, statements are stopped at the server. */
  readonly signal?: AbortSignal
  /** Overrides the queue's `mode` for this handle. */
  readonly approval?: 'wait' | 'ticket'
  /** An approval asked for before: statements that need one stand under it, or are refused. */
  readonly ticket?: string
}

/** What a door that speaks a protocol of its own says of the statements that it hands in. */
export interface DoorContext extends Omit<GovernedContext, 'signal'> {
  /** Which enforcement point hands the statements in. Default `'knex'`. */
  readonly point?: EnforcementPoint
  /** Where the request came from (PCI DSS 10.2.2), for example `'203.0.113.7:51234'`. Default: this process. */
  readonly origination?: string
  /** Base64url SHA-256 of the client's certificate (RFC 8705), where its connection was made with one. */
  readonly certificate?: string
}

const known: Readonly<Record<keyof GovernanceOptions, true>> = {
  policy: true,
  approval: true,
  queue: true,
  budgets: true,
  masking: true,
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
  readonly providers: readonly ApprovalProvider[]
  readonly channels: readonly ApprovalChannel[]
  readonly queue: QueueOptions
  readonly budgets: { readonly store: BudgetStore; readonly key: BudgetKey }
  readonly maskingKey: MaskingKey | undefined
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
    ...settledApproval(options.approval),
    queue: settledQueue(options.queue),
    budgets: settledBudgets(options),
    maskingKey: settledMasking(options.masking),
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

function settledApproval(approval: Asks | readonly Asks[] | undefined) {
  const providers: ApprovalProvider[] = []
  const channels: ApprovalChannel[] = []
  for (const ask of approval === undefined ? [] : [approval].flat()) {
    if (typeof ask === 'function') providers.push(callbackApproval(ask))
    else if (isProvider(ask)) providers.push(ask)
    else if (isChannel(ask)) channels.push(ask)
    else
      throw new ConfigurationError(
        'approval must be a function, an ApprovalProvider, an ApprovalChannel, or a list of them.',
      )
  }
  return { providers: Object.freeze(providers), channels: Object.freeze(channels) }
}

function isProvider(ask: unknown): ask is ApprovalProvider {
  return typeof ask === 'object' && ask !== null && typeof Reflect.get(ask, 'request') === 'function'
}

function isChannel(ask: unknown): ask is ApprovalChannel {
  return typeof ask === 'object' && ask !== null && typeof Reflect.get(ask, 'announce') === 'function'
}

function settledQueue(queue: QueueOptions = {}): QueueOptions {
  const { mode, key } = queue
  if (mode !== undefined && mode !== 'wait' && mode !== 'ticket') {
    throw new ConfigurationError("queue.mode must be 'wait' or 'ticket'.")
  }
  if (key !== undefined && !(key instanceof Uint8Array)) {
    throw new ConfigurationError('queue.key must be bytes: a Uint8Array or Buffer of 32 or more.')
  }
  return Object.freeze({ ...queue })
}

function settledBudgets({ budgets = {}, clock }: GovernanceOptions): Settled['budgets'] {
  const { store = memoryBudgetStore(clock === undefined ? {} : { clock }), key } = budgets
  if (store.durable && key === undefined) {
    throw new ConfigurationError(
      'budgets.key is needed with a store that outlives the process: 32 random bytes or more, the same for all who share it.',
    )
  }
  return Object.freeze({ store, key: budgetKey(key ?? randomBytes(32)) })
}

function settledMasking(masking: MaskingOptions | undefined): MaskingKey | undefined {
  return masking === undefined ? undefined : new MaskingKey(masking.key, masking.id)
}

function settledDataSource(given: DataSource | undefined): DataSource {
  const dataSource = given ?? { id: 'default', environment: 'production' }
  if (!dataSource.id || !dataSource.environment) {
    throw new ConfigurationError('dataSource needs an id and an environment.')
  }
  return Object.freeze({ ...dataSource })
}
