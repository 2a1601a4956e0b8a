/**
 * Several processes on the same ports. This one serves nobody: it starts the others, starts those again that die,
 * passes orders on, and shows the operator all of them in one place. They share nothing but the store.
 */
import cluster, { type Worker } from 'node:cluster'
import { randomBytes } from 'node:crypto'
import { AggregatorRegistry } from 'prom-client'
import { CardeaError, ConfigurationError } from '../../errors.js'
import { createScrubber } from '../../masking/scrubber.js'
import type { Clock } from '../../util/clock.js'
import type { GatewayConfig } from '../config/gateway-config.js'
import type { Listener } from '../listener.js'
import { type GatewayLog, gatewayLog, type LogDestination } from '../operation/log.js'
import { operatorListener } from '../operation/operator-listener.js'
import { type Looks, looks } from './looks.js'
import { type FromWorker, isOurs, type ToWorker } from './messages.js'
import { NAME_VARIABLE } from './name.js'

export interface PrimaryOptions {
  readonly config: GatewayConfig
  readonly log: LogDestination
  readonly clock: Clock
}

export interface Primary {
  /** Every process reads the configuration again. */
  reload(asked: string): void
  /** Resolves when every process has ended. At the signal, what they have under way is rolled back. */
  close(atOnce: AbortSignal): Promise<void>
}

/** Milliseconds before a process that died is started again, doubled each time up to the last. */
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 30_000
/** Milliseconds that a process has to serve to count as one that works. */
const STEADY_MS = 60_000
/** Milliseconds beyond the patience of closing after which a process is killed. */
const KILL_MS = 30_000

interface Slot {
  readonly name: string
  worker: Worker | undefined
  waitMs: number
  startedAt: number
}

/**
 * Starts the processes, all or none.
 *
 * @throws ConfigurationError where one of them cannot start; it has said why on standard error.
 */
export async function openPrimary(options: PrimaryOptions): Promise<Primary> {
  const { config, clock } = options
  const log = gatewayLog(config.logLevel, { scrubber: createScrubber(), clock, destination: options.log })
  const crew = new Crew(config, log, clock)
  const operator = config.operator === undefined ? undefined : operatorOf(config.operator, crew)
  try {
    await crew.start()
    if (operator !== undefined) log.info('listening', { listener: 'operator', ...(await operator.start()) })
  } catch (error) {
    await crew.close(AbortSignal.abort()).catch(() => {})
    throw error
  }
  log.info('workers open', { workers: config.workers, config: config.hash })
  return Object.freeze<Primary>({
    reload: asked => crew.tellAll({ cardea: 'reload', asked }),
    async close(atOnce) {
      log.info('workers closing')
      try {
        await crew.close(atOnce)
      } finally {
        await operator?.drain(AbortSignal.abort())
        log.info('workers closed')
      }
    },
  })
}

function operatorOf({ host, port }: { readonly host: string; readonly port: number }, crew: Crew): Listener {
  const figures = new AggregatorRegistry()
  return operatorListener({
    host,
    port,
    readiness: { current: () => crew.standing() },
    sound: () => crew.sound(),
    metrics: { contentType: figures.contentType, metrics: () => figures.clusterMetrics() },
  })
}

class Crew {
  readonly #slots: readonly Slot[]
  readonly #looks: Looks
  readonly #family = randomBytes(32).toString('base64')
  readonly #waiting = new Set<NodeJS.Timeout>()
  #serving: ((name: string) => void) | undefined
  #failed: ((error: Error) => void) | undefined
  #open = false
  #closing = false
  #disorder = false
  #ended: (() => void) | undefined

  constructor(
    private readonly config: GatewayConfig,
    private readonly log: GatewayLog,
    private readonly clock: Clock,
  ) {
    this.#slots = Array.from({ length: config.workers }, (_, at) => ({
      name: `worker-${at + 1}`,
      worker: undefined,
      waitMs: FIRST_WAIT_MS,
      startedAt: 0,
    }))
    this.#looks = looks()
  }

  async start(): Promise<void> {
    const left = new Set(this.#slots.map(({ name }) => name))
    const all = new Promise<void>((resolve, reject) => {
      this.#failed = reject
      this.#serving = name => {
        left.delete(name)
        if (left.size === 0) resolve()
      }
    })
    for (const slot of this.#slots) this.#fork(slot)
    await all
    this.#open = true
  }

  tellAll(order: ToWorker, but?: Worker): void {
    for (const { worker } of this.#slots) if (worker !== undefined && worker !== but) send(worker, order)
  }

  async standing(): Promise<{ ready: boolean; checks: Record<string, 'ok' | 'failing'> }> {
    const checks: Record<string, 'ok' | 'failing'> = {}
    let ready = !this.#closing
    const found = await Promise.all(
      this.#slots.map(async ({ name, worker }) => ({
        name,
        seen: worker === undefined ? undefined : await this.#looks.at(worker),
      })),
    )
    for (const { name, seen } of found) {
      checks[name] = seen?.ready === true ? 'ok' : 'failing'
      if (seen?.ready !== true) ready = false
      for (const [part, state] of Object.entries(seen?.checks ?? {}))
        if (checks[part] !== 'failing') checks[part] = state
    }
    return { ready, checks }
  }

  /** A process that is being started again is no reason to end the others. */
  async sound(): Promise<boolean> {
    const workers = this.#slots.flatMap(({ worker }) => (worker === undefined ? [] : [worker]))
    const seen = await Promise.all(workers.map(worker => this.#looks.at(worker)))
    return seen.every(one => one?.sound !== false)
  }

  async close(atOnce: AbortSignal): Promise<void> {
    this.#closing = true
    for (const timer of this.#waiting) clearTimeout(timer)
    const ended = new Promise<void>(resolve => {
      this.#ended = resolve
    })
    const hurry = (): void => this.tellAll({ cardea: 'close', atOnce: true })
    this.tellAll({ cardea: 'close', atOnce: atOnce.aborted })
    atOnce.addEventListener('abort', hurry, { once: true })
    const kill = setTimeout(() => {
      for (const { worker } of this.#slots) worker?.process.kill('SIGKILL')
    }, this.config.drainMs + KILL_MS)
    this.#checkEnded()
    await ended
    clearTimeout(kill)
    atOnce.removeEventListener('abort', hurry)
    if (this.#disorder && this.#open) {
      throw new CardeaError('CARDEA_CLOSED', 'A worker did not end in good order; it has said why.')
    }
  }

  #fork(slot: Slot): void {
    const worker = cluster.fork({ [NAME_VARIABLE]: slot.name })
    slot.worker = worker
    slot.startedAt = this.clock.monotonic()
    worker.on('message', (message: unknown) => {
      if (isOurs(message)) this.#hear(slot, worker, message as FromWorker)
    })
    worker.once('exit', (code, signal) => this.#gone(slot, worker, code, signal))
  }

  #hear(slot: Slot, worker: Worker, message: FromWorker): void {
    switch (message.cardea) {
      case 'listening':
        send(worker, { cardea: 'family', family: this.#family })
        break
      case 'serving':
        this.#serving?.(slot.name)
        this.log.info('a worker serves', { worker: slot.name, workerPid: worker.process.pid })
        break
      case 'reloaded':
        if (!message.applied) this.log.error('a worker keeps the old configuration', { worker: slot.name })
        break
      case 'looked':
        this.#looks.seen(worker, message.look, message.seen)
        break
      case 'cancel':
        this.tellAll(message, worker)
    }
  }

  #gone(slot: Slot, worker: Worker, code: number | null, signal: string | null): void {
    slot.worker = undefined
    this.#looks.gone(worker)
    if (code !== 0) this.#disorder = true
    if (this.#closing) {
      this.#checkEnded()
      return
    }
    if (!this.#open) {
      this.#failed?.(new ConfigurationError(`${slot.name} could not start; it has said why.`))
      return
    }
    // Whatever it did before, it did not end in good order now.
    const steady = this.clock.monotonic() - slot.startedAt >= STEADY_MS
    const waitMs = steady ? FIRST_WAIT_MS : slot.waitMs
    slot.waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)
    this.log.error('a worker ended; it is started again', {
      worker: slot.name,
      code: code ?? undefined,
      signal: signal ?? undefined,
      afterMs: waitMs,
    })
    this.#disorder = false
    const timer = setTimeout(() => {
      this.#waiting.delete(timer)
      this.#fork(slot)
    }, waitMs)
    this.#waiting.add(timer)
  }

  #checkEnded(): void {
    if (this.#slots.every(({ worker }) => worker === undefined)) this.#ended?.()
  }
}

function send(worker: Worker, order: ToWorker): void {
  // One that is about to end hears nothing, and needs not.
  if (worker.isConnected()) worker.send(order, () => {})
}
