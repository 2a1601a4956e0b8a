/** Which statements are asked: some for every change, all of them by night. */
import { type CorpusStatement, readCorpus } from '../../../support/corpus.js'

/** How many of a class are passed over between two that are asked. */
const LEFT_OUT = 11

/** The protocol has no word for a text with a zero byte in it. */
const statements = readCorpus('postgres').filter(({ sql }) => !sql.includes('\0'))

/** Some of every class; all with CARDEA_GOVERNANCE=all. */
export function sampled(): readonly CorpusStatement[] {
  if (process.env['CARDEA_GOVERNANCE'] === 'all') return statements
  const seen = new Map<string, number>()
  return statements.filter(one => {
    const before = seen.get(one.class) ?? 0
    seen.set(one.class, before + 1)
    return before % (LEFT_OUT + 1) === 0
  })
}

/** Random statements beside them. */
export const RANDOM = Number(process.env['CARDEA_GOVERNANCE_RANDOM'] ?? 60)
export const SEED = Number(process.env['CARDEA_RANDOM_SEED'] ?? 20261123)
