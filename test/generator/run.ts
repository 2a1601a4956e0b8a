/** Random statements on both twins, counted by what became of them. */

import { agent, type EngineName, type GovernedTwin } from '../support/twins.js'
import { type Seen, seen, unordered } from '../twins/seen.js'
import { Chance } from './chance.js'
import { Generator } from './queries.js'
import { SPELLINGS } from './spelling.js'

export interface Tally {
  readonly statements: number
  allowed: number
  approved: number
  denied: number
  unanalyzable: number
  /** Of those allowed and approved: refused by the engine itself, on both twins alike. */
  failed: number
  /** Of those that ran: show a protected column. */
  showing: number
  readonly leaks: { readonly sql: string; readonly a: unknown; readonly b: unknown }[]
  /** Ran, and show a protected column: what a run without masks must tell apart. */
  readonly shown: string[]
  readonly reasons: Record<string, number>
}

export async function runRandom(
  twins: readonly [GovernedTwin, GovernedTwin],
  engine: EngineName,
  seed: number,
  statements: number,
): Promise<Tally> {
  const [a, b] = twins
  const generator = new Generator(new Chance(seed), SPELLINGS[engine])
  const tally: Tally = {
    statements,
    allowed: 0,
    approved: 0,
    denied: 0,
    unanalyzable: 0,
    failed: 0,
    showing: 0,
    leaks: [],
    shown: [],
    reasons: {},
  }
  for (let count = 0; count < statements; count++) {
    const sql = generator.statement()
    const { decision, facts } = await a.governed.explain(a.spelled(sql), [], agent)
    if (decision.effect === 'deny') {
      if (facts.analyzable) tally.denied++
      else tally.unanalyzable++
      const why = facts.analyzable ? decision.rule : facts.code
      tally.reasons[why] = (tally.reasons[why] ?? 0) + 1
      continue
    }
    if (decision.effect === 'allow') tally.allowed++
    else tally.approved++
    const undone = facts.analyzable && !facts.readOnly
    const [here, there] = [await seen(a, { sql, undone }), await seen(b, { sql, undone })]
    if (here.failed !== undefined) tally.failed++
    else if (
      facts.analyzable &&
      facts.output.some(
        one => 'sources' in one.lineage && one.lineage.sources.some(from => from.labels.length > 0),
      )
    ) {
      tally.showing++
      if (!undone) tally.shown.push(sql)
    }
    if (!alike(here, there, SPELLINGS[engine].steady)) tally.leaks.push({ sql, a: here, b: there })
  }
  return tally
}

function alike(here: Seen, there: Seen, steady: boolean): boolean {
  const [one, other] = steady ? [here, there] : [unordered(here), unordered(there)]
  return JSON.stringify(one) === JSON.stringify(other)
}

/** How many of the statements tell the twins apart where nothing is masked. */
export async function toldApart(
  twins: readonly [GovernedTwin, GovernedTwin],
  statements: readonly string[],
): Promise<number> {
  let apart = 0
  for (const sql of statements) {
    const [one, other] = await Promise.all(
      twins.map(async ({ raw, spelled }) => {
        const answer = await raw.raw(spelled(sql))
        return JSON.stringify(answer.rows ?? answer, (_key, value) =>
          typeof value === 'bigint' ? `${value}` : value,
        )
      }),
    )
    if (one !== other) apart++
  }
  return apart
}
