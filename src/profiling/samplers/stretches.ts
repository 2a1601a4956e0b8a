import type { Way } from '../report.js'
import { type ReadOptions, type RunSql, takeFirst, takeRows } from '../sampler.js'

/** Stretches of a table from all over a whole-number key: no engine but PostgreSQL samples pages. */
const STRETCHES = 16

/** A table as one engine reads it. */
export interface Readable {
  /** Its name, quoted. */
  readonly from: string
  /** The select of its cells, under aliases. */
  readonly shown: string
  readonly columns: number
  /** A whole number of each row, quoted; undefined where there is none. */
  readonly number: string | undefined
  /** What a number is cast to, to be read as text. */
  readonly text: 'char' | 'text'
  /** Names of a key by which there are last rows. */
  readonly key: readonly string[] | undefined
  quoted(name: string): string
  /** Makes as few statements of several selects as the engine can. */
  together(selects: readonly string[]): readonly string[]
}

/** The first rows, and stretches from all over the numbers of rows, or the last by another key. */
export async function readStretches(
  run: RunSql,
  table: Readable,
  { rows }: ReadOptions,
  take: (cells: readonly unknown[]) => void,
): Promise<Way> {
  const { shown, columns, number } = table
  const more = takeFirst(await run(`${shown} limit ${rows}`), rows, columns, take)
  if (more === 0) return 'whole'
  const ends = number === undefined ? undefined : await endsOf(run, table)
  if (ends !== undefined) {
    const count = Math.ceil(more / STRETCHES)
    const selects = beginnings(...ends).map(
      at => `${shown} where ${number} >= ${at} order by ${number} limit ${count}`,
    )
    for (const text of table.together(selects)) takeRows(await run(text), columns, take)
    return 'key'
  }
  const order = table.key?.map(name => `${table.quoted(name)} desc`).join(', ')
  if (order === undefined) return 'first'
  takeRows(await run(`${shown} order by ${order} limit ${more}`), columns, take)
  return 'ends'
}

async function endsOf(
  run: RunSql,
  { from, number, text }: Readable,
): Promise<readonly [low: string, high: string] | undefined> {
  const [ends] = await run(
    `select cast(min(${number}) as ${text}) as low, cast(max(${number}) as ${text}) as high from ${from}`,
  )
  const [low, high] = [wholeNumber(ends?.['low']), wholeNumber(ends?.['high'])]
  return low === undefined || high === undefined ? undefined : [low, high]
}

/** Where stretches begin, evenly from the first key to the last. */
function beginnings(first: string, last: string): readonly bigint[] {
  const from = BigInt(first)
  const span = BigInt(last) - from
  const all = Array.from({ length: STRETCHES }, (_, at) => from + (span * BigInt(at)) / BigInt(STRETCHES))
  return [...new Set(all)]
}

/** The text of a whole number as a database gives it, else undefined. */
function wholeNumber(value: unknown): string | undefined {
  const text = String(value)
  return /^-?\d{1,20}$/.test(text) ? text : undefined
}
