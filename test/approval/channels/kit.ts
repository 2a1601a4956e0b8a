/** The real desk with channels, and a peer on this machine that they talk to. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import type { ApprovalChannel } from '../../../src/approval/approval-channel.js'
import { approvalDesk } from '../../../src/approval/approval-desk.js'
import type { ApprovalQueue } from '../../../src/approval/approval-queue.js'
import { memoryApprovalStore } from '../../../src/approval/stores/memory.js'
import type { BreakGlassTerms } from '../../../src/model/decision.js'
import type { ApprovalRequest } from '../../../src/model/grant.js'
import type { Principal } from '../../../src/model/principal.js'
import type { Pass } from '../../../src/model/progress.js'
import { isRefusal, type Refusal } from '../../../src/model/refusal.js'
import { ulids } from '../../../src/util/ids.js'
import {
  type DecidedParts,
  decided,
  type HandClock,
  MINUTE,
  type Noted,
  plainScrubber,
  requirement,
} from '../desk-kit.js'

export interface Desk {
  readonly queue: ApprovalQueue
  readonly notes: readonly Noted[]
  /** Submits a statement that needs an approval, and waits until it is in the queue. */
  ask(parts?: DecidedParts): Promise<Asked>
  /** Emergency access, taken by Dora and over already. */
  emergency(): Promise<string>
  /** May be called again. */
  close(): Promise<void>
}

export const dora: Principal = {
  subject: 'dora@corp.example',
  issuer: 'https://idp.corp.example',
  amr: ['otp'],
}

const breakGlass: BreakGlassTerms = {
  people: ['dora@corp.example'],
  maxDurationMs: 60 * MINUTE,
  amr: ['otp'],
  reviewers: ['dba'],
  reviewWithinMs: 24 * 60 * MINUTE,
}

export interface Asked {
  readonly id: string
  /** What became of the statement. */
  readonly outcome: Promise<Pass | Refusal>
  abandon(): void
}

/** A desk over memory whose channels are open. */
export async function deskWith(
  channels: readonly ApprovalChannel[],
  clock: HandClock,
  onNote: (event: string) => void = () => {},
): Promise<Desk> {
  const notes: Noted[] = []
  const desk = approvalDesk({
    channels,
    store: memoryApprovalStore(),
    clock,
    ids: ulids(clock),
    scrubber: plainScrubber,
    breakGlass: () => breakGlass,
    note: async (event, detail) => {
      onNote(event)
      notes.push({ event, detail })
    },
  })
  for (const channel of channels) await channel.open(desk.queue)
  let closed: Promise<void> | undefined
  return {
    queue: desk.queue,
    notes,
    close: () => {
      closed ??= desk.close()
      return closed
    },
    async emergency() {
      const { agent: _, ...submission } = decided().submission
      const plea = {
        kind: 'break-glass',
        durationMs: MINUTE,
        reason: 'the till is down',
        ticket: 'INC-7',
      } as const
      const taken = await desk.petition(plea, { submission, principal: dora }, [])
      if (isRefusal(taken)) throw new Error(taken.reason)
      clock.advance(2 * MINUTE)
      return taken.ticket
    },
    async ask(parts = {}) {
      const controller = new AbortController()
      const before = notes.length
      const outcome = Promise.resolve(desk.obtain(decided(parts), controller.signal))
      outcome.catch(() => {})
      const asked = (): Noted | undefined =>
        notes.slice(before).find(({ event }) => event === 'approval.request')
      await eventually(() => asked() !== undefined)
      return { id: String(asked()?.detail['request']), outcome, abandon: () => controller.abort() }
    },
  }
}

/** A requirement with some terms changed, as parts of a decision. */
export function requiring(terms: Partial<typeof requirement>): DecidedParts {
  return { decision: { approval: { ...requirement, ...terms } } }
}

/** Waits for a condition with generous patience. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let round = 0; round < 2_000; round++) {
    if (await condition()) return
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  throw new Error('It did not come to pass.')
}

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Peer {
  readonly url: string
  readonly received: Received[]
  close(): Promise<void>
}

export type Replied = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
} | null

/** An HTTP server on this machine. `reply` resolving to null: the connection breaks. */
export async function peer(reply: (request: Received) => Replied | Promise<Replied>): Promise<Peer> {
  const received: Received[] = []
  const server: Server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const { method = '', url = '', headers } = incoming
    const request = { method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') }
    received.push(request)
    const answer = await reply(request)
    if (answer === null) return void incoming.socket.destroy()
    outgoing.writeHead(answer.status, answer.headers)
    outgoing.end(answer.body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Everything that a careless log line could print of a thing. */
export function printed(thing: unknown): string {
  return `${inspect(thing, { depth: 9, showHidden: true, getters: true })} ${JSON.stringify(thing)} ${String(thing)}`
}

/** The message of what the promise rejects with, and everything else that could be printed of it. */
export async function rejection(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    return (
      printed(error) +
      (error instanceof Error ? `${error.message} ${error.stack} ${printed(error.cause)}` : '')
    )
  }
  throw new Error('It did not reject.')
}

export const forever = new AbortController().signal

/** A statement that does not fit into any chat. */
export const LONG_STATEMENT = `delete from cards where id in (${Array.from({ length: 6_000 }, (_, id) => id).join(', ')})`

/** Text that tries whatever a place that shows it could fall for. */
export const HOSTILE = [
  '<!channel> <@U0000001|bob> <https://evil.example|approved by bob> &lt;b&gt;',
  '```\n*Approved* by bob\n```',
  '````',
  '[click](https://evil.example) **bold** {{DATE(2017-02-14T06:00:00Z)}}',
  '\u202Edesrever\u202C \u0000\u001b[2J\r\nDecide before: never',
].join('\n')

export function withHostileText(request: ApprovalRequest): ApprovalRequest {
  return {
    ...request,
    statement: HOSTILE,
    bindings: [HOSTILE],
    summary: [HOSTILE],
    principal: { ...request.principal, subject: HOSTILE },
    session: HOSTILE,
    rule: HOSTILE,
    reason: HOSTILE,
    agent: { framework: HOSTILE, id: HOSTILE, claimedReason: HOSTILE, toolCall: HOSTILE },
  }
}
