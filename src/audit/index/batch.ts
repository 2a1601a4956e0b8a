/** Some thousand stories on their way into an index. */
import type { MarkedPlace } from '../reading/place-reader.js'
import type { Story } from '../reading/stories.js'
import type { Database } from './database.js'
import { Terms } from './terms.js'

/** Stories that one list of a term names at most, and whose times are kept together. */
export const BLOCK = 1024

/** A time that cannot be read may be any. */
const ANY_TIME = 8_640_000_000_000_000

type Line = readonly [number, number, number, string]
const NO_LINE = [null, null, null, null] as const

export class Batch {
  readonly #terms = new Terms()
  #stories: (readonly (number | string | null)[])[] = []
  /** By block and term: ` 17 18 25`. */
  #lists = new Map<number, Map<number, string>>()
  #spans = new Map<number, { earliest: number; latest: number }>()

  get size(): number {
    return this.#stories.length
  }

  add(n: number, { found, first, last }: Story<MarkedPlace>): void {
    const block = Math.floor(n / BLOCK)
    this.#stories.push([n, ...line(first), ...(last === undefined ? NO_LINE : line(last))])
    this.#widen(block, Date.parse(found.kind === 'event' ? found.record.time : found.time))
    const lists = this.#lists.get(block) ?? new Map<number, string>()
    this.#lists.set(block, lists)
    for (const term of this.#terms.of(found)) lists.set(term, `${lists.get(term) ?? ''} ${n}`)
  }

  /** Inside of a transaction. Lists that are there already grow. */
  write(database: Database, trail: number, open: Iterable<Story<MarkedPlace>>): void {
    database
      .prepare(
        `insert into story select ?, value->>0, value->>1, value->>2, value->>3, unhex(value->>4),
           value->>5, value->>6, value->>7, unhex(value->>8) from json_each(?)`,
      )
      .run(trail, JSON.stringify(this.#stories))
    database
      .prepare(
        `insert into term select ?, value->>0, value->>1, value->>2 from json_each(?) where true
         on conflict (trail, term, block) do update set stories = stories || excluded.stories`,
      )
      .run(trail, JSON.stringify(this.#sortedLists()))
    database
      .prepare(
        `insert into span select ?, value->>0, value->>1, value->>2 from json_each(?) where true
         on conflict (trail, block) do update
         set earliest = min(earliest, excluded.earliest), latest = max(latest, excluded.latest)`,
      )
      .run(trail, JSON.stringify([...this.#spans].map(([n, span]) => [n, span.earliest, span.latest])))
    database.prepare('delete from open_intent where trail = ?').run(trail)
    database
      .prepare(
        `insert into open_intent select ?, key, value->>0, value->>1, value->>2, unhex(value->>3) from json_each(?)`,
      )
      .run(trail, JSON.stringify(Array.from(open, ({ first }) => line(first))))
    this.#clear()
  }

  /** In the order of the table, so that what is written together stands together. */
  #sortedLists(): readonly (readonly [number, number, string])[] {
    return [...this.#lists]
      .flatMap(([block, lists]) => Array.from(lists, ([term, stories]) => [term, block, stories] as const))
      .sort((a, b) => a[0] - b[0] || a[1] - b[1])
  }

  #widen(block: number, time: number): void {
    const earliest = Number.isNaN(time) ? -ANY_TIME : time
    const latest = Number.isNaN(time) ? ANY_TIME : time
    const span = this.#spans.get(block)
    if (span === undefined) {
      this.#spans.set(block, { earliest, latest })
      return
    }
    span.earliest = Math.min(span.earliest, earliest)
    span.latest = Math.max(span.latest, latest)
  }

  #clear(): void {
    this.#stories = []
    this.#lists = new Map()
    this.#spans = new Map()
  }
}

function line({ bytes, hash, offset, segment }: MarkedPlace): Line {
  return [segment, offset, bytes, hash]
}
