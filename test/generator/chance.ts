/** Repeatable chance: the same seed gives the same statements on any machine. */
export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to and without `below`. */
  int(below: number): number {
    // mulberry32: public domain, 32 bits of state, good enough to choose among branches.
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }

  is(percent: number): boolean {
    return this.int(100) < percent
  }

  pick<Item>(items: readonly Item[]): Item {
    const found = items[this.int(items.length)]
    if (found === undefined) throw new Error('There is nothing to pick from.')
    return found
  }
}
