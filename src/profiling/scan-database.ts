import type { Catalog } from '../model/catalog.js'
import type { FoundColumn, HoldingColumn, LeftOut, ScanReport } from './report.js'
import type { Lend, ReadOptions, SampledTable, Sampler } from './sampler.js'
import { scanTable, type TableScan } from './scan-table.js'
import type { ValueJudge } from './value-judge.js'

export interface ScanOptions extends ReadOptions {
  readonly judge: ValueJudge
  readonly sampler: Sampler
  readonly lend: Lend
  /** Tables that are read at one time. */
  readonly atOnce: number
  /** Whether a table is to be looked at. */
  readonly wanted: (schema: string, relation: string) => boolean
  /** Whether a person has said that the column need not be looked at. */
  readonly ignored: (schema: string, relation: string, column: string) => boolean
  readonly signal: AbortSignal
  readonly progress: (done: number, of: number) => void
}

/**
 * Looks at a sample of every table. What one table answers stops no other; a connection that is lost, or the
 * signal, leaves the rest unread. The report is in the order of the names, whatever order they were read in.
 *
 * @throws whatever listing the tables throws.
 */
export async function scanDatabase(catalog: Catalog, options: ScanOptions): Promise<ScanReport> {
  const { judge, sampler, lend, atOnce, wanted, signal, progress } = options
  const walk = await sampler.walk(lend, catalog)
  const tables = walk.tables.filter(({ relation }) => wanted(relation.schema, relation.name))
  const scans: (TableScan | undefined)[] = tables.map(() => undefined)
  let [next, done, lost] = [0, 0, false]
  const work = async (): Promise<void> => {
    for (let at = next++; at < tables.length; at = next++) {
      const table = tables[at]
      if (table === undefined || lost || signal.aborted) return
      const scan = await lend(run => scanTable({ run, sampler, judge, options }, table)).catch(
        () => undefined,
      )
      scans[at] = scan
      lost ||= scan === undefined || scan.lost
      progress(++done, tables.length)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, tables.length) }, work))
  const left = tables.filter((_, at) => scans[at] === undefined).map(table => notReached(table, lost))
  const here = ({ schema, relation }: LeftOut) => wanted(schema, relation)
  const unread = [...walk.unread.filter(here), ...scans.flatMap(scan => scan?.unread ?? []), ...left]
  return {
    version: 1,
    dialect: catalog.dialect,
    complete: unread.length === 0,
    tables: scans.filter(scan => scan !== undefined).length,
    columns: tables.reduce((sum, { columns }, at) => sum + (scans[at] === undefined ? 0 : columns.length), 0),
    rows: scans.reduce((sum, scan) => sum + (scan?.rows ?? 0), 0),
    found: scans.flatMap(scan => scan?.found ?? []).map(column => marked(column, options)),
    holding: scans.flatMap((scan): readonly HoldingColumn[] => scan?.holding ?? []),
    skipped: walk.skipped.filter(here),
    unread,
  }
}

function notReached({ relation }: SampledTable, lost: boolean): LeftOut {
  const why = lost ? 'the connection was lost' : 'interrupted'
  return { schema: relation.schema, relation: relation.name, why }
}

function marked(column: FoundColumn, { ignored }: ScanOptions): FoundColumn {
  return ignored(column.schema, column.relation, column.column) ? { ...column, ignored: true } : column
}
