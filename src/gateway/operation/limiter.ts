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
  /** Sessions of the doors that keep connections, at one time. */
  readonly sessions: number
  /** Statements of such sessions in a minute. */
  readonly statementsPerMinute: number
}

export type LimitName = 'concurrent' | 'rate' | 'sessions'

export type Entry =
  | { readonly let: true; leave(): void }
  | { readonly let: false; readonly limit: LimitName; readonly retryAfterSeconds: number }

/** A caller's session: its statements count as calls under way, beside those of the caller's requests. */
export interface Tenancy {
  readonly let: true
  /** Before a statement. @returns null where it may run: `left` is then called once it has ended. */
  enter(): Exclude<Entry, { let: true }> | null
  left(): void
  leave(): void
}

export interface Limiter {
  /** @param call whether the request counts as a call under way until `leave`. */
  enter(principal: Principal, call: boolean): Entry
  session(principal: Principal): Tenancy | Exclude<Entry, { let: true }>
  setLimits(limits: Limits): void
}

/** What fills up evenly and is used up one by one. */
interface Bucket {
  tokens: number
  filledAt: number
}

interface Account {
  readonly requests: Bucket
  readonly statements: Bucket
  underWay: number
  sessions: number
}

const MINUTE = 60_000
const MOST_IDLE = 10_000

export function limiter(first: Limits, clock: Clock): Limiter {
  let limits = first
  const accounts = new Map<string, Account>()
  const full = (perMinute: number): Bucket => ({ tokens: perMinute, filledAt: clock.monotonic() })

  /** @returns null, or the seconds after which there is one. */
  const take = (bucket: Bucket, perMinute: number): number | null => {
    fill(bucket, perMinute, clock.monotonic())
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1
      return null
    }
    return Math.max(1, Math.ceil((((1 - bucket.tokens) / perMinute) * MINUTE) / 1_000))
  }
  const accountOf = ({ issuer, subject }: Principal): Account => {
    const key = JSON.stringify([issuer, subject])
    const known = accounts.get(key)
    if (known !== undefined) return known
    if (accounts.size >= MOST_IDLE) forgetIdle()
    const account: Account = {
      requests: full(limits.perMinute),
      statements: full(limits.statementsPerMinute),
      underWay: 0,
      sessions: 0,
    }
    accounts.set(key, account)
    return account
  }
  /** Whoever has a full account loses nothing by being forgotten. */
  const forgetIdle = (): void => {
    const now = clock.monotonic()
    for (const [key, { requests, statements, underWay, sessions }] of accounts) {
      if (underWay > 0 || sessions > 0) continue
      const isFull =
        fill(requests, limits.perMinute, now) && fill(statements, limits.statementsPerMinute, now)
      if (isFull) accounts.delete(key)
    }
  }
  return Object.freeze<Limiter>({
    enter(principal, call) {
      const account = accountOf(principal)
      if (call && account.underWay >= limits.concurrent) return tooMany('concurrent', 1)
      const wait = take(account.requests, limits.perMinute)
      if (wait !== null) return tooMany('rate', wait)
      if (call) account.underWay += 1
      let here = call
      const leave = (): void => {
        if (here) account.underWay -= 1
        here = false
      }
      return { let: true, leave }
    },
    session(principal) {
      const account = accountOf(principal)
      if (account.sessions >= limits.sessions) return tooMany('sessions', 1)
      account.sessions += 1
      let here = true
      return {
        let: true,
        enter: () => {
          if (account.underWay >= limits.concurrent) return tooMany('concurrent', 1)
          const wait = take(account.statements, limits.statementsPerMinute)
          if (wait !== null) return tooMany('rate', wait)
          account.underWay += 1
          return null
        },
        left: () => {
          account.underWay -= 1
        },
        leave: () => {
          if (here) account.sessions -= 1
          here = false
        },
      }
    },
    setLimits: next => {
      limits = next
    },
  })
}

function tooMany(limit: LimitName, retryAfterSeconds: number): Exclude<Entry, { let: true }> {
  return { let: false, limit, retryAfterSeconds }
}

/** @returns whether it is full. */
function fill(bucket: Bucket, perMinute: number, now: number): boolean {
  const gained = ((now - bucket.filledAt) / MINUTE) * perMinute
  bucket.tokens = Math.min(perMinute, bucket.tokens + gained)
  bucket.filledAt = now
  return bucket.tokens >= perMinute
}
