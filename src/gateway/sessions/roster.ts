/**
 * Who is in, in this process, and who may not be: sessions are shown to the other processes through the store, and
 * what an operator has ended there is ended here.
 */
import { CardeaError } from '../../errors.js'
import type { Agent, Principal } from '../../model/principal.js'
import type { Clock } from '../../util/clock.js'
import type { Ids } from '../../util/ids.js'
import { foldName } from './names.js'
import type { Kill, SessionRow, SessionStore, Stop } from './session-store.js'

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

export interface Guest {
  readonly principal: Principal
  readonly agent?: Agent | undefined
}

export interface SessionGuest extends Guest {
  readonly dataSource: string
  readonly origination: string
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
  enter(guest: SessionGuest, end: (why: 'killed' | 'stopped') => void): Seat
  /** Sessions of this process by data source. */
  count(): ReadonlyMap<string, number>
  /** Asks the store now. */
  renew(): Promise<void>
  close(): Promise<void>
}

/** Milliseconds between two looks at the store. */
const BEAT_MS = 1_000
/** Looks between two signs of life, and between two prunings. */
const LIFE_EVERY = 5
const PRUNE_EVERY = 60
/** Milliseconds for which what was known of stopped agents counts while the store does not answer; as for revocations. */
const MAX_AGE_MS = 15_000
/** Milliseconds after which a session whose process is silent is not there; what `cardea sessions` goes by. */
export const SILENT_MS = 60_000
const FORGET_MS = 600_000

interface Present {
  readonly names: readonly string[]
  readonly end: (why: 'killed' | 'stopped') => void
  readonly seat?: OpenSeat
}

interface OpenSeat extends SessionGuest {
  readonly id: string
  readonly since: number
  statements: number
  active: number
  /** An operator has ended it; it may take a moment to leave. */
  dropped: boolean
}

export function roster(options: RosterOptions): Roster {
  return new StoreRoster(options)
}

class StoreRoster implements Roster {
  readonly #process: string
  readonly #present = new Set<Present>()
  readonly #seats = new Map<string, Present & { readonly seat: OpenSeat }>()
  readonly #unshown = new Set<string>()
  readonly #changed = new Set<string>()
  readonly #gone = new Set<string>()
  #stops: ReadonlyMap<string, Stop> = new Map()
  #knownAt: number
  #answering = true
  #beats = 0
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #closed = false

  constructor(private readonly options: RosterOptions) {
    this.#process = options.ids.next()
    this.#knownAt = Number.NEGATIVE_INFINITY
  }

  async start(): Promise<void> {
    const { store, clock } = this.options
    if (store === undefined) return
    await store.open()
    this.#stops = byName(await store.stops())
    this.#knownAt = clock.monotonic()
    this.#again()
  }

  check({ principal, agent }: Guest): void {
    this.#fresh()
    if (namesOf(principal, agent).some(name => this.#stops.has(name))) {
      throw new CardeaError(
        'CARDEA_AGENT_STOPPED',
        'An operator has stopped this agent. It may do nothing until it is resumed.',
      )
    }
  }

  watch({ principal, agent }: Guest, end: () => void): () => void {
    const present: Present = { names: namesOf(principal, agent), end }
    this.#present.add(present)
    return () => this.#present.delete(present)
  }

  enter(guest: SessionGuest, end: (why: 'killed' | 'stopped') => void): Seat {
    const { clock, ids } = this.options
    const seat: OpenSeat = {
      ...guest,
      id: ids.next(),
      since: clock.now(),
      statements: 0,
      active: 0,
      dropped: false,
    }
    const present = { names: namesOf(guest.principal, guest.agent), end, seat }
    this.#present.add(present)
    this.#seats.set(seat.id, present)
    const kept = this.options.store !== undefined
    if (kept) this.#unshown.add(seat.id)
    return {
      id: seat.id,
      get statements() {
        return seat.statements
      },
      begin: () => {
        this.#fresh()
        seat.statements += 1
        seat.active += 1
        if (kept) this.#changed.add(seat.id)
      },
      end: () => {
        seat.active -= 1
        if (kept) this.#changed.add(seat.id)
      },
      leave: () => {
        this.#present.delete(present)
        this.#seats.delete(seat.id)
        this.#unshown.delete(seat.id)
        this.#changed.delete(seat.id)
        if (kept) this.#gone.add(seat.id)
      },
    }
  }

  count(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const { seat } of this.#seats.values())
      counts.set(seat.dataSource, (counts.get(seat.dataSource) ?? 0) + 1)
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
    const left = [...this.#gone, ...this.#seats.keys()]
    // What cannot be removed ages out.
    await store?.remove(left).catch(() => {})
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
      await this.#show(store)
      if (!this.#answering) answers(true)
      this.#answering = true
    } catch {
      if (this.#answering) answers(false)
      this.#answering = false
    }
  }

  #apply(stops: ReadonlyMap<string, Stop>, kills: readonly Kill[]): void {
    const before = this.#stops
    this.#stops = stops
    const ended = stops.size === 0 ? new Map<string, string[]>() : this.#endStopped(stops)
    for (const [name, stop] of stops) if (!before.has(name)) this.options.stopped(stop, ended.get(name) ?? [])
    for (const [name, { agent }] of before) if (!stops.has(name)) this.options.resumed(agent)
    for (const kill of kills) {
      const present = this.#seats.get(kill.id)
      if (present === undefined || present.seat.dropped) continue
      this.#drop(present)
      present.end('killed')
      this.options.killed(kill, present.seat.dataSource)
    }
  }

  /** @returns the sessions ended by each stop. */
  #endStopped(stops: ReadonlyMap<string, Stop>): ReadonlyMap<string, string[]> {
    const ended = new Map<string, string[]>()
    for (const present of [...this.#present]) {
      const name = present.names.find(one => stops.has(one))
      if (name === undefined) continue
      const sessions = ended.get(name) ?? []
      if (present.seat !== undefined) sessions.push(present.seat.id)
      ended.set(name, sessions)
      this.#drop(present)
      present.end('stopped')
    }
    return ended
  }

  /** Told once; it stays on the roster until it has left. */
  #drop(present: Present): void {
    this.#present.delete(present)
    if (present.seat === undefined) return
    present.seat.dropped = true
    this.#gone.add(present.seat.id)
  }

  async #show(store: SessionStore): Promise<void> {
    const { clock } = this.options
    this.#beats += 1
    const alive = this.#beats % LIFE_EVERY === 0
    const shown = new Set(alive ? [...this.#unshown, ...this.#changed] : this.#unshown)
    const gone = [...this.#gone]
    const rows = [...shown].flatMap(id => this.#row(id))
    if (rows.length > 0) await store.put(rows)
    for (const id of shown) this.#unshown.delete(id)
    if (alive) for (const id of shown) this.#changed.delete(id)
    if (gone.length > 0) await store.remove(gone)
    for (const id of gone) this.#gone.delete(id)
    if (alive && this.#seats.size > 0) await store.beat(this.#process, clock.now())
    if (this.#beats % PRUNE_EVERY === 0) await store.prune(clock.now() - FORGET_MS)
  }

  #row(id: string): readonly SessionRow[] {
    const seat = this.#seats.get(id)?.seat
    if (seat === undefined || seat.dropped) return []
    const { principal, agent, dataSource, origination, since, statements, active } = seat
    return [
      {
        id,
        process: this.#process,
        dataSource,
        subject: principal.subject,
        issuer: principal.issuer,
        agent: agent?.id ?? null,
        framework: agent?.framework ?? null,
        origination,
        since,
        seen: this.options.clock.now(),
        statements,
        state: active > 0 ? 'active' : 'idle',
      },
    ]
  }
}

/** Who an operator may mean: the name that the identity provider vouches for, and the one that the client claims. */
function namesOf({ subject }: Principal, agent: Agent | undefined): readonly string[] {
  return agent === undefined ? [foldName(subject)] : [foldName(subject), foldName(agent.id)]
}

function byName(stops: readonly Stop[]): ReadonlyMap<string, Stop> {
  return new Map(stops.map(stop => [foldName(stop.agent), stop]))
}
