/** Rows of better-sqlite3 and libsql, in the values that better-sqlite3 gives. */
import { types } from 'node:util'
import type { StopSignal } from '../../model/executor.js'
import type { Field, Row } from '../../model/result.js'
import { LARGEST_ANSWER, sizeOf, tooLarge } from './answer-size.js'

/** Rows read before anybody else gets a turn: both drivers read within one call. */
const BATCH = 1000

export interface RowReader {
  /** Up to so many further rows; fewer only at the end. */
  take(count: number): Row[]
  /** As `take`, letting timers and signals come through now and then. @throws the reason of the signal. */
  takeAll(count: number, signal: StopSignal): Promise<Row[]>
  /** Lets go of the statement, which would keep its locks. */
  finish(): void
}

export interface RowIterator {
  next(): IteratorResult<Row>
  return?(): unknown
}

/** @param interrupt ends what the connection is doing. */
export function rowReader(
  rows: RowIterator,
  fields: readonly Field[],
  options: { readonly bigints: boolean; readonly interrupt: () => void },
): RowReader {
  let done = false
  const take = (count: number): Row[] => {
    const taken: Row[] = []
    while (!done && taken.length < count) {
      const next = advance()
      if (next.done === true) done = true
      else taken.push(usual(next.value, fields, options.bigints))
    }
    return taken
  }
  /** A statement that has failed has ended: interrupting it would hit the one after it. */
  function advance(): IteratorResult<Row> {
    try {
      return rows.next()
    } catch (error) {
      done = true
      throw error
    }
  }
  return {
    take,
    async takeAll(count, signal) {
      const taken: Row[] = []
      let size = 0
      while (!done && taken.length < count) {
        if (taken.length > 0) await new Promise(resolve => setImmediate(resolve))
        signal.throwIfAborted()
        for (const row of take(Math.min(BATCH, count - taken.length))) {
          taken.push(row)
          size += sizeOf(row)
        }
        if (size > LARGEST_ANSWER) throw tooLarge()
      }
      return taken
    },
    finish() {
      if (!done) end(rows, options.interrupt)
      done = true
    },
  }
}

/** libsql's iterator has no `return`: interrupted, it stops at the end of the rows that it has read ahead. */
function end(rows: RowIterator, interrupt: () => void): void {
  if (rows.return !== undefined) {
    rows.return()
    return
  }
  interrupt()
  try {
    while (rows.next().done !== true);
  } catch {
    // The interruption.
  }
}

/**
 * Integers are read as bigints, so that none loses digits on the way to the masker, and turned back into
 * numbers where a number holds them. libsql gives an ArrayBuffer where better-sqlite3 gives a Buffer.
 */
function usual(row: Row, fields: readonly Field[], bigints: boolean): Row {
  for (const [at, field] of fields.entries()) {
    const name = Array.isArray(row) ? at : field.name
    const value: unknown = Reflect.get(row, name)
    if (typeof value === 'bigint') {
      if (!bigints && Number.isSafeInteger(Number(value))) Reflect.set(row, name, Number(value))
    } else if (types.isAnyArrayBuffer(value)) {
      Reflect.set(row, name, Buffer.from(value))
    }
  }
  return row
}
