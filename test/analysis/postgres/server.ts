/** A live PostgreSQL beside the analyser: what it says of a statement without running it. */
import pg from 'pg'
import { postgresCatalog } from '../../../src/catalog/postgres.js'
import type { Catalog } from '../../../src/model/catalog.js'
import { systemClock } from '../../../src/util/clock.js'

export interface Field {
  readonly name: string
  /** Zero for a computed column. */
  readonly tableID: number
  readonly columnID: number
}

export interface Described {
  /** SQLSTATE, when the server refuses the statement. */
  readonly error?: string
  readonly fields: readonly Field[]
}

/** Parse and Describe, never Execute. */
class Describe {
  private fields: readonly Field[] = []
  private readonly sql: string
  private readonly done: (described: Described) => void

  constructor(sql: string, done: (described: Described) => void) {
    this.sql = sql
    this.done = done
  }

  submit(connection: pg.Connection): void {
    connection.parse({ text: this.sql, name: '', types: [] }, true)
    connection.describe({ type: 'S', name: '' }, true)
    connection.sync()
  }

  handleRowDescription(message: { fields: readonly Field[] }): void {
    this.fields = message.fields
  }

  handleError(error: { code?: string }): void {
    this.done({ fields: [], error: error.code ?? 'unknown' })
  }

  handleReadyForQuery(): void {
    this.done({ fields: this.fields })
  }

  handleEmptyQuery(): void {}
}

export function describeStatement(client: pg.Client, sql: string): Promise<Described> {
  return new Promise(resolve => {
    client.query(new Describe(sql, resolve))
  })
}

export async function connected(url: string, setup: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  await client.connect()
  await client.query(setup)
  return client
}

export async function liveCatalogOf(client: pg.Client): Promise<Catalog> {
  return postgresCatalog({
    query: async (sql, params) => (await client.query(sql, [...params])).rows,
    labels: [],
    clock: systemClock,
  }).current()
}

/** `relation.column`, and `relation` for each relation, that the rule of a view over the statement depends on. */
export interface Dependencies {
  readonly columns: readonly string[]
  readonly relations: readonly string[]
}

const DEPENDENCIES = `
select distinct c.relname::text as relation, case when c.relkind <> 'v' then a.attname::text end as column
from pg_depend d
join pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid
join pg_class c on d.refclassid = 'pg_class'::regclass and c.oid = d.refobjid
left join pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid and d.refobjsubid > 0
where w.ev_class = 'pg_temp.probe'::regclass and c.oid <> w.ev_class`

/** What the server says that the statement reads, or its SQLSTATE where it accepts no view of it. */
export async function dependenciesOf(
  client: pg.Client,
  sql: string,
  width: number,
): Promise<Dependencies | string> {
  const names = Array.from({ length: width }, (_, at) => `c${at}`).join(', ')
  await client.query('begin')
  try {
    await client.query(`create temp view probe ${width === 0 ? '' : `(${names})`} as ${sql}`)
    const { rows } = await client.query<{ relation: string; column: string | null }>(DEPENDENCIES)
    return {
      columns: rows.flatMap(({ relation, column }) => (column === null ? [] : `${relation}.${column}`)),
      relations: [...new Set(rows.map(({ relation }) => relation))],
    }
  } catch (error) {
    if (error instanceof pg.DatabaseError) return error.code ?? 'unknown'
    throw error
  } finally {
    await client.query('rollback')
  }
}
