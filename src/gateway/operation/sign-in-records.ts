/**
 * Refused sign-ins on record (PCI DSS 10.2.1.4), and providers that cannot tell (10.7.2). Strangers decide how many
 * there are, so only the first of each minute have records of their own; the rest are counted in one at its end.
 */
import type { Clock } from '../../util/clock.js'

export interface RefusedSignIn {
  readonly door: string
  /** Where it came from, without the port. */
  readonly address: string
  /** The name it gave, where somebody has proven to be called so: any other may be a password in the wrong field. */
  readonly name?: string
  readonly code: string
}

type Note = (event: 'identity.refuse' | 'control.fail', detail: Readonly<Record<string, unknown>>) => void

const MINUTE = 60_000
/** Of one minute. */
const SINGLE = 30
/** Addresses told apart in one minute. */
const ADDRESSES = 1_000

interface Minute {
  readonly begun: number
  single: number
  counted: number
  unclear: number
  readonly addresses: Set<string>
  readonly timer: NodeJS.Timeout
}

export class SignInRecords {
  private minute: Minute | undefined

  /** @param note puts on record; what becomes of it is its own concern. */
  constructor(
    private readonly note: Note,
    private readonly clock: Clock,
  ) {}

  refused(sign: RefusedSignIn): void {
    const minute = this.current()
    if (minute.single < SINGLE) {
      minute.single += 1
      this.note('identity.refuse', { ...sign })
      return
    }
    minute.counted += 1
    if (minute.addresses.size < ADDRESSES) minute.addresses.add(sign.address)
  }

  /** No provider could tell who it was. */
  unclear(): void {
    const minute = this.current()
    minute.unclear += 1
    if (minute.unclear === 1) this.note('control.fail', { control: 'identity provider' })
  }

  /** Puts on record what has only been counted so far. */
  close(): void {
    const { minute } = this
    if (minute === undefined) return
    clearTimeout(minute.timer)
    this.minute = undefined
    const { addresses, begun, counted, unclear } = minute
    const since = { from: isoTime(begun), to: isoTime(this.clock.now()) }
    if (counted > 0) this.note('identity.refuse', { count: counted, addresses: addresses.size, ...since })
    if (unclear > 1) this.note('control.fail', { control: 'identity provider', count: unclear, ...since })
  }

  private current(): Minute {
    this.minute ??= {
      begun: this.clock.now(),
      single: 0,
      counted: 0,
      unclear: 0,
      addresses: new Set(),
      timer: setTimeout(() => this.close(), MINUTE).unref(),
    }
    return this.minute
  }
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
