/**
 * The analyser beside a real PostgreSQL: what the server can prepare is not called a syntax error, and the
 * columns that it would return have the names and origins that analysis told.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import pg from 'pg'
import type { ColumnRef } from '../../src/model/catalog.js'
import type { AnalyzedFacts, Facts } from '../../src/model/facts.js'
import { type Database, describePostgres, postgres } from '../support/databases.js'
import { type FactsOf, loadFacts } from './kit.js'
import { type Described, describeStatement } from './postgres/server.js'

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')
const statements = ['benign', 'adversarial'].flatMap(name =>
  read(`./corpus/${name}.jsonl`)
    .trim()
    .split('\n')
    .map(line => String(JSON.parse(line).sql)),
)

describePostgres('the analyser beside the server', () => {
  let database: Database
  let client: pg.Client
  let factsOf: FactsOf
  /** `tableID.columnID` → the column, for tables; views stop at themselves and are left out. */
  const columns = new Map<string, string>()
  const views = new Set<number>()

  beforeAll(async () => {
    database = await postgres.database()
    client = new pg.Client(database.url)
    await client.connect()
    await client.query(read('./schema.sql'))
    const { rows } = await client.query(
      `select a.attrelid as id, a.attnum as number, c.relkind as kind, n.nspname || '.' || c.relname || '.' || a.attname as name
       from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace`,
    )
    for (const row of rows) {
      if (row.kind === 'v') views.add(row.id)
      else columns.set(`${row.id}.${row.number}`, row.name)
    }
    factsOf = await loadFacts()
  })

  afterAll(async () => {
    await client.end()
    await database.drop()
  })

  const describeOnServer = (sql: string): Promise<Described> => describeStatement(client, sql)

  function originsOf(facts: AnalyzedFacts, at: number): readonly string[] {
    const lineage = facts.output[at]?.lineage
    const sources: readonly ColumnRef[] = lineage !== undefined && 'sources' in lineage ? lineage.sources : []
    return sources.map(source => `${source.schema}.${source.relation}.${source.column}`)
  }

  /** Compares where both have something to say; returns the number of origins that were compared. */
  function compare(sql: string, facts: AnalyzedFacts, described: Described): number {
    const isKnown = facts.output.every(column => column.lineage.kind !== 'unknown')
    if (!isKnown || facts.kind === 'export' || facts.kind === 'explain') return 0
    const names = facts.output.map(column => column.name)
    if (facts.kind !== 'session')
      expect({ sql, names }).toEqual({ sql, names: described.fields.map(field => field.name) })
    let compared = 0
    described.fields.forEach(({ tableID, columnID }, at) => {
      if (tableID === 0 || views.has(tableID) || columnID < 0) return
      const origin = columnID === 0 ? undefined : columns.get(`${tableID}.${columnID}`)
      expect({ sql, at, kind: facts.output[at]?.lineage.kind }).toEqual({
        sql,
        at,
        kind: expect.stringMatching(/direct|derived/),
      })
      if (origin === undefined) return
      expect({ sql, origins: originsOf(facts, at) }).toEqual({
        sql,
        origins: expect.arrayContaining([origin]),
      })
      compared += 1
    })
    return compared
  }

  const isSyntax = (facts: Facts): boolean =>
    !facts.analyzable && ['syntax', 'empty', 'multiple_statements'].includes(facts.code)

  test('the corpus: what the server prepares is understood alike', async () => {
    let prepared = 0
    let compared = 0
    for (const sql of statements) {
      const facts = factsOf(sql)
      const described = await describeOnServer(sql)
      if (described.error !== undefined) continue
      prepared += 1
      expect({ sql, isSyntax: isSyntax(facts) }).toEqual({ sql, isSyntax: false })
      if (facts.analyzable) compared += compare(sql, facts, described)
    }
    expect(prepared).toBeGreaterThan(180)
    expect(compared).toBeGreaterThan(100)
  })

  test('the ordinary statements are all prepared by the server', async () => {
    const refused: string[] = []
    const version = Number((await client.query('show server_version_num')).rows[0].server_version_num)
    for (const line of read('./corpus/benign.jsonl').trim().split('\n')) {
      const { sql, since } = JSON.parse(line)
      if (since !== undefined && version < since * 10_000) continue
      const { error } = await describeOnServer(sql)
      if (error !== undefined) refused.push(`${error} ${sql}`)
    }
    expect(refused).toEqual([])
  })

  test('mutated statements: no false syntax errors, and the same columns', async () => {
    // The hand-made catalog holds only some columns of the engine's own relations.
    const pool = statements.filter(
      sql => /^(select|with|values|table|insert|update|delete)/i.test(sql) && !/pg_/.test(sql),
    )
    const tokens = [...new Set(pool.flatMap(sql => sql.match(/\w+|[^\w\s]/g) ?? []))]
    const mutation = fc.tuple(
      fc.constantFrom(...pool),
      fc.array(fc.tuple(fc.nat(), fc.nat(2), fc.constantFrom(...tokens)), { minLength: 1, maxLength: 1 }),
    )
    const mutants = fc.sample(mutation, { numRuns: 4000, seed: 20260811 }).map(([sql, edits]) => {
      const parts = sql.match(/\w+|\s+|[^\w\s]/g) ?? []
      for (const [place, kind, token] of edits) {
        const at = place % parts.length
        if (kind === 0) parts.splice(at, 1)
        else if (kind === 1) parts.splice(at, 0, ` ${token} `)
        else parts[at] = token
      }
      return parts.join('')
    })
    let accepted = 0
    let compared = 0
    const falselyRefused: string[] = []
    for (const sql of mutants) {
      const facts = factsOf(sql)
      const described = await describeOnServer(sql)
      if (described.error !== undefined) continue
      accepted += 1
      if (facts.analyzable) compared += compare(sql, facts, described)
      else falselyRefused.push(`${facts.code}: ${sql}`)
    }
    expect(accepted).toBeGreaterThan(300)
    expect(compared).toBeGreaterThan(200)
    expect(falselyRefused.filter(line => /^(syntax|empty|multiple|parser_failure)/.test(line))).toEqual([])
    expect(falselyRefused.length / accepted).toBeLessThan(0.1)
  })
})
