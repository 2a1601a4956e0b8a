/** A real SQLite database with labels, and the facts that analysis finds about it. */
import { readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { loadAnalyzer } from '../../../src/analysis/analyze.js'
import { sqliteCatalog } from '../../../src/catalog/sqlite.js'
import type { Catalog, LabelRule } from '../../../src/model/catalog.js'
import type { Facts } from '../../../src/model/facts.js'
import type { Identified } from '../../../src/model/progress.js'

export const SCHEMA = readFileSync(new URL('./schema.sql', import.meta.url), 'utf8')

const LABELS: readonly LabelRule[] = [
  { column: 'cards.pan', label: 'pan' },
  { column: 'numbers.pan', label: 'pan' },
  { column: 'cards.cvv', label: 'sad' },
  { column: 'customers.ssn', label: 'ssn' },
]

export interface Arena {
  readonly database: Database.Database
  readonly catalog: Catalog
  readonly factsOf: (sql: string) => Facts
}

export async function openArena(more = ''): Promise<Arena> {
  const database = new Database(':memory:')
  database.exec(SCHEMA + more)
  const source = sqliteCatalog({
    query: async (sql, params) => database.prepare(sql).all(...params) as Record<string, unknown>[],
    labels: LABELS,
    clock: { now: () => 0, monotonic: () => 0 },
  })
  const catalog = await source.current()
  const analyzer = await loadAnalyzer()
  return {
    database,
    catalog,
    factsOf: sql => {
      const submission = { statement: sql, dialect: 'sqlite', bindings: [] }
      return analyzer.analyze({ submission } as unknown as Identified, catalog).facts
    },
  }
}
