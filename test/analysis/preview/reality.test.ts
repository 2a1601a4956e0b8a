/** What a preview says is what the write then does: random writes, previewed, run and looked at, on real databases. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { loadAnalyzer } from '../../../src/analysis/analyze.js'
import type { Analyzer } from '../../../src/analysis/analyzer.js'
import { type PreviewPlan, previewOf, SAMPLES } from '../../../src/analysis/preview/preview.js'
import { readPreview } from '../../../src/analysis/preview/read-preview.js'
import type { Catalog } from '../../../src/model/catalog.js'
import type { Facts } from '../../../src/model/facts.js'
import type { Preview } from '../../../src/model/grant.js'
import type { Identified } from '../../../src/model/progress.js'
import { definePolicy } from '../../../src/policy/define-policy.js'
import { policyEngine } from '../../../src/policy/engine.js'
import { describeMariadb, describePostgres } from '../../support/databases.js'
import { type Engine, mariadbEngine, postgresEngine, sqliteEngine } from './engines.js'
import { type RandomWrite, WriteMaker } from './writes.js'

const RUNS = 150
const principal = { subject: 'alice', issuer: 'test' }
const policy = policyEngine(
  definePolicy({ version: 1, extends: 'pci-baseline', labels: [{ column: '*.secret', label: 'ssn' }] }),
)

const WHOLE = new Set(['id', 'qty', 'odd, "name'])

type Rows = ReadonlyMap<string, Readonly<Record<string, string>>>

describePostgres('previews on PostgreSQL', () => compare(postgresEngine))
describeMariadb('previews on MariaDB', () => compare(mariadbEngine))
describe('previews on SQLite', () => compare(sqliteEngine))

function compare(open: () => Promise<Engine>): void {
  let engine: Engine
  let analyzer: Analyzer
  let catalog: Catalog
  beforeAll(async () => {
    engine = await open()
    analyzer = await loadAnalyzer()
    catalog = await engine.catalog()
  })
  afterAll(() => engine.close())

  const analyze = (statement: string, bindings: readonly unknown[]): Facts =>
    analyzer.analyze(
      { submission: { statement, bindings, dialect: engine.dialect }, principal } as unknown as Identified,
      catalog,
    ).facts

  const allows = (facts: Facts) => {
    const input = {
      facts,
      principal,
      dataSource: { id: 'd', environment: 'test' },
      session: 's',
      issuer: 'caller' as const,
      now: 0,
    }
    const verdict = policy.evaluate(input)
    return !(verdict instanceof Promise) && verdict.effect === 'allow'
  }

  /** Null where the preview's read does not run or is not allowed: then there is none. */
  async function previewed(plan: PreviewPlan, { bindings }: RandomWrite): Promise<Preview | null> {
    const given = plan.bindings.map(at => bindings[at])
    const facts = analyze(plan.statement, given)
    expect(facts).toMatchObject({ analyzable: true, readOnly: true, kind: 'select' })
    if (!allows(facts)) return null
    const answer = await engine.run(plan.statement, given).catch(() => null)
    if (answer === null) return null
    const preview = readPreview(plan, answer.fields, answer.rows)
    expect(preview).not.toBeNull()
    return preview
  }

  async function table(): Promise<Rows> {
    const names =
      catalog.relations.find(each => each.name === 'things')?.columns.map(({ name }) => name) ?? []
    const list = names.map(name => `${engine.text(quoted(name))} as ${quoted(name)}`).join(', ')
    const { rows } = await engine.run(`select ${list} from things`)
    return new Map(
      rows.map(row => {
        const texts = Object.entries(row).map(([name, value]) => [
          name,
          value === null ? 'NULL' : String(value),
        ])
        return [String('id' in row ? row['id'] : ''), Object.fromEntries(texts)]
      }),
    )
  }

  const quoted = (name: string) =>
    engine.dialect === 'mysql' ? `\`${name}\`` : `"${name.replaceAll('"', '""')}"`

  /** What a column keeps of a value that a preview shows: the same, but for a scale that the column has. */
  async function stored(column: string, value: string): Promise<string> {
    const isRounded = column === 'amount' || (engine.dialect === 'mysql' && WHOLE.has(column))
    if (value === 'NULL' || !isRounded) return value
    await engine.run('delete from scratch')
    const parameter = engine.dialect === 'postgres' ? `$1` : '?'
    await engine.run(`insert into scratch (${quoted(column)}) values (${parameter})`, [value])
    const { rows } = await engine.run(`select ${engine.text(quoted(column))} as kept from scratch`)
    return String((rows[0] as Record<string, unknown>)['kept'])
  }

  /** Undefined where the engine does not take the write. */
  async function reality(
    write: RandomWrite,
  ): Promise<{ before: Rows; after: Rows; affected: number } | undefined> {
    const before = await table()
    await engine.run('begin')
    try {
      const { affected } = await engine.run(write.sql, write.bindings)
      return { before, after: await table(), affected }
    } catch {
      return undefined
    } finally {
      await engine.run('rollback')
    }
  }

  async function check(write: RandomWrite, plan: PreviewPlan, preview: Preview): Promise<boolean> {
    const real = await reality(write)
    if (real === undefined) return false
    const { before, after } = real
    expect(preview.rows).toBe(real.affected)
    expect(preview.samples).toHaveLength(Math.min(preview.rows, SAMPLES))
    const key = plan.columns.indexOf('id')
    const isDelete = after.size < before.size
    if (isDelete) expect(preview.rows).toBe(before.size - after.size)
    const changed = [...before.keys()].filter(
      id => JSON.stringify(before.get(id)) !== JSON.stringify(after.get(id)),
    )
    expect(changed.length).toBeLessThanOrEqual(preview.rows)
    const shown = preview.samples.map(sample => sample.before[key])
    if (preview.rows <= SAMPLES) for (const id of changed) expect(shown).toContain(id)
    for (const sample of preview.samples) {
      const id = sample.before[key] ?? ''
      for (const [at, column] of plan.columns.entries()) {
        expect([column, sample.before[at]]).toEqual([column, before.get(id)?.[column]])
        if (isDelete) continue
        expect([column, await stored(column, sample.after[at] ?? '')]).toEqual([
          column,
          after.get(id)?.[column],
        ])
      }
      if (isDelete) expect([sample.after, after.has(id)]).toEqual([[], false])
    }
    return true
  }

  test('show what the write then does', async () => {
    let compared = 0
    let understood = 0
    await fc.assert(
      fc.asyncProperty(fc.nat(), async seed => {
        const write = new WriteMaker(seed, engine.dialect).make()
        const facts = analyze(write.sql, write.bindings)
        if (!facts.analyzable) return
        understood += 1
        const plan = previewOf(write.sql, facts, catalog)
        if (plan === null) return
        expect(plan.columns).not.toContain('secret')
        const preview = await previewed(plan, write)
        if (preview !== null && (await check(write, plan, preview))) compared += 1
      }),
      { numRuns: RUNS },
    )
    // A generator that makes nothing but refused statements would show nothing.
    expect(understood).toBeGreaterThan(RUNS * 0.7)
    expect(compared).toBeGreaterThan(RUNS * 0.6)
  }, 300_000)
}
