/** How often callers may fail to prove who they are: by where they come from, and by the name they give there. */
import { isIPv6 } from 'node:net'
import type { Clock } from '../../util/clock.js'

/** Who tries, before anything is proven. */
export interface Stranger {
  readonly address: string
  /** The name that the caller gives itself. */
  readonly name: string
}

export type Attempt =
  | { readonly let: true; ended(how: 'known' | 'refused' | 'unclear'): void }
  | { readonly let: false; readonly retryAfterSeconds: number }

const MINUTE = 60_000
/** Failures in a minute under one name from one address (PCI DSS 8.3.4 has ten attempts). */
const OF_ONE_NAME = 10
/** Attempts under way at one time while nothing has failed lately: the pool of a client that starts. */
const NAME_AT_ONCE = 64
const ADDRESS_AT_ONCE = 256
const MOST = 10_000
const SWEEP_MS = 1_000

interface Line {
  /** Failures that are left; they come back evenly. */
  left: number
  filledAt: number
  underWay: number
  /** Somebody has come in here, so that the failures of strangers at the same address are no concern. */
  known: boolean
}

/**
 * Failed sign-ins, counted for each address (of IPv6: each /64) and for each name at an address. A name is not
 * counted across addresses, or anybody could lock anybody out; whoever has come in under a name from an address is
 * held up by failures under that name there, and by no others.
 */
export class SignIns {
  private readonly lines = new Map<string, Line>()
  /** Of all for whom there is no line of their own any more. */
  private readonly shared: Line = { left: OF_ONE_NAME, filledAt: 0, underWay: 0, known: false }
  private sweptAt = Number.NEGATIVE_INFINITY

  /** @param perMinute failures of one address. */
  constructor(
    private readonly perMinute: () => number,
    private readonly clock: Clock,
  ) {}

  /** To be asked before credentials are looked at. */
  attempt(stranger: Stranger): Attempt {
    const address = networkOf(stranger.address)
    const most = this.perMinute()
    const name = this.line(JSON.stringify([address, stranger.name]), OF_ONE_NAME)
    const wide = name.known ? undefined : this.line(address, most)
    const wait = Math.max(
      waitFor(name, OF_ONE_NAME, NAME_AT_ONCE),
      wide === undefined ? 0 : waitFor(wide, most, ADDRESS_AT_ONCE),
    )
    if (wait > 0) return { let: false, retryAfterSeconds: wait }
    name.underWay += 1
    if (wide !== undefined) wide.underWay += 1
    return {
      let: true,
      ended: how => {
        name.underWay -= 1
        if (wide !== undefined) wide.underWay -= 1
        if (how === 'refused') for (const line of [name, wide]) fail(line)
        if (how !== 'known' || name === this.shared) return
        name.known = true
        name.left = OF_ONE_NAME
      },
    }
  }

  private line(key: string, most: number): Line {
    const now = this.clock.monotonic()
    const line = this.lines.get(key) ?? this.fresh(key, most, now)
    line.left = Math.min(most, line.left + ((now - line.filledAt) / MINUTE) * most)
    line.filledAt = now
    return line
  }

  private fresh(key: string, left: number, filledAt: number): Line {
    if (this.lines.size >= MOST && filledAt - this.sweptAt >= SWEEP_MS) this.sweep(filledAt)
    if (this.lines.size >= MOST) return this.shared
    const line = { left, filledAt, underWay: 0, known: false }
    this.lines.set(key, line)
    return line
  }

  /** Whose failures are a minute old has none. */
  private sweep(now: number): void {
    this.sweptAt = now
    for (const [key, { underWay, filledAt }] of this.lines)
      if (underWay === 0 && now - filledAt >= MINUTE) this.lines.delete(key)
  }
}

function fail(line: Line | undefined): void {
  if (line !== undefined) line.left = Math.max(0, line.left - 1)
}

/** Seconds; 0: none. What is under way may fail too, so it counts as soon as anything has. */
function waitFor({ left, underWay }: Line, most: number, atOnce: number): number {
  if (underWay < (left >= most ? atOnce : Math.floor(left))) return 0
  return Math.max(1, Math.ceil((((underWay + 1 - left) / most) * MINUTE) / 1_000))
}

function networkOf(address: string): string {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? []
  if (mapped !== undefined) return mapped
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'))
  const known = groups(head)
  const behind = tail === undefined ? [] : groups(tail)
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - known.length - behind.length)
  return [...known, ...Array<string>(zeros).fill('0'), ...behind].slice(0, 4).join(':')
}
