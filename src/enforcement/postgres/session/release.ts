/** Puts what the pipeline has released into the client's protocol, row by row as the client takes them. */
import type { EngineError } from '../../../model/executor.js'
import {
  type Batch,
  type Field,
  isEncoded,
  isStream,
  type Result,
  type ResultStream,
} from '../../../model/result.js'
import type { ClientLeg } from '../../wire/client-leg.js'
import { UpstreamLost } from '../../wire/late.js'
import { type Column, NO_ROWS, rowDescription } from './columns.js'
import { noticeMessage } from './errors.js'
import { COPY_DONE, NO_DATA } from './message-types.js'
import type { PortalRun } from './portal-run.js'
import type { Portal } from './registry.js'
import type { SessionState } from './session-state.js'

/** Whether the client is told of the columns first: of those that there are, or also that there are none. */
export type Describes = 'never' | 'columns' | 'always'

/** @returns true, once all is said. */
export function release(
  state: SessionState,
  run: PortalRun,
  result: Result,
  describes: Describes,
): Promise<true> | true {
  const { client } = state
  const { columns, copyHeader } = run
  const { notices = NONE, fields } = result
  const passed = passNotices(client, notices, 0)
  if (columns !== NO_ROWS && describes !== 'never') client.put(toldColumns(run.portal, columns, fields))
  else if (describes === 'always') client.put(NO_DATA)
  if (copyHeader !== undefined) client.put(copyHeader)
  if (isStream(result)) return stream(state, run, result, passed)
  putRows(state, result.rows)
  return end(state, run, notices, passed)
}

async function stream(
  state: SessionState,
  run: PortalRun,
  { batches, notices = NONE }: ResultStream,
  already: number,
): Promise<true> {
  const { client } = state
  let passed = already
  const rows = batches[Symbol.asyncIterator]()
  try {
    for (let next = await rows.next(); next.done !== true; next = await rows.next()) {
      passed = passNotices(client, notices, passed)
      putRows(state, next.value)
      const taking = client.flush()
      if (taking !== undefined) await taking
      if (client.gone) break
    }
  } finally {
    await rows.return?.()
  }
  return end(state, run, notices, passed)
}

function end(
  { client }: SessionState,
  run: PortalRun,
  notices: readonly EngineError[],
  passed: number,
): true {
  passNotices(client, notices, passed)
  if (run.copyHeader !== undefined) client.put(COPY_DONE)
  if (run.ending === undefined) throw new UpstreamLost()
  client.put(run.ending)
  return true
}

/** Columns that nobody masks are told in the server's own words. */
function toldColumns(
  { statement: { described } }: Portal,
  columns: readonly Column[],
  fields: readonly Field[],
): Buffer {
  const isOwn = described?.columns === columns && described.fields === fields
  return isOwn ? described.bytes : rowDescription(columns, fields)
}

function putRows({ client }: SessionState, rows: Batch): void {
  if (!isEncoded(rows)) {
    if (rows.length > 0) throw new TypeError('rows that were decoded')
    return
  }
  for (const piece of rows.pieces()) client.put(piece)
}

/**
 * What the server said meanwhile, in the order in which it came.
 *
 * @param passed how many have been.
 * @returns how many have been now.
 */
function passNotices(client: ClientLeg<unknown>, notices: readonly EngineError[], passed: number): number {
  for (let at = passed; at < notices.length; at++) {
    const notice = notices[at]
    if (notice !== undefined) client.put(noticeMessage(notice))
  }
  return notices.length
}

const NONE: readonly EngineError[] = Object.freeze([])
