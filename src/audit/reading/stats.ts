/** How many statements there were of whom, and what became of them, in memory that does not grow with the trail. */
import type { OutcomeStatus } from '../../model/record.js'
import { Durations } from './durations.js'
import type { Found } from './stories.js'

/** By whom or when statements are told apart. */
export type StatsBy = 'principal' | 'agent' | 'day'

export interface StatsGroup {
  /** A subject, an agent's id or a day in UTC; null: nobody was identified, no agent, or one group too many. */
  readonly name: string | null
  readonly statements: number
  /** Decided `deny`. */
  readonly denied: number
  /** By how they ended; `open`: not so far. */
  readonly statuses: Readonly<Record<OutcomeStatus | 'open', number>>
  readonly rows: number
  readonly affected: number
  /** Cells. */
  readonly masked: number
  /** Milliseconds, right within 2.5 percent. */
  readonly p50Ms: number | null
  readonly p95Ms: number | null
}

export interface StatsReport {
  readonly by: StatsBy
  readonly total: StatsGroup
  readonly groups: readonly StatsGroup[]
  /** Statements of groups beyond the first `MOST_GROUPS`; null where there are none. */
  readonly others: StatsGroup | null
}

/** Groups that are counted apart, in the order in which they turn up. */
export const MOST_GROUPS = 1_000

/**
 * Counts statements; events are passed over.
 *
 * @example
 * const report = await statistics(search('./audit'), 'agent')
 */
export async function statistics(from: AsyncIterable<Found>, by: StatsBy): Promise<StatsReport> {
  const total = new Tally()
  const others = new Tally()
  const groups = new Map<string | null, Tally>()
  for await (const found of from) {
    if (found.kind !== 'statement') continue
    const name = nameOf(found, by)
    let tally = groups.get(name)
    if (tally === undefined) {
      tally = groups.size < MOST_GROUPS ? new Tally() : others
      if (tally !== others) groups.set(name, tally)
    }
    total.add(found)
    tally.add(found)
  }
  return {
    by,
    total: total.as(null),
    groups: Array.from(groups, ([name, tally]) => tally.as(name)).sort((a, b) =>
      by === 'day' ? compare(a.name, b.name) : b.statements - a.statements || compare(a.name, b.name),
    ),
    others: others.isEmpty ? null : others.as(null),
  }
}

type Statement = Found & { kind: 'statement' }

function nameOf({ statement, time }: Statement, by: StatsBy): string | null {
  switch (by) {
    case 'principal':
      return statement.principal?.subject ?? null
    case 'agent':
      return statement.agent?.id ?? null
    case 'day':
      return time.slice(0, 10)
  }
}

function compare(a: string | null, b: string | null): number {
  return (a ?? '') < (b ?? '') ? -1 : 1
}

class Tally {
  #statements = 0
  #denied = 0
  #rows = 0
  #affected = 0
  #masked = 0
  readonly #statuses = { released: 0, refused: 0, failed: 0, cut: 0, unknown: 0, open: 0 }
  readonly #durations = new Durations()

  get isEmpty(): boolean {
    return this.#statements === 0
  }

  add({ outcome, statement }: Statement): void {
    this.#statements += 1
    if (statement.decision.effect === 'deny') this.#denied += 1
    this.#statuses[outcome?.status ?? 'open'] += 1
    if (outcome === undefined) return
    this.#rows += outcome.rows ?? 0
    this.#affected += outcome.affected ?? 0
    for (const cells of Object.values(outcome.masked ?? {})) this.#masked += cells
    // What never ran took no time, and a writer that died could not measure it.
    if (outcome.status !== 'refused' && outcome.status !== 'unknown') this.#durations.add(outcome.durationMs)
  }

  as(name: string | null): StatsGroup {
    return {
      name,
      statements: this.#statements,
      denied: this.#denied,
      statuses: { ...this.#statuses },
      rows: this.#rows,
      affected: this.#affected,
      masked: this.#masked,
      p50Ms: this.#durations.quantile(0.5),
      p95Ms: this.#durations.quantile(0.95),
    }
  }
}
