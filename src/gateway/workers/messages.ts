/**
 * What the processes of one gateway say to each other, on channels that nobody else can listen to. Nothing of a
 * statement, a row or a token is ever in it.
 */
import type { Address } from '../server.js'
import type { CancelKey } from './seat.js'

export type ToWorker =
  /** The answer to `listening`. Base64. */
  | { readonly cardea: 'family'; readonly family: string }
  | { readonly cardea: 'reload'; readonly asked: string }
  | { readonly cardea: 'close'; readonly atOnce: boolean }
  | { readonly cardea: 'look'; readonly look: number }
  | { readonly cardea: 'cancel'; readonly key: CancelKey }

export type FromWorker =
  /** The first of all: what was sent before is lost. */
  | { readonly cardea: 'listening' }
  | { readonly cardea: 'serving'; readonly addresses: Readonly<Record<string, Address>> }
  | { readonly cardea: 'reloaded'; readonly applied: boolean; readonly words: string }
  | { readonly cardea: 'looked'; readonly look: number; readonly seen: Seen }
  | { readonly cardea: 'cancel'; readonly key: CancelKey }

/** How one process stands. */
export interface Seen {
  readonly sound: boolean
  readonly ready: boolean
  readonly checks: Readonly<Record<string, 'ok' | 'failing'>>
}

/** Other messages travel on the same channel: those of Node's cluster and of the figures. */
export function isOurs(message: unknown): message is { readonly cardea: string } {
  return (
    typeof message === 'object' &&
    message !== null &&
    'cardea' in message &&
    typeof message.cardea === 'string'
  )
}
