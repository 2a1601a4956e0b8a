import { spawnSync } from 'node:child_process'
import { openArena, SCHEMA } from './kit.js'
import { randomStatements } from './random-sql.js'
const seed = Number(process.argv[2] ?? 1), count = Number(process.argv[3] ?? 2000)
const next = randomStatements(seed)
const statements = Array.from({ length: count }, next)
const run = spawnSync('python3', [new URL('./authorizer.py', import.meta.url).pathname], { input: JSON.stringify({ schema: SCHEMA, statements }), maxBuffer: 1 << 30, encoding: 'utf8' })
if (run.status !== 0) console.log(run.stderr)
const answers = run.stdout.trim().split('\n').map(l => JSON.parse(l))
const errs = new Map<string, number>()
for (const a of answers) if (a.error) errs.set(a.error.replace(/t\d+|w\d+|[cou]\d+/g, 'T'), (errs.get(a.error.replace(/t\d+|w\d+|[cou]\d+/g, 'T')) ?? 0) + 1)
console.log('engine accepts', answers.filter(a => !a.error).length, 'of', count, [...errs].sort((a, b) => b[1] - a[1]).slice(0, 12))
const arena = await openArena()
const refused = new Map<string, number>(); const first = new Map<string, string>()
let analyzed = 0, extra = 0, missing = 0
for (let i = 0; i < count; i++) {
  const a = answers[i]; if (a.error) continue
  const sql = statements[i]!
  const f = arena.factsOf(sql)
  if (!f.analyzable) { const k = f.code + ' ' + f.reason.replace(/"[^"]*"/g, '""'); refused.set(k, (refused.get(k) ?? 0) + 1); if (!first.has(k) || first.get(k)!.length > sql.length) first.set(k, sql); continue }
  analyzed++
  const cols = new Set<string>()
  for (const u of f.columns) cols.add(`${u.column.schema}.${u.column.relation}.${u.column.column}`.toLowerCase())
  for (const o of f.output) if ('sources' in o.lineage) for (const c of o.lineage.sources) cols.add(`${c.schema}.${c.relation}.${c.column}`.toLowerCase())
  for (const c of f.flows) cols.add(`${c.from.schema}.${c.from.relation}.${c.from.column}`.toLowerCase())
  const rels = new Set(f.relations.map(r => `${r.schema}.${r.relation}`.toLowerCase()))
  const views = new Set(['card_view','tail_view','paid','every_number','scratch_view'])
  for (const [act, one, two, db, inside] of a.actions) {
    if (act === 'function') continue
    if (one.startsWith('sqlite_')) continue
    if (inside && !views.has(inside)) continue
    const r = `${db}.${one}`.toLowerCase()
    if (!db) continue
    if (!rels.has(r)) { missing++; if (missing < 10) console.log('MISSING REL', act, r, inside, '\n   ', sql) ; continue }
    if (act === 'read' && two && !inside && !views.has(one) && two !== 'ROWID') { const c = `${r}.${two}`.toLowerCase(); if (!cols.has(c)) { missing++; if (missing < 10) console.log('MISSING COL', c, '\n   ', sql) } }
    if (act === 'update') { const c = `${r}.${two}`.toLowerCase(); if (!cols.has(c)) { missing++; if (missing < 10) console.log('MISSING UPD', c, '\n   ', sql) } }
  }
  if (a.names && !f.output.some(o => o.lineage.kind === 'unknown')) { const mine = f.output.map(o => o.name); if (JSON.stringify(mine) !== JSON.stringify(a.names)) { missing++; if (missing < 10) console.log('NAMES', mine, a.names, '\n   ', sql) } }
}
console.log({ analyzed, missing, refused: [...refused].map(([k, v]) => [v, k, first.get(k)]) })
