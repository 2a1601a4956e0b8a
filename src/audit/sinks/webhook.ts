import { createHash } from 'node:crypto'
import { ConfigurationError } from '../../errors.js'
import { systemClock } from '../../util/clock.js'
import { SHORTEST_WEBHOOK_SECRET, webhookHeaders, webhookKey } from '../../util/webhook-signature.js'
import { recordLine } from '../trail-line.js'
import { peerUrl, postTo } from './http-peer.js'
import { type RemoteSink, type RemoteSinkOptions, remoteSink } from './remote.js'

export interface WebhookSinkOptions extends RemoteSinkOptions {
  /** Where records are posted to. https, or http to this machine. */
  readonly url: string
  /** Signs each message: `whsec_` and base64 of 32 random bytes or more. With several, each signs, for a change of secrets. */
  readonly secret: string | readonly string[]
}

const LIMITS = { records: 500, bytes: 1_048_576, lingerMs: 250 } as const

/**
 * Posts records, signed with HMAC-SHA256 as Standard Webhooks 1.0.0 has it: over the id of the message, its time and its
 * body. A message that is sent again has the same id, so that a receiver can tell a repetition; after a restart the
 * same records may come in other messages, so a receiver knows a record by its `id` and `phase`.
 *
 * @throws ConfigurationError for an address that is not https, or a secret that is too short.
 * @example
 * webhookSink({ url: 'https://siem.corp.example/cardea', secret: 'whsec_…', spool: { directory: './spool/webhook' } })
 */
export function webhookSink(options: WebhookSinkOptions): RemoteSink {
  const { clock = systemClock } = options
  const url = peerUrl('webhookSink', options.url)
  const keys = keysOf(options.secret)
  return remoteSink('webhook', options, {
    limits: LIMITS,
    send: async (records, signal) => {
      const list = `[${records.map(recordLine).join(',')}]`
      const body = `{"type":"audit.records","data":{"records":${list}}}`
      const id = createHash('sha256').update(list).digest('base64url')
      const headers = {
        'content-type': 'application/json',
        ...webhookHeaders(keys, id, clock.now(), body),
      }
      await postTo('The webhook', { url, headers, body, signal })
    },
  })
}

function keysOf(secrets: string | readonly string[]): readonly Buffer[] {
  const keys = (typeof secrets === 'string' ? [secrets] : secrets).map(secret => {
    const key = webhookKey(secret)
    if (key !== undefined) return key
    throw new ConfigurationError(
      `webhookSink: secret must be whsec_ and the base64 of ${SHORTEST_WEBHOOK_SECRET} random bytes or more: ` +
        `echo "whsec_$(openssl rand -base64 ${SHORTEST_WEBHOOK_SECRET})"`,
    )
  })
  if (keys.length === 0) throw new ConfigurationError('webhookSink needs a secret.')
  return keys
}
