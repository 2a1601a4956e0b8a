import { ConfigurationError } from '../../../errors.js'
import type { ApprovalRequest } from '../../../model/grant.js'
import { type Clock, systemClock } from '../../../util/clock.js'
import { steadyClock } from '../../../util/steady-clock.js'
import { webhookHeaders } from '../../../util/webhook-signature.js'
import type { Conclusion } from '../../approval-channel.js'
import type { ApprovalQueue } from '../../approval-queue.js'
import { respond } from '../http.js'
import type { HttpChannel } from '../http-channel.js'
import { usedOnce } from '../once.js'
import { post, serviceUrl } from '../outbound.js'
import type { Authenticate } from '../person.js'
import { answerOf } from './answers.js'
import { demandDistinct, KEEP_MS, webhookKeys } from './signature.js'

export interface WebhookApprovalOptions {
  /** Where requests are posted to. https, or http to this machine. */
  readonly url: string
  /** Signs what Cardea sends: `whsec_` and base64 of 32 random bytes or more. With several, each signs. */
  readonly secret: string | readonly string[]
  /** Signs what comes back: other secrets than those above. With several, any of them may. */
  readonly answerSecret: string | readonly string[]
  /**
   * When given, an answer must carry the approver's own access token, and a name in its body is refused.
   * When absent, whoever holds the secret for answers says who the approver is.
   */
  readonly authenticate?: Authenticate
  /** Default: the system's. */
  readonly clock?: Clock
}

/**
 * Posts each request, signed, to a service of yours, and takes signed answers at `/webhook`. Both directions
 * follow Standard Webhooks 1.0.0. The message shapes are in docs/approval-channels.md.
 *
 * @throws ConfigurationError for a plain or malformed URL, a secret under 32 bytes, or one secret for both
 *   directions.
 * @example
 * const approval = webhookApproval({
 *   url: 'https://approvals.corp.example/cardea',
 *   secret: process.env.CARDEA_WEBHOOK_SECRET,
 *   answerSecret: process.env.CARDEA_WEBHOOK_ANSWER_SECRET,
 * })
 */
export function webhookApproval(options: WebhookApprovalOptions): HttpChannel {
  const { authenticate } = options
  const clock = steadyClock(options.clock ?? systemClock)
  const url = serviceUrl('webhookApproval: url', options.url)
  const keys = webhookKeys('webhookApproval: secret', options.secret)
  const answerKeys = webhookKeys('webhookApproval: answerSecret', options.answerSecret)
  demandDistinct(keys, answerKeys)
  if (authenticate !== undefined && typeof authenticate !== 'function') {
    throw new ConfigurationError('webhookApproval: authenticate must be a function.')
  }
  const used = usedOnce(clock, KEEP_MS)
  const closing = new AbortController()
  let queue: ApprovalQueue | undefined

  const send = async (id: string, message: object, signals: readonly AbortSignal[]): Promise<void> => {
    const body = JSON.stringify(message)
    const headers = () => signed(id, body, keys, clock)
    await post({ service: 'The approval webhook', url, headers, body, again: 'failures', signals })
  }
  return Object.freeze({
    name: 'webhook',
    path: '/webhook',
    open: opened => {
      queue = opened
    },
    announce: (request, signal) =>
      send(`${request.id}-requested`, requested(request), [signal, closing.signal]),
    conclude: (request, conclusion) =>
      send(`${request.id}-${conclusion.state}`, concluded(request, conclusion, clock.now()), [
        closing.signal,
      ]),
    handle: request =>
      respond(() => answerOf({ queue, keys: answerKeys, used, authenticate, clock }, request)),
    close: async () => {
      queue = undefined
      closing.abort()
    },
  } satisfies HttpChannel)
}

function requested(request: ApprovalRequest): object {
  return { type: 'approval.requested', timestamp: isoTime(request.createdAt), data: { request } }
}

function concluded({ id }: ApprovalRequest, { state, why }: Conclusion, now: number): object {
  const data = { id, state, ...(why === undefined ? {} : { why }) }
  return { type: 'approval.concluded', timestamp: isoTime(now), data }
}

/** The id stays the same from attempt to attempt, so that a receiver can tell a repetition. */
function signed(
  id: string,
  body: string,
  keys: readonly Buffer[],
  clock: Clock,
): Readonly<Record<string, string>> {
  return { 'content-type': 'application/json', ...webhookHeaders(keys, id, clock.now(), body) }
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
