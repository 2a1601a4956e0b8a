import type { Knex } from 'knex'
import { changes } from './changes.js'
import type { Engine } from './engine.js'
import { type Line, postgresLine } from './line.js'

/** Looks for changes while somebody listens. At most one look at a time, whatever the number of listeners. */
export interface ChangeWatch {
  start(tell: (id: string) => void): void
  stop(): void
  /** Settles once nothing of it runs any more. */
  settled(): Promise<void>
}

const LONGEST_PAUSE_MS = 5_000
/** While PostgreSQL cannot be listened to. */
const DEAF_POLL_MS = 500

export function changeWatch(knex: Knex, engine: Engine, pollMs: number): ChangeWatch {
  let round: Round | undefined
  let last: Promise<void> = Promise.resolve()
  return {
    start(tell) {
      const own = new Round(knex, engine, pollMs, tell)
      round = own
      last = last.then(() => own.run())
    },
    stop() {
      round?.end()
      round = undefined
    },
    settled: () => last,
  }
}

/** From the first listener to the last. */
class Round {
  readonly #knex: Knex
  readonly #engine: Engine
  readonly #pollMs: number
  readonly #tell: (id: string) => void
  #ended = false
  #wake: () => void = () => {}
  #early = false

  constructor(knex: Knex, engine: Engine, pollMs: number, tell: (id: string) => void) {
    this.#knex = knex
    this.#engine = engine
    this.#pollMs = pollMs
    this.#tell = tell
  }

  end(): void {
    this.#ended = true
    this.#lookNow()
  }

  async run(): Promise<void> {
    const look = changes(this.#knex)
    const line = this.#engine === 'postgres' ? this.#listen() : undefined
    let pause = 0
    while (!this.#ended) {
      line?.check()
      try {
        for (const id of await look()) this.#told(id)
        pause = 0
      } catch {
        // What it missed is still to be seen by the next look that succeeds.
        pause = Math.min(LONGEST_PAUSE_MS, 2 * pause + DEAF_POLL_MS)
      }
      await this.#sleep(Math.max(pause, this.#interval(line)))
    }
    line?.close()
  }

  #listen(): Line {
    return postgresLine(this.#knex, {
      told: id => this.#told(id),
      // Before this moment nobody told; a look now finds what was missed.
      connected: () => this.#lookNow(),
      lost: () => this.#lookNow(),
    })
  }

  #told(id: string): void {
    if (!this.#ended) this.#tell(id)
  }

  #interval(line: Line | undefined): number {
    return line === undefined || line.connected ? this.#pollMs : Math.min(this.#pollMs, DEAF_POLL_MS)
  }

  #lookNow(): void {
    this.#early = true
    this.#wake()
  }

  /** A call to look that came while a look was under way is not lost. */
  async #sleep(milliseconds: number): Promise<void> {
    if (!this.#early) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, milliseconds)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#early = false
  }
}
