import type { WireEnd } from '../../enforcement/wire/entrance.js'

/** Everybody who is in. */
export interface WireGuests {
  /** Nobody comes in from here on; who is in ends, see `WireDoor.end`. `atOnce`: statements are stopped. */
  endAll(atOnce: boolean): void
  /** Resolves when nobody is in, or at the signal. */
  empty(signal: AbortSignal): Promise<void>
  readonly size: number
}

export interface Guest {
  end(why: WireEnd, atOnce: boolean): void
}

export class Guests implements WireGuests {
  readonly #all = new Set<Guest>()
  #waiting: (() => void)[] = []
  #closing = false

  get size(): number {
    return this.#all.size
  }

  get closing(): boolean {
    return this.#closing
  }

  add(guest: Guest): void {
    this.#all.add(guest)
  }

  delete(guest: Guest): void {
    this.#all.delete(guest)
    if (this.#all.size > 0) return
    for (const tell of this.#waiting) tell()
    this.#waiting = []
  }

  endAll(atOnce: boolean): void {
    this.#closing = true
    for (const guest of [...this.#all]) guest.end('drain', atOnce)
  }

  empty(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      if (this.#all.size === 0 || signal.aborted) return resolve()
      this.#waiting.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }
}
