/**
 * The facts beside PostgreSQL's own account: a view over a statement records in `pg_depend` every column
 * that the statement names, however it is reached. What the server records must show in the facts.
 *
 * CARDEA_STATEMENTS: how many random statements to try. CARDEA_SEED: which ones.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type pg from 'pg'
import type { Catalog } from '../../../src/model/catalog.js'
import type { AnalyzedFacts } from '../../../src/model/facts.js'
import { type Database, describePostgres, postgres } from '../../support/databases.js'
import { type FactsOf, loadFacts } from '../kit.js'
import { randomSelects } from './random-select.js'
import type { Kind, Relation } from './random-values.js'
import { connected, type Dependencies, dependenciesOf, describeStatement, liveCatalogOf } from './server.js'

const COUNT = Number(process.env['CARDEA_STATEMENTS'] ?? 1500)
const SEED = Number(process.env['CARDEA_SEED'] ?? 20260811)
const KINDS: Readonly<Record<string, Kind>> = { integer: 'int', text: 'text', boolean: 'bool' }

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')

/** Every column that the facts speak of, whatever for. */
function columnsIn(facts: AnalyzedFacts): ReadonlySet<string> {
  const shown = facts.output.flatMap(({ lineage }) => ('sources' in lineage ? lineage.sources : []))
  const columns = [...facts.columns.map(use => use.column), ...shown]
  return new Set(columns.map(({ relation, column }) => `${relation}.${column}`))
}

function missingFrom(facts: AnalyzedFacts, { columns, relations }: Dependencies): readonly string[] {
  const known = columnsIn(facts)
  const named = new Set(facts.relations.map(({ relation }) => relation))
  return [
    ...columns.filter(column => !known.has(column)),
    ...relations.filter(relation => !named.has(relation)),
  ]
}

describePostgres('the facts beside pg_depend', () => {
  let database: Database
  let client: pg.Client
  let catalog: Catalog
  let factsOf: FactsOf
  const tables = new Map<number, string>()

  beforeAll(async () => {
    database = await postgres.database()
    client = await connected(database.url, read('./schema.sql'))
    catalog = await liveCatalogOf(client)
    factsOf = await loadFacts()
    for (const { id, name, kind } of catalog.relations)
      if (id !== undefined && kind === 'table') tables.set(id, name)
  })

  afterAll(async () => {
    await client.end()
    await database.drop()
  })

  /** Names as the server reports them, and for an unchanged column its origin among the sources. */
  async function compareOutput(sql: string, facts: AnalyzedFacts): Promise<void> {
    const { fields } = await describeStatement(client, sql)
    expect({ sql, names: facts.output.map(({ name }) => name) }).toEqual({
      sql,
      names: fields.map(({ name }) => name),
    })
    fields.forEach(({ tableID, columnID }, at) => {
      const relation = catalog.relations.find(({ id }) => id === tableID)
      const column = relation?.columns[columnID - 1]
      if (relation === undefined || column === undefined || !tables.has(tableID)) return
      const lineage = facts.output[at]?.lineage
      const sources = lineage !== undefined && 'sources' in lineage ? lineage.sources : []
      const origins = sources.map(source => `${source.relation}.${source.column}`)
      expect({ sql, at, origins }).toEqual({
        sql,
        at,
        origins: expect.arrayContaining([`${relation.name}.${column.name}`]),
      })
    })
  }

  test(`${COUNT} random statements: no column is passed over`, async () => {
    const relations: readonly Relation[] = catalog.relations
      .filter(relation => !relation.system)
      .map(({ name, columns }) => ({
        name,
        columns: columns.map(column => ({ name: column.name, kind: KINDS[column.type] ?? 'text' })),
      }))
    const next = randomSelects(SEED, relations)
    const refused: string[] = []
    let accepted = 0
    let unknown = 0
    for (let at = 0; at < COUNT; at += 1) {
      const { sql, columns } = next()
      const dependencies = await dependenciesOf(client, sql, columns.length)
      if (typeof dependencies === 'string') {
        // An ambiguous or invisible name: the generator takes chances with those.
        expect({ sql, code: dependencies }).toEqual({ sql, code: expect.stringMatching(/^42/) })
        continue
      }
      accepted += 1
      const facts = factsOf(sql, catalog)
      if (!facts.analyzable) refused.push(`${facts.reason} ${sql}`)
      else if (facts.output.some(({ lineage }) => lineage.kind === 'unknown')) unknown += 1
      else {
        expect({ sql, missing: missingFrom(facts, dependencies) }).toEqual({ sql, missing: [] })
        await compareOutput(sql, facts)
      }
    }
    expect(refused).toEqual([])
    expect(accepted).toBeGreaterThan(COUNT / 2)
    expect(unknown).toBeLessThan(COUNT / 100)
  }, 600_000)
})
