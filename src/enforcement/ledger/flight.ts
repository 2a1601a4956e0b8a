/** One call on its way: from its entry in the store to the fate of its answer, with all who wait for the same. */
import { CardeaError } from '../../errors.js'
import type { ToolResult } from '../../model/tool.js'
import type { Clock } from '../../util/clock.js'
import type { Carried } from '../call-ledger.js'
import { answerText, courseOf, failed, otherAsk, restored } from './answers.js'
import type { LedgerEntry, LedgerName, LedgerStore } from './ledger-store.js'
import { type Pulse, SIGN_OF_LIFE_MS } from './pulse.js'

export interface Landing {
  /**
   * `ran`: by this flight. `kept`: by an earlier one, and its answer was kept. `barred`: an earlier one keeps it
   * from running. `never` and `gave up`: nothing ran, nothing is kept.
   */
  readonly kind: 'ran' | 'kept' | 'barred' | 'never' | 'gave up'
  readonly result: ToolResult
  /** The entry that the answer stands in. */
  readonly entry?: LedgerName
}

export interface Flight {
  readonly ask: string
  /** Nobody can join any more. */
  readonly over: boolean
  /** One more who waits for the same. */
  seat(): { readonly landing: Promise<Landing>; readonly report: Pick<Carried, 'delivered' | 'lost'> }
  /** Resolves when an equal call may begin anew. Never rejects. */
  readonly gone: Promise<void>
  /** Resolves when nothing is left to be written of what has been carried out. */
  written(): Promise<void>
}

export interface FlightPlan {
  readonly store: LedgerStore
  readonly clock: Clock
  readonly beat: Pulse
  readonly opened: () => Promise<void>
  readonly entry: LedgerEntry
  readonly named: boolean
  readonly tool: string
  readonly work: () => Promise<ToolResult>
  readonly longestAnswer: number
}

/** Takes off at once. */
export function flight(plan: FlightPlan): Flight {
  const { store, entry, named } = plan
  let writing: Promise<void> = Promise.resolve()
  /** One after the other. A store that fails leaves an entry that refuses, which is the safe side. */
  const write = (step: () => Promise<void>): void => {
    writing = writing.then(step).catch(() => {})
  }
  let leave: () => void = () => {}
  const gone = new Promise<void>(resolve => {
    leave = () => void writing.then(resolve)
  })
  const landing = land(plan, write)
  let seats = 0
  let waiting = 0
  let last: 'delivered' | 'lost' = 'lost'
  let over = false
  void landing.then(({ kind }) => {
    if (kind === 'ran' || kind === 'kept') return
    over = true
    leave()
  })
  const told = async (number: number, fate: 'delivered' | 'lost'): Promise<void> => {
    waiting -= 1
    if (over) return
    // Who came last came because the answers before did not arrive.
    if (number === seats) last = fate
    if (waiting > 0) return
    over = true
    const { entry: its } = await landing
    if (its !== undefined && !named && last === 'delivered') write(() => store.forget(its))
    leave()
  }
  return {
    ask: entry.ask,
    get over() {
      return over
    },
    gone,
    written: async () => {
      await landing
      await writing
    },
    seat() {
      waiting += 1
      seats += 1
      const number = seats
      let silent = true
      const once = (fate: 'delivered' | 'lost') => (): void => {
        if (silent) void told(number, fate)
        silent = false
      }
      return { landing, report: { delivered: once('delivered'), lost: once('lost') } }
    },
  }
}

/** Never rejects. */
async function land(plan: FlightPlan, write: (step: () => Promise<void>) => void): Promise<Landing> {
  const { store, clock, beat, entry, tool, longestAnswer } = plan
  beat.begins(entry.id)
  try {
    await plan.opened()
    const there = await store.begin(entry)
    if (there !== null) return earlier(there, plan)
  } catch (error) {
    beat.ends(entry.id)
    // It may stand there all the same.
    write(() => store.forget(entry))
    return { kind: 'never', result: notWritten(tool, error) }
  }
  const result = await plan.work().catch(() => failed(tool, 'CARDEA_OUTCOME_UNKNOWN', BROKE, false))
  const course = courseOf(result)
  write(async () => {
    if (course === 'ran')
      await store
        .settle(entry, answerText(result, longestAnswer), clock.now())
        .finally(() => beat.ends(entry.id))
    else await store.forget(entry).finally(() => beat.ends(entry.id))
  })
  return { kind: course, result, entry }
}

function earlier(there: LedgerEntry, { entry, tool, beat }: FlightPlan): Landing {
  beat.ends(entry.id)
  if (there.ask !== entry.ask) return { kind: 'barred', result: otherAsk(tool) }
  const kept = there.answer === null ? null : restored(tool, there.answer)
  if (kept !== null) return { kind: 'kept', result: kept, entry: there }
  if (there.answer === null && entry.seen - there.seen < SIGN_OF_LIFE_MS)
    return { kind: 'barred', result: failed(tool, 'CARDEA_CALL_UNDERWAY', UNDERWAY, true) }
  const reason = there.answer === null ? UNKNOWN : UNKEPT
  return { kind: 'barred', result: failed(tool, 'CARDEA_OUTCOME_UNKNOWN', reason, false) }
}

function notWritten(tool: string, error: unknown): ToolResult {
  const why = error instanceof CardeaError ? error.message : 'The call ledger could not be written.'
  return failed(tool, 'CARDEA_STORE_UNAVAILABLE', `${why} Nothing was run.`, true)
}

const UNDERWAY = 'An equal call is under way. It is not run a second time; ask again for its answer.'
const UNKNOWN =
  'An equal call was under way when its process ended, so nobody can say whether it took effect. It is not run again. Look at the data first.'
const UNKEPT =
  'An equal call was carried out, and its answer is no longer kept. It is not run again. Look at the data first.'
const BROKE =
  'The call broke off, and nobody can say whether it took effect. Look at the data before sending it again.'
