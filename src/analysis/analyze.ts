import type { Catalog } from '../model/catalog.js'
import type { Dialect } from '../model/dialect.js'
import type { Facts } from '../model/facts.js'
import type { Analyzed } from '../model/progress.js'
import type { Submission } from '../model/submission.js'
import type { Analyzer } from './analyzer.js'
import type { BindingKind, DialectReader } from './dialects/dialect.js'
import { loadMysql } from './dialects/mysql/mysql.js'
import { loadPostgres } from './dialects/postgres/postgres.js'
import { loadSqlite } from './dialects/sqlite/sqlite.js'
import { establishFacts } from './facts.js'
import { READING_LIMITS } from './limits.js'
import { RecentCache } from './recent-cache.js'
import { CatalogIndex } from './resolve/catalog-index.js'
import { KnownShape } from './statement-template.js'

export interface AnalyzerOptions {
  /** Longest statement, in characters. Default 262144 (256 Ki). */
  readonly maxLength?: number
  /** Deepest nesting: brackets open plus operators chained, at any point. Default 600. */
  readonly maxDepth?: number
  /** Statements whose facts are kept, per catalog version. Default 5000. */
  readonly cacheSize?: number
}

const DEFAULTS = { ...READING_LIMITS, cacheSize: 5000 }
/** Pictures of databases of one dialect whose facts are kept at the same time, and as many that were used before. */
const CATALOGS = 16
/** What the cache of one catalog holds on to, by `weightOf`. */
const CACHE_WEIGHT = 16 * 1024 * 1024
/** Of the facts that a shape holds, roughly, in characters. */
const SHAPE_WEIGHT = 4_096

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
    mysql: loadMysql({ maxLength, maxDepth }),
    sqlite: loadSqlite({ maxLength, maxDepth }),
  }
  const knownCatalogs = { postgres: catalogCache(), mysql: catalogCache(), sqlite: catalogCache() }

  function knownCatalog(dialect: Dialect, catalog: Catalog): KnownCatalog {
    const known = knownCatalogs[dialect]
    const found = known.get(catalog.version)
    if (found !== undefined) return found
    const made = {
      index: new CatalogIndex(catalog, readers[dialect].rules),
      facts: new RecentCache<Facts>(cacheSize, CACHE_WEIGHT, weightOf),
      shapes: new RecentCache<KnownShape>(cacheSize, CACHE_WEIGHT, shape => shape.length + SHAPE_WEIGHT),
    }
    known.set(catalog.version, made)
    return made
  }

  function factsOf({ statement, dialect, bindings }: Submission, catalog: Catalog): Facts {
    const { index, facts, shapes } = knownCatalog(dialect, catalog)
    const reader = readers[dialect]
    const kinds = reader.rules.bindingsMatter ? bindings.map(bindingKind) : []
    const id = kinds.length === 0 ? statement : `${kinds.join()}\0${statement}`
    const cached = facts.get(id)
    if (cached !== undefined) return cached
    const template = reader.template?.(statement)
    const shape = template === undefined ? undefined : shapes.get(template.shape)
    const alike = template === undefined ? undefined : shape?.find(template)
    if (alike !== undefined) return alike
    const established = establishFacts(statement, dialect, reader, index, kinds)
    if (isLasting(established.facts)) facts.set(id, established.facts)
    if (template !== undefined && established.facts.analyzable) {
      const known = shape ?? new KnownShape()
      if (shape === undefined) shapes.set(template.shape, known)
      known.add(template, established.unseen(), established.facts)
    }
    return established.facts
  }

  return {
    analyze(identified, catalog) {
      const facts = factsOf(identified.submission, catalog)
      const { submission, principal } = identified
      return { submission, principal, facts, catalog } as Analyzed
    },
  }
}

/** By version. */
function catalogCache(): RecentCache<KnownCatalog> {
  return new RecentCache(CATALOGS, CATALOGS, () => 1)
}

interface KnownCatalog {
  readonly index: CatalogIndex
  readonly facts: RecentCache<Facts>
  readonly shapes: RecentCache<KnownShape>
}

/** In characters, roughly: a short text can have vast facts, and the shortest text has some. */
function weightOf(text: string, facts: Facts): number {
  if (!facts.analyzable) return text.length + 256
  const { columns, output, flows, relations, functions, fingerprint } = facts
  const parts = columns.length + output.length + flows.length + relations.length + functions.length
  const sources = output.reduce(
    (sum, { lineage }) => sum + ('sources' in lineage ? lineage.sources.length : 0),
    0,
  )
  return text.length + fingerprint.length + 256 + 64 * parts + 8 * sources
}

function bindingKind(binding: unknown): BindingKind {
  if (binding === null || binding === undefined) return 'null'
  if (typeof binding === 'string') return 'text'
  const isNumber = typeof binding === 'number' || typeof binding === 'bigint' || typeof binding === 'boolean'
  return isNumber ? 'number' : 'other'
}

/** A parser that is restarting says nothing about the statement. */
function isLasting(facts: Facts): boolean {
  return facts.analyzable || facts.code !== 'parser_failure'
}
