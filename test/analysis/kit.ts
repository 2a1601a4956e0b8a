/** A hand-made catalog with labels, and facts in words, for the tests of stage 2. */
import { loadAnalyzer } from '../../src/analysis/analyze.js'
import type { Analyzer } from '../../src/analysis/analyzer.js'
import { postgresTemplate } from '../../src/analysis/dialects/postgres/template.js'
import type { Catalog, CatalogRelation, CatalogRoutine, Label } from '../../src/model/catalog.js'
import type { Dialect } from '../../src/model/dialect.js'
import type { Facts } from '../../src/model/facts.js'
import type { Identified } from '../../src/model/progress.js'

const LABELS: Readonly<Record<string, readonly Label[]>> = {
  'cards.pan': ['pan'],
  'cards.cvv': ['sad'],
  'customers.ssn': ['ssn'],
  'customers.email': ['email'],
  'tokens.pan': ['pan'],
}

/** `name type` or `name type!` for a column that is never null. */
export function relation(
  name: string,
  columns: readonly string[],
  more: Partial<CatalogRelation> = {},
): CatalogRelation {
  return {
    schema: 'public',
    name,
    kind: 'table',
    keys: [['id']],
    hasTriggersOrRules: false,
    system: false,
    columns: columns.map(column => {
      const [id = '', type = 'text'] = column.replace('!', '').split(' ')
      return { name: id, type, nullable: !column.endsWith('!'), labels: LABELS[`${name}.${id}`] ?? [] }
    }),
    ...more,
  }
}

function view(name: string, columns: readonly string[], definition: string): CatalogRelation {
  return relation(name, columns, { kind: 'view', keys: [], definition })
}

export const relations: readonly CatalogRelation[] = [
  relation('customers', ['id int4!', 'name text!', 'email text', 'ssn text']),
  relation('cards', [
    'id int4!',
    'customer_id int4!',
    'pan text!',
    'exp_month int4',
    'exp_year int4',
    'cvv text',
    'brand text',
  ]),
  relation('payments', ['id int4!', 'card_id int4!', 'amount numeric', 'status text', 'note text']),
  relation('tokens', ['token uuid!', 'pan text!'], { keys: [['token']] }),
  relation('seats', ['row int4!', 'seat int4!', 'holder text'], { keys: [['row', 'seat']] }),
  relation('events', ['id int8!', 'at timestamptz!', 'kind text!', 'body jsonb', 'tags text[]']),
  view(
    'card_view',
    ['id int4', 'number text', 'brand text'],
    'SELECT cards.id, cards.pan AS number, cards.brand FROM cards;',
  ),
  view('card_tail', ['id int4', 'tail text'], 'SELECT v.id, "right"(v.number, 4) AS tail FROM card_view v;'),
  view('loop', ['id int4'], 'SELECT loop.id FROM loop;'),
  view('broken', ['id int4'], 'SELECT nothing'),
  relation('hidden', ['id int4'], { kind: 'view', keys: [] }),
  relation('archive', ['id int4', 'pan text'], { schema: 'vault', keys: [] }),
  relation('pg_class', ['oid oid!', 'relname name!'], {
    schema: 'pg_catalog',
    keys: [['oid']],
    system: true,
  }),
  relation('pg_stats', ['tablename name', 'most_common_vals anyarray'], {
    schema: 'pg_catalog',
    kind: 'view',
    keys: [],
    system: true,
  }),
]

export const catalog: Catalog = {
  dialect: 'postgres',
  version: 'v1',
  searchPath: ['public'],
  relations,
  routines: [],
}

export function withRoutines(version: string, routines: readonly Partial<CatalogRoutine>[]): Catalog {
  return {
    ...catalog,
    version,
    routines: routines.map(routine => ({
      schema: 'public',
      name: 'f',
      kind: 'function',
      volatility: 'volatile',
      ...routine,
    })),
  }
}

export type FactsOf = (statement: string, from?: Catalog, dialect?: Dialect) => Facts

export function factsWith(analyzer: Analyzer): FactsOf {
  return (statement, from = catalog, dialect = 'postgres') => {
    // Stage 1 alone mints this brand; the analyser reads these three only.
    const identified = { submission: { statement, dialect, bindings: [] } } as unknown as Identified
    return analyzer.analyze(identified, from).facts
  }
}

export async function loadFacts(): Promise<FactsOf> {
  return factsWith(await loadAnalyzer())
}

/** What the template of a text takes out of it. */
export function literalsOf(sql: string): readonly { readonly at: number; readonly text: string }[] {
  const { places = [] } = postgresTemplate(sql) ?? {}
  return places.flatMap((at, index) =>
    index % 2 === 0 ? [{ at, text: sql.slice(at, places[index + 1]) }] : [],
  )
}

/** `name kind source,source` for each output column. */
export function outputs(facts: Facts): readonly string[] {
  if (!facts.analyzable) return [`unanalyzable ${facts.code}`]
  return facts.output.map(({ name, lineage }) => {
    const sources =
      'sources' in lineage ? lineage.sources.map(source => `${source.relation}.${source.column}`) : []
    return `${name} ${lineage.kind} ${sources.join(',')}`.trimEnd()
  })
}

/** `relation.column use comparison`, sorted. */
export function uses(facts: Facts): readonly string[] {
  if (!facts.analyzable) return [`unanalyzable ${facts.code}`]
  return facts.columns
    .map(({ column, use, comparison }) =>
      `${column.relation}.${column.column} ${use} ${comparison ?? ''}`.trimEnd(),
    )
    .sort()
}

/** `kind verb target scope maxRows`. */
export function effects(facts: Facts): readonly string[] {
  if (!facts.analyzable) return [`unanalyzable ${facts.code}`]
  return facts.effects.map(({ kind, verb, target, scope, maxRows }) =>
    [kind, verb === kind ? undefined : verb, target?.relation, scope, maxRows]
      .filter(part => part !== undefined)
      .join(' '),
  )
}

export function functions(facts: Facts): readonly string[] {
  if (!facts.analyzable) return [`unanalyzable ${facts.code}`]
  return facts.functions.map(({ name, standing }) => `${name} ${standing}`)
}

export function flows(facts: Facts): readonly string[] {
  if (!facts.analyzable) return [`unanalyzable ${facts.code}`]
  return facts.flows.map(
    ({ from, to, labels }) => `${from.relation}.${from.column} to ${to} ${labels.join(',')}`,
  )
}

/** Everything worth asserting about a statement, one phrase each. */
export function phrases(facts: Facts): readonly string[] {
  if (!facts.analyzable) return [`unanalyzable ${facts.code}`]
  return [
    ...effects(facts).map(effect => `effect ${effect}`),
    ...uses(facts).map(use => `use ${use}`),
    ...functions(facts).map(use => `function ${use}`),
    ...flows(facts).map(flow => `flow ${flow}`),
    ...facts.locks.map(lock => `lock ${lock}`),
    ...facts.relations.filter(use => use.system).map(use => `system ${use.schema}.${use.relation}`),
    ...facts.relations.map(use => `${use.access} ${use.relation}`),
    ...facts.output.flatMap(({ lineage }) =>
      'sources' in lineage
        ? lineage.sources.map(source => `${lineage.kind} ${source.relation}.${source.column}`)
        : [`output ${lineage.kind}`],
    ),
  ]
}
