/** Requests to a service that tells people. Nothing that goes wrong may quote the address, the token or the body. */
import { setTimeout as pause } from 'node:timers/promises'
import { ConfigurationError } from '../../errors.js'
import { type ExchangeReply, exchange } from '../../util/exchange.js'
import { until } from '../../util/until.js'

/** Milliseconds that one attempt may take. */
const PATIENCE_MS = 5_000
/** Milliseconds for all attempts together, with the waits between them. */
const WHOLE_MS = 20_000
const WAITS_MS = [250, 1_000] as const
const LONGEST_WAIT_MS = 10_000
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

export interface Reply {
  readonly status: number
  readonly text: string
}

export interface Outbound {
  /** What people call the other side, for errors. */
  readonly service: string
  readonly url: string
  /** Made anew for each attempt: a signature names its time. */
  readonly headers: () => Readonly<Record<string, string>>
  readonly body: string
  /** `429`: only where the service says that it did not look at it. `failures`: also 5xx and network. */
  readonly again: '429' | 'failures'
  /** Any of them ends it. */
  readonly signals: readonly AbortSignal[]
}

/**
 * The address as it will be used.
 *
 * @throws ConfigurationError unless it is https, or http to this machine itself, without a name or password
 *   in it. The text of the address is not repeated: many hold a secret.
 */
export function serviceUrl(option: string, text: string): string {
  if (!URL.canParse(text)) throw new ConfigurationError(`${option} must be a URL.`)
  const url = new URL(text)
  const plain = url.protocol === 'http:' && LOOPBACK.test(url.hostname)
  if (url.protocol !== 'https:' && !plain) {
    throw new ConfigurationError(`${option} must be https. Plain http is for this machine alone.`)
  }
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    throw new ConfigurationError(`${option} may hold no user name, no password and no fragment.`)
  }
  return url.href
}

/**
 * Posts, and tries again where that can help: twice at most, with growing waits, or as long as the service
 * asks for (`Retry-After`, up to 10 seconds). Redirects are refused: they would take a secret elsewhere.
 *
 * @returns a reply with status 2xx.
 * @throws Error with text for an operator, without address, header or body.
 */
export function post(outbound: Outbound): Promise<Reply> {
  return until(outbound.signals, WHOLE_MS, signal => attempts(outbound, signal))
}

async function attempts(outbound: Outbound, signal: AbortSignal): Promise<Reply> {
  const { service, again } = outbound
  for (let attempt = 0; ; attempt++) {
    const outcome = await until([signal], PATIENCE_MS, own => once(outbound, own))
    if (outcome.reply !== undefined) return outcome.reply
    const { problem, status, waitMs } = outcome
    const wait = WAITS_MS[attempt]
    const worth = status === 429 || (again === 'failures' && (status === 0 || status >= 500))
    const hopeless = !worth || wait === undefined || waitMs > LONGEST_WAIT_MS || signal.aborted
    if (hopeless) throw new Error(`${service} ${problem}.`)
    await pause(Math.max(wait, waitMs), undefined, { signal }).catch(() => {
      throw new Error(`${service} ${problem}.`)
    })
  }
}

type Outcome =
  | { readonly reply: Reply }
  | {
      readonly reply?: undefined
      /** Goes on from the name of the service. */
      readonly problem: string
      /** 0: no reply came. */
      readonly status: number
      readonly waitMs: number
    }

async function once({ url, headers, body }: Outbound, signal: AbortSignal): Promise<Outcome> {
  let answer: ExchangeReply
  try {
    answer = await exchange({ method: 'POST', url, headers: headers(), body, signal })
  } catch (error) {
    return { problem: (error as Error).message, status: 0, waitMs: 0 }
  }
  const { status } = answer
  if (status >= 200 && status < 300) return { reply: { status, text: answer.body.toString('utf8') } }
  const waitMs = Number(answer.headers.get('retry-after') ?? 0) * 1_000
  const problem = status < 400 ? `answered ${status}: a redirect is not followed` : `answered ${status}`
  return { problem, status, waitMs: Number.isNaN(waitMs) ? 0 : waitMs }
}
