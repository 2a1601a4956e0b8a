import type { Catalog } from '../model/catalog.js'
import type { Dialect } from '../model/dialect.js'
import type { Facts } from '../model/facts.js'
import type { Analyzed } from '../model/progress.js'
import type { Analyzer } from './analyzer.js'
import { absentDialect } from './dialects/absent.js'
import type { DialectReader } from './dialects/dialect.js'
import { loadPostgres } from './dialects/postgres/postgres.js'
import { establishFacts } from './facts.js'
import { RecentCache } from './recent-cache.js'
import { CatalogIndex } from './resolve/catalog-index.js'

export interface AnalyzerOptions {
  /** Longest statement, in characters. Default 262144 (256 Ki). */
  readonly maxLength?: number
  /** Deepest nesting: brackets open plus operators chained, at any point. Default 600. */
  readonly maxDepth?: number
  /** Statements whose facts are kept, per catalog version. Default 5000. */
  readonly cacheSize?: number
}

const DEFAULTS = { maxLength: 256 * 1024, maxDepth: 600, cacheSize: 5000 }
/** Pictures of databases whose facts are kept at the same time, and as many that were used before. */
const CATALOGS = 16
/** Characters of statement text that the cache of one catalog holds on to. */
const CACHE_WEIGHT = 16 * 1024 * 1024

/**
 * Stage 2: what a statement would do, established from its text and the catalog.
 *
 * Facts are cached by exact text, dialect and catalog version. `analyze` never throws.
 *
 * @example
 * const analyzer = await loadAnalyzer()
 * analyzer.analyze(identified, catalog).facts
 */
export async function loadAnalyzer(options: AnalyzerOptions = {}): Promise<Analyzer> {
  const { maxLength, maxDepth, cacheSize } = { ...DEFAULTS, ...options }
  const readers: Readonly<Record<Dialect, DialectReader>> = {
    postgres: await loadPostgres({ maxLength, maxDepth }),
    mysql: absentDialect('mysql'),
    sqlite: absentDialect('sqlite'),
  }
  const known = new RecentCache<KnownCatalog>(CATALOGS, CATALOGS)

  function knownCatalog(dialect: Dialect, catalog: Catalog): KnownCatalog {
    const id = `${dialect}\0${catalog.version}`
    const found = known.get(id, 1)
    if (found !== undefined) return found
    const made = {
      index: new CatalogIndex(catalog, readers[dialect].rules.systemSchema),
      facts: new RecentCache<Facts>(cacheSize, CACHE_WEIGHT),
    }
    known.set(id, made, 1)
    return made
  }

  function factsOf(text: string, dialect: Dialect, catalog: Catalog): Facts {
    const { index, facts } = knownCatalog(dialect, catalog)
    const cached = facts.get(text, weightOf(text))
    if (cached !== undefined) return cached
    const established = establishFacts(text, dialect, readers[dialect], index)
    if (isLasting(established)) facts.set(text, established, weightOf(text))
    return established
  }

  return {
    analyze(identified, catalog) {
      const { statement, dialect } = identified.submission
      const facts = factsOf(statement, dialect, catalog)
      const { submission, principal } = identified
      return { submission, principal, facts, catalog } as Analyzed
    },
  }
}

interface KnownCatalog {
  readonly index: CatalogIndex
  readonly facts: RecentCache<Facts>
}

/** In characters; facts of even the shortest text take room. */
function weightOf(text: string): number {
  return text.length + 256
}

/** A parser that is restarting says nothing about the statement. */
function isLasting(facts: Facts): boolean {
  return facts.analyzable || facts.code !== 'parser_failure'
}
