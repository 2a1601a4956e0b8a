/** What the test says to a process with a desk, and hears from it. Plain JSON. */
import type { Knex } from 'knex'
import type { ApprovalAnswer } from '../../../src/model/grant.js'

/** A submission as it is judged: everything that a grant is bound to. */
export interface Spec {
  readonly statement: string
  readonly binding: number
  /** Asks directly, or an agent asks for her. */
  readonly asker: 'alice' | 'bot-for-alice'
  readonly session: string
  readonly mode: 'wait' | 'ticket'
  readonly quorum: 1 | 2
  readonly policy: number
  readonly catalog: number
}

export type Order =
  | {
      readonly do: 'open'
      readonly config: Knex.Config
      readonly key: string
      readonly wall: number
      readonly steady: number
    }
  | { readonly do: 'time'; readonly wall: number; readonly steady: number }
  /** Answered at once; how it ends is an event. */
  | { readonly do: 'ask'; readonly call: string; readonly spec: Spec; readonly ticket?: string }
  | { readonly do: 'abort'; readonly call: string }
  /** Redeems a pass that names this request, whether or not one was given. */
  | { readonly do: 'clear'; readonly id: string; readonly spec: Spec }
  | { readonly do: 'answer'; readonly id: string; readonly answer: ApprovalAnswer }
  | { readonly do: 'shut' }

export type Outcome =
  | { readonly kind: 'pass'; readonly id: string }
  | { readonly kind: 'refused'; readonly code: string; readonly ticket?: string }

export type Report =
  | { readonly reply: number; readonly value: unknown }
  | { readonly reply: number; readonly error: string }
  | { readonly event: 'ready' }
  | { readonly event: 'announced'; readonly id: string; readonly session: string }
  | { readonly event: 'settled'; readonly call: string; readonly outcome: Outcome }
  | { readonly event: 'consumed'; readonly id: string }
