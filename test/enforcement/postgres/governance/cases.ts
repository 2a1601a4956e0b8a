/** Statements for clients in other languages, with what each has to be told. */
import { loadCommandReader } from '../../../../src/analysis/session-commands.js'
import { readCorpus } from '../../../support/corpus.js'
import { agent } from '../../../support/twins.js'
import type { TwinDoor } from './doors.js'

export interface Case {
  readonly id: string
  readonly text: string
  readonly effect: 'allow' | 'require_approval' | 'deny'
  readonly reason: string
  /** What node-postgres is told: its SQLSTATE, and how many rows. */
  readonly state: string
  readonly rows: number
}

/** What psql would take for its own, or wait for more of; and values that nobody gives. */
const NOT_PLAIN = /[;\\\0$]|(?<!:):(?!:)['"{a-z]|--|\/\*|%/i

/** Of every verdict a third of the number, spread over the corpus. */
export async function casesOf(door: TwinDoor, number: number): Promise<readonly Case[]> {
  const reader = await loadCommandReader('postgres')
  const judged: Omit<Case, 'state' | 'rows'>[] = []
  for (const { id, sql, bindings, varies } of readCorpus('postgres')) {
    if (bindings !== undefined || varies === true || NOT_PLAIN.test(sql)) continue
    if (reader.read(sql).some(({ kind }) => kind !== 'statement')) continue
    const { decision, facts } = await door.wire.governed.explain(sql.replaceAll('?', '\\?'), [], agent)
    const { effect, reason } = decision
    if (facts.analyzable) judged.push({ id, text: sql, effect, reason })
  }
  const chosen: Case[] = []
  for (const effect of ['allow', 'require_approval', 'deny'] as const) {
    const fit = judged.filter(each => each.effect === effect)
    const step = Math.max(1, Math.floor((fit.length * 3) / number))
    for (const one of fit.filter((_, at) => at % step === 0)) {
      const { error, rows } = await door.ask({ text: one.text, values: [], undone: false }, 'binary')
      chosen.push({ ...one, state: error?.['C'] ?? '00000', rows: rows.length })
    }
  }
  return chosen
}
