/** One of several processes that serve together, as the process that has started it sees it. */
import cluster from 'node:cluster'
import { AggregatorRegistry } from 'prom-client'
import type { Clock } from '../../util/clock.js'
import type { GatewayConfig } from '../config/gateway-config.js'
import type { Gateway } from '../open-gateway.js'
import { type FromWorker, isOurs, type ToWorker } from './messages.js'
import { NAME_VARIABLE } from './name.js'
import type { Seated, WorkerSeat } from './seat.js'

export interface Worker {
  /** What of the configuration is this process's own: the operator looks at all of them in one place. */
  own(config: GatewayConfig): GatewayConfig
  /**
   * Serves until the process that has started this one, or its end, says otherwise.
   *
   * @throws what `open` throws; the process can then end.
   */
  serve(open: (seat: WorkerSeat) => Promise<Gateway>): Promise<void>
}

/** Cancel requests with one key that this process passes on in a second: whoever has a key may send it without end. */
const CANCELS_PER_SECOND = 20

/** @returns undefined in a process that serves by itself, or has workers. */
export function worker(clock: Clock): Worker | undefined {
  const name = process.env[NAME_VARIABLE]
  if (!cluster.isWorker || name === undefined) return undefined
  // A terminal sends its signals to every process; the first one tells the others what to do.
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})
  const orders = new Orders()
  process.on('message', (message: unknown) => {
    if (isOurs(message)) orders.hear(message as ToWorker)
  })
  process.once('disconnect', () => orders.hear({ cardea: 'close', atOnce: false }))
  tell({ cardea: 'listening' })
  const within = perSecond(CANCELS_PER_SECOND, clock)
  const seatOf = (family: Buffer): WorkerSeat =>
    Object.freeze<WorkerSeat>({
      name,
      family,
      seated(self) {
        // The figures of this process are asked for over the channel.
        AggregatorRegistry.setRegistries([self.registry])
        void new AggregatorRegistry()
        orders.self = self
      },
      cancelElsewhere(key) {
        if (within(`${key.pid} ${key.secret}`)) tell({ cardea: 'cancel', key })
      },
    })
  return {
    own({ operator: _, ...config }) {
      return Object.freeze(config)
    },
    async serve(open) {
      try {
        const gateway = await open(seatOf(await orders.family))
        tell({ cardea: 'serving', addresses: gateway.addresses })
        await orders.serve(gateway)
      } finally {
        // The channel alone would keep the process.
        if (process.connected) process.disconnect()
      }
    },
  }
}

function tell(message: FromWorker): void {
  // The channel may have gone a moment ago: whoever would have heard it is gone too.
  if (process.connected) process.send?.(message, () => {})
}

/** Orders may come before there is anything to carry them out. */
class Orders {
  self: Seated | undefined
  /** Known as soon as there is anybody to tell it. */
  readonly family: Promise<Buffer>
  #familyIs: (family: Buffer) => void = () => {}
  readonly #atOnce = new AbortController()
  readonly #reloads: string[] = []
  #gateway: Gateway | undefined
  #end: (() => void) | undefined
  #closing = false

  constructor() {
    this.family = new Promise(resolve => {
      this.#familyIs = resolve
    })
  }

  hear(order: ToWorker): void {
    switch (order.cardea) {
      case 'family':
        this.#familyIs(Buffer.from(order.family, 'base64'))
        break
      case 'close':
        this.#closing = true
        if (order.atOnce) this.#atOnce.abort()
        this.#end?.()
        break
      case 'reload':
        this.#reloads.push(order.asked)
        this.#reload()
        break
      case 'look':
        void this.#look(order.look)
        break
      case 'cancel':
        this.self?.cancel(order.key)
    }
  }

  async serve(gateway: Gateway): Promise<void> {
    this.#gateway = gateway
    this.#reload()
    await new Promise<void>(resolve => {
      this.#end = resolve
      if (this.#closing) resolve()
    })
    await gateway.close(this.#atOnce.signal)
  }

  #reload(): void {
    const gateway = this.#gateway
    if (gateway === undefined) return
    for (const asked of this.#reloads.splice(0)) {
      void gateway.reload(asked).then(result => {
        const words = result.applied ? result.changed.join(' ') : result.why
        tell({ cardea: 'reloaded', applied: result.applied, words })
      })
    }
  }

  async #look(look: number): Promise<void> {
    const { self } = this
    if (self === undefined) return
    const { ready, checks } = await self.standing()
    tell({ cardea: 'looked', look, seen: { sound: self.sound(), ready, checks } })
  }
}

/** @returns a function that is true for one key at most so many times in a second. */
function perSecond(most: number, clock: Clock): (key: string) => boolean {
  const counts = new Map<string, number>()
  let since = clock.monotonic()
  return key => {
    const now = clock.monotonic()
    if (now - since >= 1_000) {
      since = now
      counts.clear()
    }
    const count = counts.get(key) ?? 0
    if (count >= most) return false
    counts.set(key, count + 1)
    return true
  }
}
