/**
 * Rows as lines (NDJSON): `{"columns":[…]}`, one JSON array for each row, and one object with a `status` as the last
 * line, which alone says that the rows before are all there are. Nothing is collected: the database is asked for
 * more when the client has taken what came before.
 */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { CardeaError, DatabaseError, RefusedError, refusalOf } from '../../errors.js'
import { type Batch, type MaskCounts, plainRows, type ResultStream, type Row } from '../../model/result.js'
import { jsonOf } from '../../util/json-value.js'
import { until } from '../../util/until.js'
import { deniedBody } from './standing.js'

export const LINES = 'application/x-ndjson'

export interface Lines {
  readonly result: ResultStream
  readonly masked: () => MaskCounts
  /** Rows that the caller wants at most. */
  readonly most: number
  /** Milliseconds for which a client may take nothing before it is cut off. */
  readonly stallMs: number
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal
}

/** Writes to the end, or until the client is gone; the cursor is closed either way. Never rejects. */
export async function writeLines(response: ServerResponse, lines: Lines): Promise<void> {
  const { result, signal } = lines
  const rows = result.batches[Symbol.asyncIterator]()
  try {
    const last = await body(response, rows, lines)
    if (!signal.aborted) response.end(`${JSON.stringify(last)}\n`)
  } catch (error) {
    if (signal.aborted || error instanceof Stalled) response.destroy()
    else response.end(`${JSON.stringify(endOf(error))}\n`)
  } finally {
    await rows.return?.().catch(() => {})
  }
}

/** @returns the last line. */
async function body(
  response: ServerResponse,
  rows: AsyncIterator<Batch>,
  { result, masked, most, stallMs, signal }: Lines,
): Promise<object> {
  const { fields } = result
  // Before anything else: a source that was never begun cannot be closed.
  let next = await rows.next()
  await put(response, `${JSON.stringify({ columns: fields.map(({ name }) => name) })}\n`, stallMs, signal)
  let count = 0
  while (next.done !== true) {
    const given = plainRows(next.value)
    const batch = given.slice(0, most - count)
    count += batch.length
    const text = batch.map(row => `${JSON.stringify(cells(row, fields))}\n`).join('')
    await put(response, text, stallMs, signal)
    if (batch.length < given.length) return ended(count, masked(), true)
    next = await rows.next()
  }
  return ended(count, masked(), false)
}

function ended(count: number, masked: MaskCounts, truncated: boolean): object {
  const counts = Object.entries(masked).filter(([, cells]) => cells > 0)
  return {
    status: 'ok',
    row_count: count,
    ...(counts.length === 0 ? {} : { masked: Object.fromEntries(counts) }),
    ...(truncated ? { truncated } : {}),
  }
}

function cells(row: Row, fields: ResultStream['fields']): unknown[] {
  return fields.map(({ name, type }, at) =>
    jsonOf(Array.isArray(row) ? row[at] : Object.hasOwn(row, name) ? row[name] : null, type),
  )
}

class Stalled extends Error {}

async function put(
  response: ServerResponse,
  text: string,
  stallMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) throw new Stalled()
  if (response.write(text)) return
  await until([signal], stallMs, one => once(response, 'drain', { signal: one })).catch(() => {
    throw new Stalled()
  })
}

/** What was thrown, in the JSON of the tools. Foreign words may quote data, so only Cardea's own are passed on. */
export function endOf(error: unknown): Readonly<Record<string, unknown>> {
  if (error instanceof RefusedError) return deniedBody(refusalOf(error))
  if (error instanceof DatabaseError) return failedBody(error)
  const ours = error instanceof CardeaError
  return {
    status: 'failed',
    code: ours ? error.code : 'CARDEA_CONNECTION_FAILED',
    reason: ours ? error.message : 'The rows could not be read to their end.',
    retryable: !ours || TEMPORARY.includes(error.code),
  }
}

const TEMPORARY: readonly string[] = [
  'CARDEA_AUDIT_UNAVAILABLE',
  'CARDEA_CATALOG_UNAVAILABLE',
  'CARDEA_STORE_UNAVAILABLE',
  'CARDEA_CONNECTION_FAILED',
]

/** The database's own error, which the pipeline has scrubbed. */
export function failedBody({
  code,
  message,
}: {
  readonly code?: string | undefined
  readonly message: string
}) {
  return { status: 'failed', ...(code === undefined ? {} : { code }), error: message, retryable: false }
}
