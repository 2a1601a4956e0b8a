/**
 * How much one caller may ask of this process. In memory, so each process counts for itself: behind a load
 * balancer over n processes a caller gets up to n times as much.
 */
import type { Principal } from '../../model/principal.js'
import type { Clock } from '../../util/clock.js'
import { type Attempt, SignIns, type Stranger } from './sign-ins.js'

export interface Limits {
  /** Calls under way at one time. */
  readonly concurrent: number
  /** Requests in a minute; half-used minutes fill up again evenly. */
  readonly perMinute: number
  /** Sessions of the doors that keep connections, at one time. */
  readonly sessions: number
  /** Statements of such sessions in a minute. */
  readonly statementsPerMinute: number
  /** Sign-ins from one address that may fail in a minute, see `SignIns`. */
  readonly failedSignIns: number
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
  /** Before credentials are looked at. */
  signIn(stranger: Stranger): Attempt
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
  const books = new Books(first, clock)
  const signIns = new SignIns(() => books.limits.failedSignIns, clock)
  return Object.freeze<Limiter>({
    enter(principal, call) {
      const account = books.of(principal)
      const { concurrent, perMinute } = books.limits
      if (call && account.underWay >= concurrent) return tooMany('concurrent', 1)
      const wait = books.take(account.requests, perMinute)
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
      const account = books.of(principal)
      if (account.sessions >= books.limits.sessions) return tooMany('sessions', 1)
      account.sessions += 1
      return tenancy(account, books)
    },
    signIn: stranger => signIns.attempt(stranger),
    setLimits: next => {
      books.limits = next
    },
  })
}

function tenancy(account: Account, books: Books): Tenancy {
  let here = true
  return {
    let: true,
    enter: () => {
      const { concurrent, statementsPerMinute } = books.limits
      if (account.underWay >= concurrent) return tooMany('concurrent', 1)
      const wait = books.take(account.statements, statementsPerMinute)
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
}

/** What everybody has left. */
class Books {
  readonly #accounts = new Map<string, Account>()

  constructor(
    public limits: Limits,
    private readonly clock: Clock,
  ) {}

  of({ issuer, subject }: Principal): Account {
    const key = JSON.stringify([issuer, subject])
    const known = this.#accounts.get(key)
    if (known !== undefined) return known
    if (this.#accounts.size >= MOST_IDLE) this.#forgetIdle()
    const { perMinute, statementsPerMinute } = this.limits
    const account: Account = {
      requests: this.#full(perMinute),
      statements: this.#full(statementsPerMinute),
      underWay: 0,
      sessions: 0,
    }
    this.#accounts.set(key, account)
    return account
  }

  /** @returns null, or the seconds after which there is one. */
  take(bucket: Bucket, perMinute: number): number | null {
    fill(bucket, perMinute, this.clock.monotonic())
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1
      return null
    }
    return Math.max(1, Math.ceil((((1 - bucket.tokens) / perMinute) * MINUTE) / 1_000))
  }

  #full(perMinute: number): Bucket {
    return { tokens: perMinute, filledAt: this.clock.monotonic() }
  }

  /** Whoever has a full account loses nothing by being forgotten. */
  #forgetIdle(): void {
    const { perMinute, statementsPerMinute } = this.limits
    const now = this.clock.monotonic()
    for (const [key, { requests, statements, underWay, sessions }] of this.#accounts) {
      if (underWay > 0 || sessions > 0) continue
      const isFull = fill(requests, perMinute, now) && fill(statements, statementsPerMinute, now)
      if (isFull) this.#accounts.delete(key)
    }
  }
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
