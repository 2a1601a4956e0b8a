/** Numbers, words and choices that come the same from the same seed. */
export class Random {
  private state: number

  constructor(seed: number) {
    this.state = seed | 0
  }

  /** At least 0, less than 1 (mulberry32). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  /** From `least` to `most`, both included. */
  int(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.int(0, choices.length - 1)]
    if (choice === undefined) throw new Error('There is nothing to choose from.')
    return choice
  }

  /** Each character of the pattern's own kind: `9` a digit, `h` a hexadecimal digit, `a` and `A` a letter. */
  like(pattern: string): string {
    return pattern.replace(/[9haA]/g, kind => {
      if (kind === '9') return String(this.int(0, 9))
      if (kind === 'h') return this.pick([...'0123456789abcdef'])
      return this.pick([...(kind === 'a' ? 'abcdefghijklmnopqrstuvwxyz' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')])
    })
  }

  digits(count: number): string {
    return this.like('9'.repeat(count))
  }

  hex(count: number): string {
    return this.like('h'.repeat(count))
  }

  /** A day between 2014 and 2033, as `2024-05-28`. */
  date(): string {
    return `${this.int(2014, 2033)}-${this.two(1, 12)}-${this.two(1, 28)}`
  }

  time(): string {
    return `${this.two(0, 23)}:${this.two(0, 59)}:${this.two(0, 59)}`
  }

  two(least: number, most: number): string {
    return String(this.int(least, most)).padStart(2, '0')
  }

  amount(): string {
    return `${this.int(1, 9999)}.${this.two(0, 99)}`
  }

  name(): string {
    return `${this.pick(FIRST)} ${this.pick(LAST)}`
  }
}

const FIRST = ['Anna', 'José', 'Wei', 'Olu', 'Zoë', 'Dmitri', 'Aiko', 'Nour', 'Ingrid', 'Tomás']
const LAST = ['Baker', "D'Souza", 'Schröder', 'Nakamura', 'Okafor', 'van Dijk', 'Łukasz', 'Haddad', 'Petrova']
