/** Cardea's own tables stay out of reach of a policy that allows everything, schema changes included. */
import { beforeAll, expect, test } from '@jest/globals'
import { loadAnalyzer } from '../../src/analysis/analyze.js'
import type { Analyzer } from '../../src/analysis/analyzer.js'
import type { Catalog, CatalogRelation } from '../../src/model/catalog.js'
import type { Dialect } from '../../src/model/dialect.js'
import type { Identified } from '../../src/model/progress.js'
import { definePolicy } from '../../src/policy/define-policy.js'
import { policyEngine } from '../../src/policy/engine.js'
import { input } from './facts.js'

const everything = policyEngine(definePolicy({ version: 1, rules: [{ id: 'all', effect: 'allow' }] }))

function table(name: string, more: Partial<CatalogRelation> = {}): CatalogRelation {
  const columns = ['id', 'state'].map(column => ({ name: column, type: 'text', nullable: true, labels: [] }))
  const own = { schema: 'public', name, kind: 'table' as const, columns, keys: [['id']] }
  return { ...own, hasTriggersOrRules: false, system: false, ...more }
}

/** SQLite keeps the whole statement. */
const VIEW: Readonly<Record<Dialect, string>> = { postgres: '', mysql: '', sqlite: 'create view seen as ' }

const catalogOf = (dialect: Dialect): Catalog => ({
  dialect,
  version: 'v1',
  searchPath: ['public'],
  relations: [
    table('t'),
    table('cardea_approvals'),
    table('cardea_tokens', { schema: 'elsewhere' }),
    table('seen', {
      kind: 'view',
      keys: [],
      definition: `${VIEW[dialect]}select id, state from cardea_approvals`,
    }),
  ],
  routines: [],
  ...(dialect === 'sqlite' ? { foldsNames: true } : {}),
})

let analyzer: Analyzer
beforeAll(async () => {
  analyzer = await loadAnalyzer()
})

const EVERYWHERE = [
  'select id from cardea_approvals',
  'select id from seen',
  'select id from elsewhere.cardea_tokens',
  'select 1 from t where exists (select 1 from cardea_approvals)',
  "insert into cardea_approvals (id, state) values ('1', 'approved')",
  "update cardea_approvals set state = 'approved' where id = '1'",
  'delete from cardea_approvals',
  'explain select id from cardea_approvals',
  'create table copied as select id from cardea_approvals',
  'drop table cardea_approvals',
  'alter table cardea_approvals rename to approvals',
]
const BESIDES: Readonly<Record<Dialect, readonly string[]>> = {
  postgres: [
    'select 1 from "cardea_approvals"',
    'select 1 from Cardea_Approvals',
    'table cardea_approvals',
    'truncate cardea_approvals',
    'lock table cardea_approvals',
    'copy cardea_approvals to stdout',
    'copy cardea_approvals from stdin',
    'copy (select state from cardea_approvals) to stdout',
    'merge into cardea_approvals c using t on t.id = c.id when matched then delete',
    'with w as (delete from cardea_approvals returning id) select id from w',
    'declare c cursor for select id from cardea_approvals',
    'prepare p as select id from cardea_approvals',
    'create index i on cardea_approvals (state)',
    'vacuum cardea_approvals',
  ],
  mysql: [
    'select 1 from `cardea_approvals`',
    'truncate cardea_approvals',
    "replace into cardea_approvals (id, state) values ('1', 'approved')",
    'delete c from cardea_approvals c join t on t.id = c.id',
    "update t join cardea_approvals c on c.id = t.id set c.state = 'approved'",
    'rename table cardea_approvals to approvals',
    'create table copied like cardea_approvals',
    'show create table cardea_approvals',
    'optimize table cardea_approvals',
  ],
  sqlite: [
    'select 1 from [CARDEA_approvals]',
    'select 1 from "cardea_approvals"',
    "replace into cardea_approvals (id, state) values ('1', 'approved')",
    'create index i on cardea_approvals (state)',
    'pragma table_info(cardea_approvals)',
  ],
}

const cases = (['postgres', 'mysql', 'sqlite'] as const).flatMap(dialect =>
  [...EVERYWHERE, ...BESIDES[dialect]].map(statement => [dialect, statement] as const),
)

const verdictOf = (dialect: Dialect, statement: string) => {
  const submission = { statement, dialect, bindings: [] }
  const { facts } = analyzer.analyze({ submission } as unknown as Identified, catalogOf(dialect))
  return { understood: facts.analyzable, verdict: everything.evaluate(input(facts)) }
}

test.each(cases)('%s: %s', (dialect, statement) => {
  expect(verdictOf(dialect, statement)).toMatchObject({
    understood: true,
    verdict: { effect: 'deny', rule: 'pci/cardea-store' },
  })
})

test.each(['postgres', 'mysql', 'sqlite'] as const)('%s: everything else runs', dialect => {
  expect(verdictOf(dialect, 'delete from t').verdict).toMatchObject({ effect: 'allow' })
  expect(verdictOf(dialect, 'select cardea_approvals.id from t as cardea_approvals').verdict).toMatchObject({
    effect: 'allow',
  })
})
