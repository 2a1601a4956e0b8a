/** The judging half of the house, over pictures of databases that are made up: no server takes part. */

import { loadAnalyzer } from '../../src/analysis/analyze.js'
import type { Analyzer } from '../../src/analysis/analyzer.js'
import { assertedIdentity } from '../../src/identity/asserted.js'
import type { Catalog, CatalogRelation, Label } from '../../src/model/catalog.js'
import type { Dialect } from '../../src/model/dialect.js'
import type { Identified } from '../../src/model/progress.js'
import type { Submission } from '../../src/model/submission.js'
import { dryRun } from '../../src/pipeline.js'
import { policyEngine } from '../../src/policy/engine.js'
import { parsePolicy } from '../../src/policy/load.js'
import { systemClock } from '../../src/util/clock.js'
import { ulids } from '../../src/util/ids.js'

export const DIALECTS: readonly Dialect[] = ['postgres', 'mysql', 'sqlite']

const SCHEMAS: Readonly<Record<Dialect, string>> = { postgres: 'public', mysql: 'shop', sqlite: 'main' }

export interface Bench {
  /** Stages 1 to 3, as a dry run. */
  readonly explain: (statement: string) => Promise<unknown>
  /** Stage 2 alone. @throws Error where the statement is not analysable: nothing is measured then. */
  readonly analyze: (statement: string) => void
  /** The same over another picture. */
  readonly analyzeOver: (statement: string, picture: Catalog) => void
}

/** A new analyser, so that its cache is empty, over a database with `size` relations. */
export async function openBench(dialect: Dialect, size = 3): Promise<Bench> {
  const analyzer = await loadAnalyzer()
  const picture = database(dialect, size)
  const clock = systemClock
  const policy = parsePolicy('version: 1\nextends: pci-baseline\n', { file: 'bench' })
  const court = {
    identity: assertedIdentity(),
    catalog: { current: () => picture, invalidate: () => {}, revalidate: async () => picture },
    analyzer,
    decisions: { engine: policyEngine(policy), hooks: [], clock, ids: ulids(clock) },
    clock,
  }
  return {
    explain: statement => dryRun(court, submissionOf(statement, dialect)),
    analyze: statement => analyzed(analyzer, statement, dialect, picture),
    analyzeOver: (statement, other) => analyzed(analyzer, statement, dialect, other),
  }
}

function submissionOf(statement: string, dialect: Dialect): Submission {
  const principal = { subject: 'bench@corp.example', issuer: 'https://login.corp.example' }
  return {
    statement,
    bindings: ['settled'],
    dialect,
    credentials: { kind: 'asserted', principal },
    session: 'bench',
    dataSource: { id: 'shop', environment: 'production' },
    point: 'explain',
    issuer: 'caller',
    origination: 'bench',
  }
}

function analyzed(analyzer: Analyzer, statement: string, dialect: Dialect, picture: Catalog): void {
  // Stage 1 alone mints this brand; who asks does not matter here.
  const identified = { submission: submissionOf(statement, dialect) } as unknown as Identified
  const { facts } = analyzer.analyze(identified, picture)
  if (!facts.analyzable) throw new Error(`${dialect} refuses the statement: ${facts.reason}`)
}

/** Customers, cards and payments among tables of no interest. */
export function database(dialect: Dialect, size: number): Catalog {
  const schema = SCHEMAS[dialect]
  const table = (name: string, columns: readonly string[]): CatalogRelation => ({
    schema,
    name,
    kind: 'table',
    columns: columns.map(column => {
      const labels: readonly Label[] = column === 'pan' ? ['pan'] : []
      return { name: column, type: column.endsWith('id') ? 'integer' : 'text', nullable: true, labels }
    }),
    keys: [['id']],
    hasTriggersOrRules: false,
    system: false,
  })
  const others = Array.from({ length: Math.max(0, size - 3) }, (_, at) =>
    table(`table_${at}`, ['id', 'other_id', 'name', 'amount', 'status', 'note', 'created', 'changed']),
  )
  return {
    dialect,
    version: `bench-${size}`,
    searchPath: [schema],
    routines: [],
    relations: [
      ...others,
      table('customers', ['id', 'name', 'email']),
      table('cards', ['id', 'customer_id', 'pan', 'brand', 'holder', 'expires', 'balance', 'note']),
      table('payments', ['id', 'card_id', 'amount', 'status']),
    ],
  }
}

/** The 3-table join of the target. Another `at`, another text. */
export function threeTableJoin(dialect: Dialect, at: number): string {
  return `select c.brand, k.name as name_${at}, sum(p.amount) as total from payments p join cards c on c.id = p.card_id
    join customers k on k.id = c.customer_id where p.status = ${dialect === 'postgres' ? '$1' : '?'} group by c.brand, k.name`
}
