import { createHash } from 'node:crypto'
import { ConfigurationError } from '../../errors.js'
import type { Clock } from '../../util/clock.js'
import { exchange } from '../../util/exchange.js'
import { SHORTEST_WEBHOOK_SECRET, webhookHeaders, webhookKey } from '../../util/webhook-signature.js'
import type { Anchor } from './anchor.js'
import { type AnchorOptions, anchorOf, checkpointLine } from './options.js'

export interface HttpAnchorOptions extends AnchorOptions {
  /** `https://…`; plain http to this machine alone. */
  readonly url: string
  /** `whsec_…`: the body is signed as Standard Webhooks has it. One of `secret` and `token` is needed. */
  readonly secret?: string
  /** Sent as `authorization: Bearer …`. */
  readonly token?: string
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/
const LONGEST_ANSWER = 1_024

/**
 * Posts each checkpoint as a line of JSON. Any answer 2xx is its acknowledgement, and the evidence.
 *
 * @throws ConfigurationError for an address that is not https, and without a secret or token that can be one.
 * @example httpAnchor({ url: 'https://siem.example/cardea', secret: 'whsec_…' })
 */
export function httpAnchor(options: HttpAnchorOptions): Anchor {
  const url = anchorUrl('httpAnchor', options.url)
  const authorise = authorisation(options)
  return anchorOf('http', options, async (checkpoint, signal, clock) => {
    const body = checkpointLine(checkpoint)
    const headers = { 'content-type': 'application/json', ...authorise(body, clock) }
    const reply = await exchange({ method: 'POST', url, headers, body, signal }).catch((error: Error) => {
      throw new Error(`The anchor's service ${error.message}.`)
    })
    const { status } = reply
    if (status < 200 || status > 299) throw new Error(`The anchor's service answered ${status}.`)
    return `${status} ${printable(reply.body)}`.trimEnd()
  })
}

/**
 * The address as it will be used.
 *
 * @throws ConfigurationError that does not repeat it: many hold a secret.
 */
export function anchorUrl(option: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url?.protocol === 'http:' && LOOPBACK.test(url.hostname)
  if (url === undefined || (url.protocol !== 'https:' && !isPlain)) {
    throw new ConfigurationError(`${option} needs url, https://…; plain http is for this machine alone.`)
  }
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    throw new ConfigurationError(`${option}: url may hold no user name, no password and no fragment.`)
  }
  return url.href
}

function authorisation({
  secret,
  token,
}: HttpAnchorOptions): (body: string, clock: Clock) => Readonly<Record<string, string>> {
  if ((secret === undefined) === (token === undefined))
    throw new ConfigurationError('httpAnchor needs secret or token, one of them.')
  if (token !== undefined) {
    if (!/^[\x21-\x7e]+$/.test(token))
      throw new ConfigurationError('httpAnchor: token is printable text without spaces.')
    return () => ({ authorization: `Bearer ${token}` })
  }
  const key = webhookKey(secret ?? '')
  if (key === undefined) {
    throw new ConfigurationError(
      `httpAnchor: secret must be whsec_ and the base64 of ${SHORTEST_WEBHOOK_SECRET} random bytes or more: ` +
        `echo "whsec_$(openssl rand -base64 ${SHORTEST_WEBHOOK_SECRET})"`,
    )
  }
  // The same checkpoint sent again is the same message.
  return (body, clock) =>
    webhookHeaders([key], createHash('sha256').update(body).digest('hex').slice(0, 32), clock.now(), body)
}

/** What the service says it did, for people: one line, nothing that steers a terminal. */
function printable(body: Buffer): string {
  return body
    .toString('utf8')
    .slice(0, LONGEST_ANSWER)
    .replace(/[^\x20-\x7e]+/g, ' ')
}
