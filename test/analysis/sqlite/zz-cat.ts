import Database from 'better-sqlite3'
import { sqliteCatalog } from '../../../src/catalog/sqlite.js'
import { readFileSync } from 'node:fs'
const d = new Database(':memory:')
const setup = readFileSync('/tmp/c-cat.cjs','utf8').match(/d\.exec\(`([\s\S]*?)`\)/)![1]!
d.exec(setup); d.exec('create table gone(a); create view broken as select a from gone; drop table gone')
const s = sqliteCatalog({ query: async (sql, p) => d.prepare(sql).all(...p) as any, labels: [{column:'cards.pan',label:'pan'}], clock: { now: Date.now, monotonic: () => performance.now() } as any })
const t = performance.now(); const c = await s.current(); console.log(performance.now()-t)
for (const r of c.relations) console.log(r.schema, r.name, r.kind, r.system ? 'SYS':'', r.hasTriggersOrRules?'TRG':'', r.rowNumber??'', JSON.stringify(r.keys), JSON.stringify(r.parents??''), r.definition ?? '', '\n    ', r.columns.map(x => `${x.name}:${x.type}${x.nullable?'':'!'}${x.hidden?'(h)':''}${x.generatedFrom?'<-'+x.generatedFrom:''} ${x.labels}`).join(', '))
console.log(c.searchPath, c.foldsNames)
const t2 = performance.now(); await s.revalidate(); console.log(performance.now()-t2)
