/** Facts beside what SQLite's own authorizer reports for the same statement. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Catalog } from '../../../src/model/catalog.js'
import type { AnalyzedFacts } from '../../../src/model/facts.js'

export interface Answer {
  readonly error: string | null
  /** Kind, table or nothing, column or function, database, view or trigger that it is inside of. */
  readonly actions: readonly (readonly [string, string | null, string | null, string | null, string | null])[]
  readonly names: readonly string[] | null
}

/** @throws Error where python3 or its sqlite3 module is missing: without them nothing is proved. */
export function askAuthorizer(schema: string, statements: readonly string[]): readonly Answer[] {
  const script = fileURLToPath(new URL('./authorizer.py', import.meta.url))
  const input = JSON.stringify({ schema, statements })
  const run = spawnSync('python3', [script], { input, encoding: 'utf8', maxBuffer: 2 ** 30 })
  if (run.error !== undefined || run.status !== 0)
    throw new Error(`python3 with sqlite3 is needed: ${run.error?.message ?? run.stderr}`)
  const answers = run.stdout.trimEnd().split('\n')
  return answers.map(line => JSON.parse(line) as Answer)
}

export class Comparer {
  /** Columns in the facts that the engine did not ask about. */
  extra = 0
  private readonly relations = new Map<string, readonly string[]>()
  private readonly columns = new Set<string>()
  private readonly views = new Set<string>()

  constructor({ relations }: Catalog) {
    for (const { schema, name, kind, columns } of relations) {
      const own = [...columns.map(column => column.name), '', 'ROWID']
      for (const column of own) this.columns.add(`${schema}.${name}.${column}`.toLowerCase())
      const known = this.relations.get(name.toLowerCase()) ?? []
      this.relations.set(name.toLowerCase(), [...known, schema])
      if (kind === 'view') this.views.add(name.toLowerCase())
    }
  }

  /** What the engine reads or writes and the facts do not tell. */
  missing({ actions }: Answer, facts: AnalyzedFacts): readonly string[] {
    const told = toldColumns(facts)
    const relations = new Set(facts.relations.map(use => `${use.schema}.${use.relation}`.toLowerCase()))
    const asked = new Set<string>()
    const missing: string[] = []
    for (const [action, first, second, database, inside] of actions) {
      if (action === 'function' || first === null || this.isTrigger(inside)) continue
      const schema = this.schemaOf(first, database)
      if (schema === undefined) continue
      const relation = `${schema}.${first}`.toLowerCase()
      // A sub-query that has the name of a table.
      if (second !== null && !this.columns.has(`${relation}.${second}`.toLowerCase())) continue
      if (!relations.has(relation)) missing.push(`${action} ${relation}`)
      if (inside !== null || this.views.has(first.toLowerCase())) continue
      if ((action !== 'read' && action !== 'update') || second === null || second === '') continue
      const column = `${relation}.${second.toLowerCase()}`
      asked.add(column)
      // The number of a row that stands for no column.
      if (second !== 'ROWID' && !told.has(column)) missing.push(`${action} ${column}`)
    }
    this.extra += [...told].filter(column => !asked.has(column)).length
    return missing
  }

  /** For an alias of an expression the engine at times names another database than the table's. */
  private schemaOf(relation: string, database: string | null): string | undefined {
    // Opening a table-valued function shows as a change of the schema's own table.
    if (relation.startsWith('sqlite_')) return undefined
    const schemas = this.relations.get(relation.toLowerCase()) ?? []
    return schemas.find(schema => schema === database) ?? schemas[0]
  }

  private isTrigger(inside: string | null): boolean {
    return inside !== null && !this.views.has(inside.toLowerCase())
  }
}

function toldColumns(facts: AnalyzedFacts): ReadonlySet<string> {
  const columns = [
    ...facts.columns.map(({ column }) => column),
    ...facts.output.flatMap(({ lineage }) => ('sources' in lineage ? lineage.sources : [])),
    ...facts.flows.map(({ from }) => from),
  ]
  return new Set(
    columns.map(({ schema, relation, column }) => `${schema}.${relation}.${column}`.toLowerCase()),
  )
}
