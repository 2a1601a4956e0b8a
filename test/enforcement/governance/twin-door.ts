/** A door before one of the twins, with a tap on it, and one client for each format. */
import type { ApprovalCallback } from '../../../src/index.js'
import { agent } from '../../support/twins.js'
import type { DoorPlace } from '../wire/place.js'
import type { Answers } from './compare.js'
import type { Answer } from './door-kind.js'
import type { Tap } from './tap.js'

/** How the engine's Node.js driver asks: `text` as it does by itself, `binary` for results in binary. */
export type Format = 'text' | 'binary'

export const FORMATS: readonly Format[] = ['text', 'binary']

export interface TwinDoor<A extends Answer> {
  readonly wire: Pick<DoorPlace<unknown, unknown>, 'governed' | 'trail' | 'sql'>
  readonly tap: Tap
  /** A statement of the corpus as this twin takes it. */
  spelled(sql: string): string
  /** What no rollback takes back is as it was at first. */
  rewind(): Promise<void>
  /** Sends a statement, by itself or in a transaction that is rolled back, and says what the door has answered to it. */
  ask(sent: Sent, format: Format): Promise<A>
  /** Each text in which the detector finds something, of all that the door has sent, with it masked. */
  found(): readonly string[]
  close(): Promise<void>
}

export interface Sent {
  readonly text: string
  readonly values: readonly unknown[]
  /** In a transaction that is rolled back, so that the next statement finds what this one has found. */
  readonly undone: boolean
}

/** A person who says the same to everything that needs one. */
export function saying(decision: 'approved' | 'denied'): ApprovalCallback {
  const approver = { subject: 'bob', issuer: agent.issuer }
  return async () => ({ decision, approver, reason: 'test' })
}

/** The client of each format, connected when it is first asked for; its session is named after the format. */
export function clientsBy<Client>(connect: (format: Format) => Promise<Client>) {
  const clients = new Map<Format, Promise<Client>>()
  return {
    of(format: Format): Promise<Client> {
      const client = clients.get(format) ?? connect(format)
      clients.set(format, client)
      return client
    },
    all: () => Promise.all(clients.values()),
  }
}

export interface Twins<A extends Answer> {
  readonly a: TwinDoor<A>
  readonly b: TwinDoor<A>
}

export async function askBoth<A extends Answer>({ a, b }: Twins<A>, sent: Sent): Promise<Answers<A>> {
  return {
    text: await Promise.all([a.ask(sent, 'text'), b.ask(sent, 'text')]),
    binary: await Promise.all([a.ask(sent, 'binary'), b.ask(sent, 'binary')]),
  }
}
