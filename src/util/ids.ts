import { getRandomValues } from 'node:crypto'
import { encodeTime } from 'ulid'
import type { Clock } from './clock.js'

/** Source of record, decision and request ids: ULIDs, ordered within one process. */
export interface Ids {
  next(): string
}

/**
 * Two of them for every statement: within a millisecond, whose part is written once, they count on.
 *
 * @param clock gives the time part of each id.
 * @see https://github.com/ulid/spec
 */
export function ulids(clock: Clock): Ids {
  let last = Number.NEGATIVE_INFINITY
  /** The time and the upper half of the random part, as written. */
  let head = ''
  let upper = 0
  let lower = 0
  const random = randomHalves()

  function begin(now: number): void {
    const time = encodeTime(now)
    last = now
    upper = random()
    lower = random()
    head = time + half(upper)
  }
  /** @throws RangeError where a millisecond has no more ids. */
  function count(): void {
    lower += 1
    if (lower < HALF) return
    if (upper + 1 === HALF) throw new RangeError('There are no more ids in this millisecond.')
    lower = 0
    upper += 1
    head = encodeTime(last) + half(upper)
  }
  return {
    next() {
      const now = clock.now()
      if (now <= last) count()
      else begin(now)
      return head + half(lower)
    },
  }
}

/** One more than the largest number of 40 bits. */
const HALF = 2 ** 40
const ALPHABET = [...'0123456789ABCDEFGHJKMNPQRSTVWXYZ']
/** Of each number of 10 bits. */
const PAIRS: readonly string[] = ALPHABET.flatMap(one => ALPHABET.map(other => one + other))

/** 40 bits in Crockford's base 32. */
function half(bits: number): string {
  const high = Math.floor(bits / 2 ** 20)
  const low = bits % 2 ** 20
  return `${PAIRS[high >>> 10]}${PAIRS[high & 1023]}${PAIRS[low >>> 10]}${PAIRS[low & 1023]}`
}

const DRAWN_AT_ONCE = 1024
const BYTES = 5

/** Numbers of 40 bits, many per system call. */
function randomHalves(): () => number {
  const drawn = Buffer.alloc(DRAWN_AT_ONCE * BYTES)
  let used = drawn.length
  return () => {
    if (used === drawn.length) {
      getRandomValues(drawn)
      used = 0
    }
    used += BYTES
    return drawn.readUIntBE(used - BYTES, BYTES)
  }
}
