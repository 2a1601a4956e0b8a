/** Everybody who is in, in this process: who may be ended by name, and who by the id of a session. */
import type { Agent, Principal } from '../../model/principal.js'
import { foldName } from './names.js'
import type { Kill, Stop } from './session-store.js'

export interface Guest {
  readonly principal: Principal
  readonly agent?: Agent | undefined
}

export interface SessionGuest extends Guest {
  readonly dataSource: string
  readonly origination: string
}

export type EndGuest = (why: 'killed' | 'stopped') => void

export interface OpenSeat extends SessionGuest {
  readonly id: string
  readonly since: number
  statements: number
  active: number
  /** An operator has ended it; it may take a moment to leave. */
  dropped: boolean
}

interface Entry {
  readonly names: readonly string[]
  readonly end: EndGuest
  readonly seat?: OpenSeat
}

export class Present {
  readonly #all = new Set<Entry>()
  readonly #seats = new Map<string, Entry & { readonly seat: OpenSeat }>()

  /** @param dropped told of each session that was ended here, once. */
  constructor(private readonly dropped: (id: string) => void) {}

  /** @returns to be called when it has left. */
  watch(guest: Guest, end: EndGuest): () => void {
    const entry = { names: namesOf(guest), end }
    this.#all.add(entry)
    return () => this.#all.delete(entry)
  }

  /** @returns to be called when it has left. */
  enter(seat: OpenSeat, end: EndGuest): () => void {
    const entry = { names: namesOf(seat), end, seat }
    this.#all.add(entry)
    this.#seats.set(seat.id, entry)
    return () => {
      this.#all.delete(entry)
      this.#seats.delete(seat.id)
    }
  }

  get seats(): readonly OpenSeat[] {
    return [...this.#seats.values()].map(({ seat }) => seat)
  }

  /** Undefined also for one that has been ended and has only to leave. */
  seat(id: string): OpenSeat | undefined {
    const seat = this.#seats.get(id)?.seat
    return seat?.dropped === true ? undefined : seat
  }

  /** @returns the session, unless it has been ended already. */
  kill({ id }: Kill): OpenSeat | undefined {
    const entry = this.#seats.get(id)
    if (entry === undefined || entry.seat.dropped) return undefined
    this.#drop(entry)
    entry.end('killed')
    return entry.seat
  }

  /** @returns the sessions that each stop has ended, by its name. */
  endStopped(stops: ReadonlyMap<string, Stop>): ReadonlyMap<string, readonly string[]> {
    const ended = new Map<string, string[]>()
    if (stops.size === 0) return ended
    for (const entry of [...this.#all]) {
      const name = entry.names.find(one => stops.has(one))
      if (name === undefined) continue
      const sessions = ended.get(name) ?? []
      if (entry.seat !== undefined) sessions.push(entry.seat.id)
      ended.set(name, sessions)
      this.#drop(entry)
      entry.end('stopped')
    }
    return ended
  }

  /** Told once; it keeps its seat until it has left. */
  #drop(entry: Entry): void {
    this.#all.delete(entry)
    if (entry.seat === undefined) return
    entry.seat.dropped = true
    this.dropped(entry.seat.id)
  }
}

/** Who an operator may mean: the name that the identity provider vouches for, and the one that the client claims. */
export function namesOf({ principal, agent }: Guest): readonly string[] {
  const name = foldName(principal.subject)
  return agent === undefined ? [name] : [name, foldName(agent.id)]
}
