/** What the other processes see of this one's sessions: changes are gathered here and put into the store now and then. */
import type { Clock } from '../../util/clock.js'
import type { OpenSeat, Present } from './present.js'
import type { SessionRow, SessionStore } from './session-store.js'

/** Calls of `show` between two signs of life, and between two prunings. */
const LIFE_EVERY = 5
const PRUNE_EVERY = 60
const FORGET_MS = 600_000

export class Shown {
  readonly #unshown = new Set<string>()
  readonly #changed = new Set<string>()
  readonly #gone = new Set<string>()
  #beats = 0

  /** @param process ULID of this process. */
  constructor(
    private readonly process: string,
    private readonly clock: Clock,
  ) {}

  entered(id: string): void {
    this.#unshown.add(id)
  }

  changed(id: string): void {
    this.#changed.add(id)
  }

  /** Ended by an operator: nobody is to see it any more, although it may be there for a moment. */
  dropped(id: string): void {
    this.#gone.add(id)
  }

  left(id: string): void {
    this.#unshown.delete(id)
    this.#changed.delete(id)
    this.#gone.add(id)
  }

  async show(store: SessionStore, present: Present): Promise<void> {
    const { clock } = this
    this.#beats += 1
    const alive = this.#beats % LIFE_EVERY === 0
    const shown = new Set(alive ? [...this.#unshown, ...this.#changed] : this.#unshown)
    const gone = [...this.#gone]
    const rows = [...shown].flatMap(id => {
      const seat = present.seat(id)
      return seat === undefined ? [] : [this.#row(seat)]
    })
    if (rows.length > 0) await store.put(rows)
    for (const id of shown) this.#unshown.delete(id)
    if (alive) for (const id of shown) this.#changed.delete(id)
    if (gone.length > 0) await store.remove(gone)
    for (const id of gone) this.#gone.delete(id)
    if (alive && present.seats.length > 0) await store.beat(this.process, clock.now())
    if (this.#beats % PRUNE_EVERY === 0) await store.prune(clock.now() - FORGET_MS)
  }

  /** The process ends. What cannot be removed ages out. */
  async hideAll(store: SessionStore, present: Present): Promise<void> {
    await store.remove([...this.#gone, ...present.seats.map(({ id }) => id)]).catch(() => {})
  }

  #row({ id, principal, agent, dataSource, origination, since, statements, active }: OpenSeat): SessionRow {
    return {
      id,
      process: this.process,
      dataSource,
      subject: principal.subject,
      issuer: principal.issuer,
      agent: agent?.id ?? null,
      framework: agent?.framework ?? null,
      origination,
      since,
      seen: this.clock.now(),
      statements,
      state: active > 0 ? 'active' : 'idle',
    }
  }
}
