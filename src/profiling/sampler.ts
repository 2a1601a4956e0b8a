import type { Catalog, CatalogColumn, CatalogRelation } from '../model/catalog.js'
import type { LeftOut, Way } from './report.js'

/** Runs one text on one connection and gives the rows of its last statement by column name. */
export type RunSql = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>

/** Lends a connection that nobody else uses meanwhile. */
export type Lend = <T>(use: (run: RunSql) => Promise<T>) => Promise<T>

/** A table to look at, with the columns that may be read. */
export interface SampledTable {
  readonly relation: CatalogRelation
  readonly columns: readonly CatalogColumn[]
}

export interface Walk {
  readonly tables: readonly SampledTable[]
  readonly skipped: readonly LeftOut[]
  readonly unread: readonly LeftOut[]
}

export interface ReadOptions {
  /** At most so many rows of each table. */
  readonly rows: number
  /** Milliseconds that one statement may take. */
  readonly timeoutMs: number
}

/** Port: how one engine is walked and sampled. Read only; holds no lock beyond the one statement. */
export interface Sampler {
  walk(lend: Lend, catalog: Catalog): Promise<Walk>
  /** Hands each row over as its cells in the order of the columns, cut to `CELL` characters. */
  read(
    run: RunSql,
    table: SampledTable,
    options: ReadOptions,
    take: (cells: readonly unknown[]) => void,
  ): Promise<Way>
}

/** Characters, or bytes, that are looked at of one cell. */
export const CELL = 4_096

/**
 * Hands over a table of fewer rows than are asked for, else a fifth of the first ones: old rows may be unlike the
 * others. Gives how many rows from elsewhere are still wanted; 0: that was the whole table.
 */
export function takeFirst(
  first: readonly Readonly<Record<string, unknown>>[],
  rows: number,
  columns: number,
  take: (cells: readonly unknown[]) => void,
): number {
  const lead = first.length < rows ? first.length : Math.ceil(rows / 5)
  takeRows(first.slice(0, lead), columns, take)
  return first.length < rows ? 0 : rows - lead
}

/** Hands rows over that were read under the aliases c0, c1, … */
export function takeRows(
  rows: readonly Readonly<Record<string, unknown>>[],
  columns: number,
  take: (cells: readonly unknown[]) => void,
): void {
  for (const row of rows) take(Array.from({ length: columns }, (_, index) => row[`c${index}`]))
}

/** A table whose columns are asked for under aliases, so that no name of the database becomes a key. */
export function aliased(expressions: readonly string[]): string {
  return expressions.map((expression, index) => `${expression} as c${index}`).join(', ')
}

/** @param opening begins the transaction. */
export async function inTransaction<T>(run: RunSql, opening: string, work: () => Promise<T>): Promise<T> {
  await run(opening)
  try {
    const found = await work()
    await run('commit')
    return found
  } catch (error) {
    await run('rollback').catch(() => {})
    throw error
  }
}
