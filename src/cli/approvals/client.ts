import type { IncomingMessage } from 'node:http'
import type { Answered, ApprovalView } from '../../approval/approval-queue.js'
import { changesIn } from './events.js'
import type { Server } from './server.js'
import { isAnswered, isView, isViews } from './shape.js'
import { type Call, InboxFailure, jsonOf, send } from './transport.js'

export interface AnswerBody {
  readonly decision: 'approved' | 'denied'
  readonly reason?: string
  readonly ticket?: string
  /** Counts only while the request is as the person saw it. */
  readonly version?: number
}

/** The inbox as the signed-in person meets it. Every method rejects with InboxFailure. */
export interface Inbox {
  readonly server: Server
  list(filter?: { readonly all?: boolean; readonly unreviewed?: boolean }): Promise<readonly ApprovalView[]>
  /** Null: there is none, or none that this person may see. */
  find(id: string): Promise<ApprovalView | null>
  answer(id: string, body: AnswerBody): Promise<Answered>
  review(id: string, words: string): Promise<Answered>
  /** Resolves when the stream ends. `opened` is called once it stands. */
  events(signal: AbortSignal, opened: () => void, changed: (id: string) => void): Promise<void>
}

const NONE: Answered = {
  counted: false,
  why: 'There is no such request, or none that you may see.',
  state: null,
}

/** @param token is asked before every call, so that a long watch can go on with a fresh one. */
export function inboxClient(server: Server, token: () => Promise<string>): Inbox {
  const call = async (parts: Call): Promise<IncomingMessage> => send(server, await token(), parts)
  const get = (path: string) => call({ method: 'GET', path, accept: 'application/json' })
  const post = async (path: string, body: unknown): Promise<Answered> => {
    const response = await call({ method: 'POST', path, body, accept: 'application/json' })
    if (response.statusCode === 404) return drained(response, NONE)
    if (response.statusCode !== 200 && response.statusCode !== 409) throw await refusal(response)
    return whole(await jsonOf(response), isAnswered)
  }
  return Object.freeze({
    server,
    async list({ all = false, unreviewed = false } = {}) {
      const query = new URLSearchParams({
        state: all || unreviewed ? 'all' : 'pending',
        ...(unreviewed ? { unreviewed: '1' } : {}),
      })
      const response = await get(`approvals?${query}`)
      if (response.statusCode !== 200) throw await refusal(response)
      return whole(await jsonOf(response), isViews).approvals
    },
    async find(id) {
      const response = await get(pathOf(id))
      if (response.statusCode === 404) return drained(response, null)
      if (response.statusCode !== 200) throw await refusal(response)
      const isAsked = (value: unknown): value is ApprovalView => isView(value) && value.id === id
      return whole(await jsonOf(response), isAsked)
    },
    answer: (id, body) => post(`${pathOf(id)}/answer`, body),
    review: (id, words) => post(`${pathOf(id)}/review`, { words }),
    async events(signal, opened, changed) {
      const response = await call({
        method: 'GET',
        path: 'approvals/events',
        accept: 'text/event-stream',
        signal,
      })
      if (response.statusCode !== 200) throw await refusal(response)
      opened()
      for await (const data of changesIn(response)) {
        const id = idIn(data)
        if (id !== undefined) changed(id)
      }
    },
  } satisfies Inbox)
}

function pathOf(id: string): string {
  return `approvals/${encodeURIComponent(id)}`
}

function drained<T>(response: IncomingMessage, answer: T): T {
  response.resume()
  return answer
}

function whole<T>(value: unknown, is: (value: unknown) => value is T): T {
  if (is(value)) return value
  throw new InboxFailure('The server answered with something else than an inbox of approvals.', true)
}

async function refusal(response: IncomingMessage): Promise<InboxFailure> {
  const { statusCode = 0 } = response
  const said = await jsonOf(response).then(words, () => undefined)
  const lasting = statusCode >= 300 && statusCode < 500 && statusCode !== 429
  if (statusCode === 401) {
    return new InboxFailure('The server does not accept the token: sign in again (cardea login).', true)
  }
  if (said !== undefined) return new InboxFailure(`The server refused: ${said}`, lasting)
  return new InboxFailure(`The server answered ${statusCode}; is it an inbox of approvals?`, lasting)
}

function words(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('error' in value)) return undefined
  const { error } = value
  if (typeof error !== 'object' || error === null || !('message' in error)) return undefined
  return typeof error.message === 'string' ? error.message.slice(0, 500) : undefined
}

function idIn(data: string): string | undefined {
  try {
    const value: unknown = JSON.parse(data)
    if (typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string') {
      return value.id
    }
  } catch {
    // An event that says nothing changes nothing; the next look at the list makes up for it.
  }
  return undefined
}
