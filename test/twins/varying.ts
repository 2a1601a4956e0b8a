/** Which statements show something that no two runs, or no two databases, have in common. */
import type { AnalyzedFacts, Facts } from '../../src/model/facts.js'
import type { CorpusStatement } from '../support/corpus.js'

/**
 * Show the time or chance, so that no two runs are alike. The size of a whole database is one of them: when the pages
 * of its system tables are tidied depends on who else is connected.
 */
const VARYING =
  /^(@@.*|now|sysdate|localtime|localtimestamp|curdate|curtime|current_(date|time|timestamp)|statement_timestamp|transaction_timestamp|clock_timestamp|unix_timestamp|utc_.*|rand|random|uuid.*|gen_random_uuid|date|time|datetime|strftime|julianday|unixepoch|age|pg_(database|tablespace)_size)$/u

/** Plans with the time they took, samples, numbers of the server's own. */
const BY_CHANCE = /^\s*(explain\b.*)?\banaly[sz]e\b|\btablesample\b(?!.*repeatable)|regclass.*\boid\b/isu

export function varies(one: CorpusStatement, facts: Facts): boolean {
  return (
    one.varies === true ||
    BY_CHANCE.test(one.sql) ||
    (facts.analyzable && (tellsTheTime(facts) || readsOnlySystem(facts)))
  )
}

function tellsTheTime({ functions }: AnalyzedFacts): boolean {
  return functions.some(({ name }) => VARYING.test(name))
}

/** Names and numbers of the server's own, which differ between any two databases. */
function readsOnlySystem({ kind, relations }: AnalyzedFacts): boolean {
  return kind === 'session' || (relations.length > 0 && relations.some(use => use.system))
}
