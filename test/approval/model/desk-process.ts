/** A process with a desk, as the test holds it: orders, events, and kill -9. */
import { type ChildProcess, fork } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Order, Outcome, Report } from './protocol.js'

const CHILD = fileURLToPath(new URL('./desk.child.ts', import.meta.url))
const LOADER = new URL('../../support/typescript.mjs', import.meta.url).href

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** The process was killed before it answered. */
export class Gone extends Error {}

export class DeskProcess {
  /** `settled:<call>`, `announced:<session>`, `consumed`. */
  readonly events = new EventEmitter()
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  readonly #settled = new Map<string, Outcome>()
  readonly #announced = new Map<string, string>()
  #orders = 0
  #killed = false

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', (report: Report) => this.#hear(report))
    child.on('exit', code => {
      const error = this.#killed ? new Gone('killed') : new Error(`a process ended by itself: ${code}`)
      for (const { reject } of this.#waiting.values()) reject(error)
      this.#waiting.clear()
    })
  }

  static async start(): Promise<DeskProcess> {
    const child = fork(CHILD, [], {
      execArgv: ['--import', LOADER, '--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const made = new DeskProcess(child)
    await once(made.events, 'ready')
    return made
  }

  get alive(): boolean {
    return !this.#killed
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  order(order: Order): Promise<unknown> {
    if (this.#killed) return Promise.reject(new Gone('killed'))
    this.#orders += 1
    const n = this.#orders
    return new Promise((resolve, reject) => {
      this.#waiting.set(n, { resolve, reject })
      this.#child.send({ n, order })
    })
  }

  /** How a call ended; waits until it has. */
  settled(call: string): Promise<Outcome> {
    return heard(this.#settled, this.events, `settled:${call}`, call)
  }

  hasSettled(call: string): Outcome | undefined {
    return this.#settled.get(call)
  }

  /** The id of the request that was announced for a session that asks once. */
  announced(session: string): Promise<string> {
    return heard(this.#announced, this.events, `announced:${session}`, session)
  }

  async kill(): Promise<void> {
    if (this.#killed) return
    this.#killed = true
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }

  #hear(report: Report): void {
    if ('reply' in report) {
      const waiting = this.#waiting.get(report.reply)
      this.#waiting.delete(report.reply)
      if ('error' in report) waiting?.reject(new Error(report.error))
      else waiting?.resolve(report.value)
    } else if (report.event === 'settled') {
      this.#settled.set(report.call, report.outcome)
      this.events.emit(`settled:${report.call}`, report.outcome)
    } else if (report.event === 'announced') {
      this.#announced.set(report.session, report.id)
      this.events.emit(`announced:${report.session}`, report.id)
    } else if (report.event === 'consumed') {
      this.events.emit('consumed', report.id)
    } else {
      this.events.emit('ready')
    }
  }
}

function heard<T>(
  known: ReadonlyMap<string, T>,
  events: EventEmitter,
  event: string,
  key: string,
): Promise<T> {
  const there = known.get(key)
  return there === undefined ? new Promise(resolve => events.once(event, resolve)) : Promise.resolve(there)
}
