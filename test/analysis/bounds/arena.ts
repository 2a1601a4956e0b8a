/** Catalogs made to be hard to resolve, one per dialect, and facts of statements against them. */
import type { Analyzer } from '../../../src/analysis/analyzer.js'
import type { Catalog, CatalogRelation } from '../../../src/model/catalog.js'
import type { Dialect } from '../../../src/model/dialect.js'
import type { Facts } from '../../../src/model/facts.js'
import type { Identified } from '../../../src/model/progress.js'
import { relation } from '../kit.js'

/** Where unqualified names are looked up. */
const SCHEMA: Readonly<Record<Dialect, string>> = { postgres: 'public', mysql: 'shop', sqlite: 'main' }

/** Columns of `wide` and `wider`: as many as PostgreSQL lets a table have. */
export const WIDTH = 1600
/** Each of the chained views stands on the one before. */
const CHAIN = 60

export function arena(dialect: Dialect): Catalog {
  const schema = SCHEMA[dialect]
  const integer = { postgres: 'int4', mysql: 'int', sqlite: 'INTEGER' }[dialect]
  const text = { postgres: 'text', mysql: 'text', sqlite: 'TEXT' }[dialect]
  const table = (name: string, columns: readonly string[]): CatalogRelation =>
    relation(name, columns, { schema })
  const view = (name: string, columns: readonly string[], definition: string): CatalogRelation =>
    relation(name, columns, { schema, kind: 'view', keys: [], definition })
  const widely = Array.from({ length: WIDTH }, (_, at) => `c${at} ${integer}`)
  const chained = (at: number): CatalogRelation[] => [
    view(`v${at}`, [`id ${integer}`], `select id from ${at === 0 ? 'payments' : `v${at - 1}`}`),
    // Twice the work of the one before, were each use resolved anew.
    view(
      `d${at}`,
      [`id ${integer}`],
      at === 0 ? 'select id from payments' : `select a.id from d${at - 1} a join d${at - 1} b on a.id = b.id`,
    ),
    // Twice the columns' origins of the one before.
    view(
      `e${at}`,
      [`a ${integer}`, `b ${integer}`],
      at === 0
        ? 'select id as a, card_id as b from payments'
        : `select a + b as a, a - b as b from e${at - 1}`,
    ),
  ]
  return {
    dialect,
    version: 'arena',
    searchPath: [schema],
    routines: [],
    relations: [
      table('customers', [`id ${integer}!`, `name ${text}!`, `email ${text}`, `ssn ${text}`]),
      table('cards', [
        `id ${integer}!`,
        `customer_id ${integer}!`,
        `pan ${text}!`,
        `cvv ${text}`,
        `brand ${text}`,
      ]),
      table('payments', [
        `id ${integer}!`,
        `card_id ${integer}!`,
        `amount ${integer}`,
        `status ${text}`,
        `note ${text}`,
      ]),
      table('wide', [`id ${integer}!`, ...widely]),
      table('wider', [`id ${integer}!`, ...widely]),
      view('ring', [`id ${integer}`], 'select id from ring'),
      view('broken', [`id ${integer}`], 'select'),
      ...Array.from({ length: CHAIN }, (_, at) => chained(at)).flat(),
    ],
  }
}

/** Ordinary work: what it must find whatever came before. */
export const ORDINARY =
  'select c.brand, count(*) as n from payments p join cards c on c.id = p.card_id where p.status = $1 group by c.brand'

/** The placeholder of a binding differs. */
export function ordinary(dialect: Dialect): string {
  return dialect === 'postgres' ? ORDINARY : ORDINARY.replace('$1', '?')
}

export function factsFrom(analyzer: Analyzer, dialect: Dialect): (statement: string) => Facts {
  const from = arena(dialect)
  return statement => {
    // Stage 1 alone mints this brand; the analyser reads nothing but the submission.
    const identified = { submission: { statement, dialect, bindings: [] } } as unknown as Identified
    return analyzer.analyze(identified, from).facts
  }
}
