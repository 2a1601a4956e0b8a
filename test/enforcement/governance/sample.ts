/** Which statements are asked: some for every change, all of them by night. */
import { type CorpusStatement, readCorpus } from '../../support/corpus.js'
import type { EngineName } from '../../support/twins.js'

/**
 * All statements of an engine's corpus with CARDEA_GOVERNANCE=all; else some of every class.
 *
 * @param leftOut how many of a class are passed over between two that are asked.
 */
export function sampled(engine: EngineName, leftOut: number): readonly CorpusStatement[] {
  // No protocol has a word for a text with a zero byte in it.
  const statements = readCorpus(engine).filter(({ sql }) => !sql.includes('\0'))
  if (process.env['CARDEA_GOVERNANCE'] === 'all') return statements
  const seen = new Map<string, number>()
  return statements.filter(one => {
    const before = seen.get(one.class) ?? 0
    seen.set(one.class, before + 1)
    return before % (leftOut + 1) === 0
  })
}

/** How many random statements are asked beside them. */
export function randomStatements(otherwise: number): number {
  return Number(process.env['CARDEA_GOVERNANCE_RANDOM'] ?? otherwise)
}

export const SEED = Number(process.env['CARDEA_RANDOM_SEED'] ?? 20261123)
