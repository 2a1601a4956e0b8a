import { randomBytes } from 'node:crypto'
import { CardeaError, ConfigurationError } from '../../errors.js'
import type { ToolResult } from '../../model/tool.js'
import type { Clock } from '../../util/clock.js'
import type { Ids } from '../../util/ids.js'
import type { CallLedger, Carried, LedgerCall } from '../call-ledger.js'
import { failed, otherAsk } from './answers.js'
import { type CallDigest, callDigest } from './digest.js'
import { type Flight, flight, type Landing } from './flight.js'
import type { LedgerStore } from './ledger-store.js'
import { memoryLedgerStore } from './memory.js'
import { pulse } from './pulse.js'

export interface CallLedgerOptions {
  /** Default: the memory of this process. */
  readonly store?: LedgerStore
  /**
   * HMAC key under which calls are told apart, 32 bytes or more; the same for all who share a store, and out of
   * the store's reach. Required for a durable store; default: random.
   */
  readonly key?: Uint8Array
  readonly clock: Clock
  readonly ids: Ids
  /** Milliseconds for which the answer of a call without an idempotency key is kept when it got lost. Default 10 minutes. */
  readonly keepMs?: number
  /** The same for a call with an idempotency key, whether its answer arrived or not. Default 24 hours. */
  readonly keepNamedMs?: number
  /** Characters of an answer that are kept at most; a longer one is carried out all the same. Default 65,536. */
  readonly longestAnswer?: number
}

const SHORTEST_KEY = 32
const KEEP_MS = 600_000
const KEEP_NAMED_MS = 86_400_000
const LONGEST_ANSWER = 65_536

/**
 * A ledger of calls (see `CallLedger`). A call is written to the store before its work starts, and work whose
 * call cannot be written does not start.
 *
 * @throws ConfigurationError for a durable store without a key, or a short key.
 * @example
 * const ledger = callLedger({ store: knexLedgerStore({ knex }), key, clock, ids })
 * const { result, delivered, lost } = await ledger.carry({ caller, tool: 'execute', args }, () => tools.callTool('execute', args))
 */
export function callLedger(options: CallLedgerOptions): CallLedger {
  const { store = memoryLedgerStore(), clock, ids } = options
  const { keepMs = KEEP_MS, keepNamedMs = KEEP_NAMED_MS, longestAnswer = LONGEST_ANSWER } = options
  const key = keyOf(options.key, store)
  const flights = new Map<string, Flight>()
  const beat = pulse(store, clock)
  const opened = opening(store)
  let closed = false

  const board = ({ slot, ask, named }: CallDigest, tool: string, work: () => Promise<ToolResult>): Flight => {
    const entry = {
      slot,
      id: ids.next(),
      ask,
      seen: clock.now(),
      keep: named ? keepNamedMs : keepMs,
      answer: null,
    }
    const own = flight({ store, clock, beat, opened, entry, named, tool, work, longestAnswer })
    flights.set(slot, own)
    void own.gone.then(() => flights.delete(slot))
    return own
  }

  const carry = async (call: LedgerCall, work: () => Promise<ToolResult>): Promise<Carried> => {
    const { tool } = call
    const digest = digestOf(key, call)
    if (digest === undefined) return unkept(failed(tool, 'CARDEA_TOOL_ARGUMENTS', UNREADABLE, false))
    for (;;) {
      if (closed) return unkept(failed(tool, 'CARDEA_CLOSED', CLOSED, true))
      const there = flights.get(digest.slot)
      if (there?.over === true) {
        await there.gone
        continue
      }
      if (there !== undefined && there.ask !== digest.ask) return unkept(otherAsk(tool))
      const seat = (there ?? board(digest, tool, work)).seat()
      const landing = await seat.landing
      // Whoever went away took only their own call with them.
      if (there !== undefined && landing.kind === 'gave up') {
        await there.gone
        continue
      }
      return { result: landing.result, repeated: there !== undefined || isRepeat(landing), ...seat.report }
    }
  }

  return Object.freeze<CallLedger>({
    carry,
    close: async () => {
      closed = true
      await Promise.all([...flights.values()].map(({ written }) => written()))
      beat.stop()
      await store.close()
    },
  })
}

const UNREADABLE = 'The arguments must be JSON, and not nested too deep.'
const CLOSED = 'The gateway is closing. Nothing was run; send the call again to another or later.'

function isRepeat({ kind }: Landing): boolean {
  return kind === 'kept' || kind === 'barred'
}

/** A result that no later call has anything to do with. */
function unkept(result: ToolResult): Carried {
  return { result, repeated: false, delivered() {}, lost() {} }
}

function digestOf(key: Uint8Array, call: LedgerCall): CallDigest | undefined {
  try {
    return callDigest(key, call)
  } catch {
    return undefined
  }
}

function keyOf(key: Uint8Array | undefined, store: LedgerStore): Uint8Array {
  if (key === undefined && !store.durable) return randomBytes(SHORTEST_KEY)
  if (key === undefined || key.length < SHORTEST_KEY) {
    throw new ConfigurationError(
      `A call ledger with a store needs a key of ${SHORTEST_KEY} bytes or more, the same in every process.`,
    )
  }
  return Uint8Array.from(key)
}

/** The store is opened once; where that fails, the next call tries again. */
function opening(store: LedgerStore): () => Promise<void> {
  let open: Promise<void> | undefined
  return () => {
    open ??= (store.open?.() ?? Promise.resolve()).catch((error: unknown) => {
      open = undefined
      throw error instanceof CardeaError
        ? error
        : new CardeaError('CARDEA_STORE_UNAVAILABLE', 'The call ledger could not be opened.')
    })
    return open
  }
}
