import { ConfigurationError } from '../errors.js'
import type { Catalog } from '../model/catalog.js'
import type { FoundColumn, HoldingColumn, LeftOut, ScanReport } from './report.js'
import type { Lend, ReadOptions, SampledTable, Sampler, Walk } from './sampler.js'
import { scanTable, type TableScan } from './scan-table.js'
import type { ValueJudge } from './value-judge.js'

export interface ScanOptions extends ReadOptions {
  readonly judge: ValueJudge
  readonly sampler: Sampler
  readonly lend: Lend
  /** Tables that are read at one time. */
  readonly atOnce: number
  /** What is to be looked at; empty: everything. */
  readonly only: readonly RelationPattern[]
  /** Whether a person has said that the column need not be looked at. */
  readonly ignored: (schema: string, relation: string, column: string) => boolean
  readonly signal: AbortSignal
  readonly progress: (done: number, of: number) => void
}

/** As the user wrote it, and what it means. */
export interface RelationPattern {
  readonly text: string
  readonly matches: (schema: string, relation: string) => boolean
}

/**
 * Looks at a sample of every table. What one table answers stops no other; a connection that is lost, or the
 * signal, leaves the rest unread. The report is in the order of the names, whatever order they were read in.
 *
 * @throws ConfigurationError where a pattern matches nothing; whatever listing the tables throws.
 */
export async function scanDatabase(catalog: Catalog, options: ScanOptions): Promise<ScanReport> {
  const { judge, sampler, lend, atOnce, signal, progress } = options
  const { tables, skipped, unread: closed } = wanted(await sampler.walk(lend, catalog), options.only)
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
  const unread = [...closed, ...scans.flatMap(scan => scan?.unread ?? []), ...left]
  return {
    version: 1,
    dialect: catalog.dialect,
    complete: unread.length === 0,
    tables: scans.filter(scan => scan !== undefined).length,
    columns: tables.reduce((sum, { columns }, at) => sum + (scans[at] === undefined ? 0 : columns.length), 0),
    rows: scans.reduce((sum, scan) => sum + (scan?.rows ?? 0), 0),
    found: scans.flatMap(scan => scan?.found ?? []).map(column => marked(column, options)),
    holding: scans.flatMap((scan): readonly HoldingColumn[] => scan?.holding ?? []),
    skipped,
    unread,
  }
}

function wanted(walk: Walk, only: readonly RelationPattern[]): Walk {
  if (only.length === 0) return walk
  const left = [...walk.skipped, ...walk.unread]
  for (const { text, matches } of only) {
    const some =
      walk.tables.some(({ relation }) => matches(relation.schema, relation.name)) ||
      left.some(({ schema, relation }) => matches(schema, relation))
    if (!some) throw new ConfigurationError(`--only ${text} matches no relation that can be looked at.`)
  }
  const asked = (schema: string, name: string) => only.some(({ matches }) => matches(schema, name))
  const here = ({ schema, relation }: LeftOut) => asked(schema, relation)
  return {
    tables: walk.tables.filter(({ relation }) => asked(relation.schema, relation.name)),
    skipped: walk.skipped.filter(here),
    unread: walk.unread.filter(here),
  }
}

function notReached({ relation }: SampledTable, lost: boolean): LeftOut {
  const why = lost ? 'the connection was lost' : 'interrupted'
  return { schema: relation.schema, relation: relation.name, why }
}

function marked(column: FoundColumn, { ignored }: ScanOptions): FoundColumn {
  return ignored(column.schema, column.relation, column.column) ? { ...column, ignored: true } : column
}
