/** Requests to the peers that speak HTTP, and what their answers mean for records. */
import { ConfigurationError } from '../../errors.js'
import { type Exchange, type ExchangeReply, exchange } from '../../util/exchange.js'
import { PeerAwayError, PeerRefusalError } from '../spool/transport.js'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/
/** The peer has read the request and finds fault with what is in it: the same again would be of no use. */
const REFUSALS: readonly number[] = [400, 413, 422]

/**
 * The address as it will be used.
 *
 * @throws ConfigurationError that does not repeat it: many hold a secret.
 */
export function peerUrl(option: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url?.protocol === 'http:' && LOOPBACK.test(url.hostname)
  if (url === undefined || (url.protocol !== 'https:' && !isPlain))
    throw new ConfigurationError(`${option} needs url, https://…; plain http is for this machine alone.`)
  if (url.username !== '' || url.password !== '' || url.hash !== '')
    throw new ConfigurationError(`${option}: url may hold no user name, no password and no fragment.`)
  return url.href
}

/**
 * Posts and returns an answer of 2xx.
 *
 * @param service what people call the peer; nothing of the address is in an error.
 * @throws PeerRefusalError for 400, 413 and 422; PeerAwayError for all else, with what `Retry-After` asks for.
 */
export async function postTo(service: string, request: Omit<Exchange, 'method'>): Promise<ExchangeReply> {
  const reply = await exchange({ method: 'POST', ...request }).catch((error: Error) => {
    throw new PeerAwayError(`${service} ${error.message}.`)
  })
  const { status } = reply
  if (status >= 200 && status < 300) return reply
  if (REFUSALS.includes(status))
    throw new PeerRefusalError(`${service} refused records for good (${status}).`)
  const seconds = Number(reply.headers.get('retry-after') ?? 0)
  throw new PeerAwayError(
    `${service} answered ${status}.`,
    Number.isFinite(seconds) ? Math.max(0, seconds * 1_000) : 0,
  )
}
