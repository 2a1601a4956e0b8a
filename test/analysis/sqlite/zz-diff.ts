import { askAuthorizer, Comparer } from './authorizer.js'
import { openArena, SCHEMA } from './kit.js'
import { randomStatements } from './random-sql.js'

const seed = Number(process.argv[2] ?? 1),
  count = Number(process.argv[3] ?? 2000)
const next = randomStatements(seed)
const statements = Array.from({ length: count }, next)
const answers = askAuthorizer(SCHEMA, statements)
const arena = await openArena()
const cmp = new Comparer(arena.catalog)
const refused = new Map<string, number>()
const first = new Map<string, string>()
let analyzed = 0,
  missing = 0,
  accepted = 0
for (let i = 0; i < count; i++) {
  const a = answers[i]!
  if (a.error) continue
  accepted++
  const sql = statements[i]!
  const f = arena.factsOf(sql)
  if (!f.analyzable) {
    const k = f.code + ' ' + f.reason
    refused.set(k, (refused.get(k) ?? 0) + 1)
    if (!first.has(k) || first.get(k)!.length > sql.length) first.set(k, sql)
    continue
  }
  analyzed++
  const m = cmp.missing(a, f)
  if (m.length) {
    missing++
    if (missing < 8) console.log(m.join('; '), '\n   ', sql)
  }
  if (a.names && !f.output.some(o => o.lineage.kind === 'unknown')) {
    const mine = f.output.map(o => o.name)
    if (JSON.stringify(mine) !== JSON.stringify(a.names)) {
      missing++
      if (missing < 10) console.log('NAMES', mine, a.names, '\n   ', sql)
    }
  }
}
console.log({
  accepted,
  analyzed,
  missing,
  extra: cmp.extra,
  refused: [...refused]
    .map(([k, v]) => [v, k, first.get(k)!])
    .sort((a, b) => +b[0]! - +a[0]!)
    .slice(0, 8),
})
