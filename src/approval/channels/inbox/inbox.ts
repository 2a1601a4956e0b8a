import { ConfigurationError } from '../../../errors.js'
import { type Clock, systemClock } from '../../../util/clock.js'
import { steadyClock } from '../../../util/steady-clock.js'
import type { ApprovalState } from '../../approval-entry.js'
import type { ApprovalQueue, ViewFilter } from '../../approval-queue.js'
import { answeredResponse, demandId, notFound } from '../answered.js'
import {
  demandMethod,
  demandOnly,
  demandText,
  type Fields,
  fromQueue,
  HttpProblem,
  jsonObject,
  jsonResponse,
  readBody,
  respond,
  unavailable,
  utf8,
  wordsOf,
} from '../http.js'
import type { HttpChannel } from '../http-channel.js'
import { type Authenticate, type Person, personBehind } from '../person.js'
import { type Streams, streams } from './events.js'

export interface InboxApprovalOptions {
  /** Who presents an access token. Use what checks tokens everywhere else, so that people are the same people. */
  readonly authenticate: Authenticate
  /** Default: the system's. */
  readonly clock?: Clock
}

/** RFC 6750 section 2.1. */
const BEARER = /^bearer ([\w.~+/-]+=*)$/i

const STATES: Readonly<Record<'pending' | 'all', readonly ApprovalState[]>> = {
  pending: ['pending'],
  all: ['pending', 'approved', 'denied', 'consumed', 'expired', 'withdrawn'],
}

interface Inbox {
  readonly queue: ApprovalQueue | undefined
  readonly authenticate: Authenticate
  readonly clock: Clock
  readonly streams: Streams
}

/**
 * Requests for people who come and look: an HTTP API under `/approvals`, which `cardea approvals` uses.
 * The bearer token of each call (RFC 6750) says who is there; agents and services are turned away.
 * Telling people is the business of another channel.
 *
 * @throws ConfigurationError without `authenticate`.
 * @example
 * const inbox = inboxApproval({ authenticate: token => identity.verify(token) })
 * const server = await serveApprovals({ channels: [inbox], port: 7443, tls: { key, cert }, host: '0.0.0.0' })
 */
export function inboxApproval(options: InboxApprovalOptions): HttpChannel {
  const { authenticate } = options
  const clock = steadyClock(options.clock ?? systemClock)
  if (typeof authenticate !== 'function') {
    throw new ConfigurationError('inboxApproval needs authenticate: who presents an access token.')
  }
  const open = streams(clock)
  let queue: ApprovalQueue | undefined
  return Object.freeze({
    name: 'inbox',
    path: '/approvals',
    open: opened => {
      queue = opened
    },
    async announce() {
      // People come and look, so nobody has to be reached.
      if (queue === undefined) throw new Error('The inbox is not open.')
    },
    handle: request => respond(() => route({ queue, authenticate, clock, streams: open }, request)),
    close: async () => {
      queue = undefined
      open.close()
    },
  } satisfies HttpChannel)
}

async function route(inbox: Inbox, request: Request): Promise<Response> {
  const url = new URL(request.url)
  const [, root, first, second, ...rest] = url.pathname.split('/')
  if (root !== 'approvals' || rest.length > 0) throw notFound()
  const token = bearerToken(request)
  const person = await personBehind(token, inbox.authenticate, inbox.clock)
  if (first === undefined) return list(inbox, request, url, person)
  if (first === 'events' && second === undefined) return events(inbox, request, person, token)
  const id = demandId(first)
  if (second === undefined) return show(inbox, request, id, person)
  if (second === 'answer') return answer(inbox, request, id, person)
  if (second === 'review') return review(inbox, request, id, person)
  throw notFound()
}

/** Only from the header: an address ends up in logs, and a cookie travels with requests of others. */
function bearerToken(request: Request): string {
  const token = BEARER.exec(request.headers.get('authorization') ?? '')?.[1]
  if (token !== undefined) return token
  throw new HttpProblem(401, 'unauthenticated', 'Send an access token: Authorization: Bearer …', {
    'www-authenticate': 'Bearer realm="cardea"',
  })
}

async function list(inbox: Inbox, request: Request, url: URL, { approver }: Person): Promise<Response> {
  demandMethod(request, 'GET')
  const { state = 'pending', unreviewed, ...others } = Object.fromEntries(url.searchParams)
  const known = state === 'pending' || state === 'all'
  if (!known || ![undefined, '1'].includes(unreviewed) || Object.keys(others).length > 0) {
    throw new HttpProblem(400, 'malformed', 'Only state=pending, state=all and unreviewed=1 are known here.')
  }
  const filter: ViewFilter = unreviewed === '1' ? { unreviewed: true } : { states: STATES[state] }
  const approvals = await fromQueue(inbox.queue, queue => queue.list(approver, filter))
  return jsonResponse(200, { approvals })
}

async function show(inbox: Inbox, request: Request, id: string, { approver }: Person): Promise<Response> {
  demandMethod(request, 'GET')
  const view = await fromQueue(inbox.queue, queue => queue.find(id, approver))
  if (view === null) throw notFound()
  return jsonResponse(200, view)
}

async function answer(inbox: Inbox, request: Request, id: string, { approver }: Person): Promise<Response> {
  const fields = await bodyOf(request, ['decision', 'reason', 'ticket', 'version'])
  const words = wordsOf(fields)
  const given = { ...words, approver }
  const seen = seenVersion(fields)
  return answeredResponse(await fromQueue(inbox.queue, queue => queue.answer(id, given, 'inbox', seen)))
}

/** Nobody approves what they have not seen. */
function seenVersion(fields: Fields): number | undefined {
  const version = Object.hasOwn(fields, 'version') ? fields['version'] : undefined
  if (version === undefined) return undefined
  if (typeof version === 'number' && Number.isSafeInteger(version)) return version
  throw new HttpProblem(400, 'malformed', 'The member version must be a whole number.')
}

async function review(inbox: Inbox, request: Request, id: string, { approver }: Person): Promise<Response> {
  const words = demandText(await bodyOf(request, ['words']), 'words')
  return answeredResponse(await fromQueue(inbox.queue, queue => queue.review(id, approver, words, 'inbox')))
}

async function bodyOf(request: Request, known: readonly string[]): Promise<Fields> {
  const fields = jsonObject(utf8(await readBody(request, 'application/json')))
  demandOnly(fields, known)
  return fields
}

async function events(inbox: Inbox, request: Request, person: Person, token: string): Promise<Response> {
  demandMethod(request, 'GET')
  const { authenticate, clock, queue } = inbox
  if (queue === undefined) throw unavailable()
  return inbox.streams.start(queue, person, () => personBehind(token, authenticate, clock))
}
