/**
 * How much one caller may ask of this process. In memory, so each process counts for itself: behind a load
 * balancer over n processes a caller gets up to n times as much.
 */
import type { Principal } from '../../model/principal.js'
import type { Clock } from '../../util/clock.js'

export interface Limits {
  /** Calls under way at one time. */
  readonly concurrent: number
  /** Requests in a minute; half-used minutes fill up again evenly. */
  readonly perMinute: number
}

export type Entry =
  | { readonly let: true; leave(): void }
  | { readonly let: false; readonly limit: 'concurrent' | 'rate'; readonly retryAfterSeconds: number }

export interface Limiter {
  /** @param call whether the request counts as a call under way until `leave`. */
  enter(principal: Principal, call: boolean): Entry
  setLimits(limits: Limits): void
}

interface Account {
  tokens: number
  filledAt: number
  underWay: number
}

const MINUTE = 60_000
const MOST_IDLE = 10_000

export function limiter(first: Limits, clock: Clock): Limiter {
  let limits = first
  const accounts = new Map<string, Account>()

  const fill = (account: Account): void => {
    const now = clock.monotonic()
    const gained = ((now - account.filledAt) / MINUTE) * limits.perMinute
    account.tokens = Math.min(limits.perMinute, account.tokens + gained)
    account.filledAt = now
  }
  const accountOf = (key: string): Account => {
    const known = accounts.get(key)
    if (known !== undefined) {
      fill(known)
      return known
    }
    if (accounts.size >= MOST_IDLE) forgetIdle()
    const account = { tokens: limits.perMinute, filledAt: clock.monotonic(), underWay: 0 }
    accounts.set(key, account)
    return account
  }
  /** Whoever has a full account loses nothing by being forgotten. */
  const forgetIdle = (): void => {
    for (const [key, account] of accounts) {
      fill(account)
      if (account.underWay === 0 && account.tokens >= limits.perMinute) accounts.delete(key)
    }
  }
  return Object.freeze<Limiter>({
    enter({ issuer, subject }, call) {
      const account = accountOf(JSON.stringify([issuer, subject]))
      if (account.tokens < 1) {
        const wait = ((1 - account.tokens) / limits.perMinute) * MINUTE
        return { let: false, limit: 'rate', retryAfterSeconds: Math.max(1, Math.ceil(wait / 1_000)) }
      }
      if (call && account.underWay >= limits.concurrent) {
        return { let: false, limit: 'concurrent', retryAfterSeconds: 1 }
      }
      account.tokens -= 1
      if (call) account.underWay += 1
      let here = call
      const leave = (): void => {
        if (here) account.underWay -= 1
        here = false
      }
      return { let: true, leave }
    },
    setLimits: next => {
      limits = next
    },
  })
}
