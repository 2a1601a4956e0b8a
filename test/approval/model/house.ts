/** Several processes with desks on one database, and the ledger of what they may do. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Knex } from 'knex'
import { patience } from '../../../src/testing/settled.js'
import type { Storage } from '../stores/kit.js'
import { DeskProcess } from './desk-process.js'
import { type Request, SECOND } from './ledger.js'
import type { Spec } from './protocol.js'

export const PROCESSES = 3
export const { inTime } = patience(20_000)

/** A place for a process; after a kill another one takes it. */
export interface Seat {
  process: DeskProcess
  /** Changes with each process. */
  incarnation: string
  /** What its wall clock is off by. */
  offset: number
}

/** How often what happened, over all runs: a test in which nothing was ever used proves nothing. */
export interface Tally {
  asked: number
  counted: number
  notCounted: number
  used: number
  refused: number
  killed: number
  edited: number
  abandoned: number
}

/** Processes that are started already and wait for a seat. */
export class Spares {
  readonly #ready: Promise<DeskProcess>[] = []

  take(): Promise<DeskProcess> {
    while (this.#ready.length < 2) this.#ready.push(DeskProcess.start())
    const one = this.#ready.shift()
    assert.ok(one !== undefined)
    return one
  }

  give(process: DeskProcess): void {
    this.#ready.push(Promise.resolve(process))
  }

  async close(): Promise<void> {
    await Promise.all(this.#ready.map(async one => (await one).kill()))
  }
}

export class House {
  readonly requests: Request[] = []
  readonly seats: Seat[] = []
  now = Date.UTC(2030, 0, 1)
  policy = 1
  catalog = 1
  #steady = 1_000
  #count = 0
  /** Processes serve many houses: names must not repeat. */
  readonly #name = randomBytes(4).toString('hex')
  readonly #consumed = new Map<string, number>()
  readonly #key = randomBytes(32).toString('hex')

  constructor(
    readonly storage: Storage,
    readonly spares: Spares,
    readonly tally: Tally,
  ) {}

  async open(): Promise<void> {
    await this.storage.outside('cardea_approvals').delete()
    for (let at = 0; at < PROCESSES; at += 1) this.seats.push(await this.#seated(0))
  }

  async close(): Promise<void> {
    for (const { process } of this.seats) {
      process.events.removeAllListeners()
      await inTime(process.order({ do: 'shut' }), 'a desk that closes')
      this.spares.give(process)
    }
  }

  seat(at: number): Seat {
    const seat = this.seats[at % PROCESSES]
    assert.ok(seat !== undefined)
    return seat
  }

  /** From the latest. */
  request(back: number): Request | undefined {
    return this.requests.at(-1 - (back % Math.max(1, this.requests.length)))
  }

  next(): string {
    this.#count += 1
    return `${this.#name}-${this.#count}`
  }

  get isCalm(): boolean {
    return this.seats.every(({ offset }) => offset === 0)
  }

  /** The statement of a request as this moment's policy and schema judge it. */
  current(spec: Spec): Spec {
    return { ...spec, policy: this.policy, catalog: this.catalog }
  }

  async advance(milliseconds: number): Promise<void> {
    this.now += milliseconds
    this.#steady += milliseconds
    await this.tellTime()
  }

  async jump(seat: Seat, offset: number): Promise<void> {
    seat.offset = offset
    if (!this.isCalm) for (const request of this.requests) request.calm = false
    await this.tellTime()
  }

  async tellTime(): Promise<void> {
    await Promise.all(
      this.seats.map(({ process, offset }) =>
        process.order({ do: 'time', wall: this.now + offset, steady: this.#steady }),
      ),
    )
  }

  /** kill -9, and another process in its place. */
  async replaceProcess(seat: Seat, offset: number): Promise<void> {
    await seat.process.kill()
    this.tally.killed += 1
    for (const request of this.requests) {
      if (request.wait?.incarnation === seat.incarnation) request.calm = false
    }
    Object.assign(seat, await this.#seated(offset))
    await this.jump(seat, offset)
  }

  async #seated(offset: number): Promise<Seat> {
    const process = await inTime(this.spares.take(), 'a process that starts')
    process.events.on('consumed', (id: string) => {
      this.#consumed.set(id, (this.#consumed.get(id) ?? 0) + 1)
    })
    const config: Knex.Config = this.storage.config
    const order = {
      do: 'open',
      config,
      key: this.#key,
      wall: this.now + offset,
      steady: this.#steady,
    } as const
    await inTime(process.order(order), 'a desk that opens')
    return { process, incarnation: this.next(), offset }
  }

  /** What the store holds in the end is what the ledger says. */
  async audit(): Promise<void> {
    const rows: { id: string; state: string }[] = await this.storage
      .outside('cardea_approvals')
      .select('id', 'state')
    const states = new Map(rows.map(({ id, state }) => [id, state]))
    for (const request of this.requests) {
      const { id, uses, sound, unsure } = request
      assert.ok(uses <= 1)
      assert.ok((this.#consumed.get(id) ?? 0) <= 1, 'put on record as used twice')
      if (uses === 1 && sound) assert.equal(states.get(id), 'consumed')
      if (uses === 0 && sound && !unsure) assert.notEqual(states.get(id), 'consumed')
    }
  }
}

export { SECOND }
