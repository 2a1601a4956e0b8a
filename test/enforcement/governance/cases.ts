/** Statements for clients in other languages, with what each has to be told. */
import { loadCommandReader } from '../../../src/analysis/session-commands.js'
import type { GovernedConnection } from '../../../src/index.js'
import { asRaw, readCorpus } from '../../support/corpus.js'
import { agent, type EngineName } from '../../support/twins.js'

export interface Case {
  readonly id: string
  readonly text: string
  readonly effect: 'allow' | 'require_approval' | 'deny'
  readonly reason: string
  /** What the engine's Node.js driver is told: SQLSTATE or error number, and how many rows. */
  readonly state: string
  readonly rows: number
}

export interface CaseParts {
  readonly engine: Exclude<EngineName, 'sqlite'>
  readonly governed: GovernedConnection
  /** What a client would take for its own, or wait for more of; and values that nobody gives. */
  readonly notPlain: RegExp
  /** Of every verdict a third of so many, spread over the corpus. */
  readonly number: number
  ask(text: string): Promise<Pick<Case, 'state' | 'rows'>>
}

export async function casesOf({
  engine,
  governed,
  notPlain,
  number,
  ask,
}: CaseParts): Promise<readonly Case[]> {
  const reader = await loadCommandReader(engine)
  const judged: Omit<Case, 'state' | 'rows'>[] = []
  for (const one of readCorpus(engine)) {
    const { id, sql, bindings, varies } = one
    if (bindings !== undefined || varies === true || notPlain.test(sql)) continue
    if (reader.read(sql).some(({ kind }) => kind !== 'statement')) continue
    const { decision, facts } = await governed.explain(...asRaw(one, engine), agent)
    const { effect, reason } = decision
    if (facts.analyzable) judged.push({ id, text: sql, effect, reason })
  }
  const chosen: Case[] = []
  for (const effect of ['allow', 'require_approval', 'deny'] as const) {
    const fit = judged.filter(each => each.effect === effect)
    const step = Math.max(1, Math.floor((fit.length * 3) / number))
    for (const one of fit.filter((_, at) => at % step === 0))
      chosen.push({ ...one, ...(await ask(one.text)) })
  }
  return chosen
}
