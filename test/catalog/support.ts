import pg from 'pg'
import type { CatalogSource } from '../../src/catalog/catalog-source.js'
import { postgresCatalog } from '../../src/catalog/postgres.js'
import type { Catalog, CatalogRelation, LabelRule } from '../../src/model/catalog.js'
import type { Clock } from '../../src/util/clock.js'

/** Time that the test moves. */
export class TestClock implements Clock {
  #now = 1_000_000
  now = () => this.#now
  monotonic = () => this.#now
  pass(milliseconds: number): void {
    this.#now += milliseconds
  }
}

export interface Probe {
  readonly source: CatalogSource
  readonly clock: TestClock
  /** Statements sent so far, by the table they start from. */
  readonly sent: string[]
}

/** A catalog over a real connection, with every statement it sends on view. */
export function probe(
  client: pg.ClientBase | pg.Pool,
  labels: readonly LabelRule[] = [],
  before: (sql: string) => Promise<void> | void = () => {},
  after: (sql: string) => Promise<void> | void = () => {},
): Probe {
  const clock = new TestClock()
  const sent: string[] = []
  const source = postgresCatalog({
    clock,
    labels,
    maxAgeMs: 60_000,
    query: async (sql, params) => {
      sent.push(sql)
      await before(sql)
      const result = await client.query<Record<string, unknown>>(sql, [...params])
      await after(sql)
      return result.rows
    },
  })
  return { source, clock, sent }
}

export async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  return client
}

export function relation(catalog: Catalog, name: string, schema = 'public'): CatalogRelation {
  const found = catalog.relations.filter(each => each.schema === schema && each.name === name)
  const [only] = found
  if (only === undefined || found.length > 1) throw new Error(`${found.length} relations ${schema}.${name}`)
  return only
}

export function columnNames(catalog: Catalog, name: string, schema = 'public'): readonly string[] {
  return relation(catalog, name, schema).columns.map(column => column.name)
}

/** Every labelled column as `schema.relation.column=label,label`. */
export function labelled(catalog: Catalog): readonly string[] {
  return catalog.relations.flatMap(({ schema, name, columns }) =>
    columns
      .filter(column => column.labels.length > 0)
      .map(column => `${schema}.${name}.${column.name}=${column.labels.join(',')}`),
  )
}

/** Holds the next answers back once the database has given them. */
export class Holding {
  #release: () => void = () => {}
  #held: Promise<void> | null = null
  #reached: () => void = () => {}

  /** Resolves when the next answer is here and held. */
  hold(): Promise<void> {
    this.#held = new Promise(resolve => {
      this.#release = resolve
    })
    return new Promise(resolve => {
      this.#reached = resolve
    })
  }

  release(): void {
    this.#held = null
    this.#release()
  }

  after = async (): Promise<void> => {
    if (this.#held === null) return
    this.#reached()
    await this.#held
  }
}
