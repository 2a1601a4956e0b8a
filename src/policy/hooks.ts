import type { Obligations } from '../model/decision.js'
import type { Facts } from '../model/facts.js'
import type { Agent, Principal } from '../model/principal.js'
import type { OutcomeStatus } from '../model/record.js'

/** What a hook sees before a statement runs. The three methods tighten; nothing here can loosen. */
export interface BeforeQueryContext {
  readonly statement: string
  readonly facts: Facts
  readonly principal: Principal
  readonly agent: Agent | undefined
  readonly session: string
  readonly now: number
  deny(reason: string): void
  requireApproval(reason: string): void
  /** Merged with the policy's own: the stricter of each pair holds. */
  limit(obligations: Pick<Obligations, 'maxRows' | 'maxAffectedRows' | 'timeoutMs'>): void
}

/** What a hook sees afterwards: never rows, never values. */
export interface AfterQueryContext {
  readonly statement: string
  readonly principal: Principal
  readonly decisionId: string
  readonly status: OutcomeStatus
  readonly rows: number | undefined
  readonly affected: number | undefined
  readonly durationMs: number
}

/** User code around every statement. A `beforeQuery` that throws denies; `afterQuery` can change nothing. */
export interface Hook {
  readonly name: string
  beforeQuery?(context: BeforeQueryContext): void | Promise<void>
  afterQuery?(context: AfterQueryContext): void | Promise<void>
}
