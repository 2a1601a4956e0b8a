/**
 * Who is in, in this process, and who may not be: sessions are shown to the other processes through the store, and
 * what an operator has ended there is ended here.
 */
import { CardeaError } from '../../errors.js'
import type { Clock } from '../../util/clock.js'
import type { Ids } from '../../util/ids.js'
import { foldName } from './names.js'
import { type EndGuest, type Guest, namesOf, type OpenSeat, Present, type SessionGuest } from './present.js'
import type { Kill, SessionStore, Stop } from './session-store.js'
import { Shown } from './shown.js'

export interface RosterOptions {
  /** Absent: nobody can end anything from outside of this process. */
  readonly store: SessionStore | undefined
  readonly clock: Clock
  readonly ids: Ids
  /** A stop or its end, when this process first hears of it, with the sessions that it has ended here. */
  readonly stopped: (stop: Stop, sessions: readonly string[]) => void
  readonly resumed: (agent: string) => void
  readonly killed: (kill: Kill, dataSource: string) => void
  /** Whether the store answers, when that has changed. */
  readonly answers: (ok: boolean) => void
}

/** A session's place on the roster. */
export interface Seat {
  readonly id: string
  /** A statement begins. @throws CardeaError CARDEA_STORE_UNAVAILABLE while nobody can tell who is stopped. */
  begin(): void
  end(): void
  leave(): void
  readonly statements: number
}

export interface Roster {
  /** Knows who is stopped before anybody is let in. @throws CardeaError CARDEA_STORE_UNAVAILABLE. */
  start(): Promise<void>
  /** @throws CardeaError CARDEA_AGENT_STOPPED, CARDEA_STORE_UNAVAILABLE. */
  check(guest: Guest): void
  /** Something under way that is no session. @returns to be called when it is over. */
  watch(guest: Guest, end: () => void): () => void
  enter(guest: SessionGuest, end: EndGuest): Seat
  /** Sessions of this process by data source. */
  count(): ReadonlyMap<string, number>
  /** Asks the store now. */
  renew(): Promise<void>
  close(): Promise<void>
}

/** Milliseconds between two looks at the store. */
const BEAT_MS = 1_000
/** Milliseconds for which what was known of stopped agents counts while the store does not answer; as for revocations. */
const MAX_AGE_MS = 15_000
/** Milliseconds after which a session whose process is silent is not there; what `cardea sessions` goes by. */
export const SILENT_MS = 60_000

export function roster(options: RosterOptions): Roster {
  return new StoreRoster(options)
}

class StoreRoster implements Roster {
  readonly #process: string
  readonly #shown: Shown
  readonly #present = new Present(id => this.#shown.dropped(id))
  #stops: ReadonlyMap<string, Stop> = new Map()
  #knownAt = Number.NEGATIVE_INFINITY
  #answering = true
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #closed = false

  constructor(private readonly options: RosterOptions) {
    this.#process = options.ids.next()
    this.#shown = new Shown(this.#process, options.clock)
  }

  async start(): Promise<void> {
    const { store, clock } = this.options
    if (store === undefined) return
    await store.open()
    this.#stops = byName(await store.stops())
    this.#knownAt = clock.monotonic()
    this.#again()
  }

  check(guest: Guest): void {
    this.#fresh()
    if (namesOf(guest).some(name => this.#stops.has(name))) {
      throw new CardeaError(
        'CARDEA_AGENT_STOPPED',
        'An operator has stopped this agent. It may do nothing until it is resumed.',
      )
    }
  }

  watch(guest: Guest, end: () => void): () => void {
    return this.#present.watch(guest, end)
  }

  enter(guest: SessionGuest, end: EndGuest): Seat {
    const { clock, ids, store } = this.options
    const since = clock.now()
    const seat: OpenSeat = { ...guest, id: ids.next(), since, statements: 0, active: 0, dropped: false }
    const leave = this.#present.enter(seat, end)
    const shown = store === undefined ? undefined : this.#shown
    shown?.entered(seat.id)
    return {
      id: seat.id,
      get statements() {
        return seat.statements
      },
      begin: () => {
        this.#fresh()
        seat.statements += 1
        seat.active += 1
        shown?.changed(seat.id)
      },
      end: () => {
        seat.active -= 1
        shown?.changed(seat.id)
      },
      leave: () => {
        leave()
        shown?.left(seat.id)
      },
    }
  }

  count(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const { dataSource } of this.#present.seats)
      counts.set(dataSource, (counts.get(dataSource) ?? 0) + 1)
    return counts
  }

  renew(): Promise<void> {
    this.#running ??= this.#beat().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#running
    const { store } = this.options
    if (store !== undefined) await this.#shown.hideAll(store, this.#present)
  }

  /** Whoever cannot be told that an agent is stopped runs nothing for it. */
  #fresh(): void {
    const { store, clock } = this.options
    if (store === undefined || clock.monotonic() - this.#knownAt < MAX_AGE_MS) return
    throw new CardeaError(
      'CARDEA_STORE_UNAVAILABLE',
      'The store does not answer, so nobody can tell which agents are stopped. Nothing was run. Try again later.',
    )
  }

  #again(): void {
    if (this.#closed) return
    this.#timer = setTimeout(() => void this.renew().finally(() => this.#again()), BEAT_MS)
    this.#timer.unref()
  }

  async #beat(): Promise<void> {
    const { store, clock, answers } = this.options
    if (store === undefined) return
    try {
      // As of before it was read: what was written later may be missing.
      const at = clock.monotonic()
      const [stops, kills] = await Promise.all([store.stops(), store.killed(this.#process)])
      this.#knownAt = at
      this.#apply(byName(stops), kills)
      await this.#shown.show(store, this.#present)
      if (!this.#answering) answers(true)
      this.#answering = true
    } catch {
      if (this.#answering) answers(false)
      this.#answering = false
    }
  }

  #apply(stops: ReadonlyMap<string, Stop>, kills: readonly Kill[]): void {
    const { stopped, resumed, killed } = this.options
    const before = this.#stops
    this.#stops = stops
    const ended = this.#present.endStopped(stops)
    for (const [name, stop] of stops) if (!before.has(name)) stopped(stop, ended.get(name) ?? [])
    for (const [name, { agent }] of before) if (!stops.has(name)) resumed(agent)
    for (const kill of kills) {
      const seat = this.#present.kill(kill)
      if (seat !== undefined) killed(kill, seat.dataSource)
    }
  }
}

function byName(stops: readonly Stop[]): ReadonlyMap<string, Stop> {
  return new Map(stops.map(stop => [foldName(stop.agent), stop]))
}
