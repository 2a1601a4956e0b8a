/** Puts what the pipeline has released into the client's protocol, row by row as the client takes them. */
import type { EngineError } from '../../../model/executor.js'
import { type Batch, isEncoded, isStream, type Result } from '../../../model/result.js'
import { NO_ROWS, rowDescription } from './columns.js'
import { noticeMessage } from './errors.js'
import { UpstreamLost } from './late.js'
import { ANSWER } from './message-types.js'
import type { PortalRun } from './portal-run.js'
import type { SessionState } from './session-state.js'

const NO_DATA = Buffer.from([ANSWER.noData, 0, 0, 0, 4])
const COPY_DONE = Buffer.from([ANSWER.copyDone, 0, 0, 0, 4])

/** Whether the client is told of the columns first: of those that there are, or also that there are none. */
export type Describes = 'never' | 'columns' | 'always'

/**
 * @returns false when the result broke half-way and the client has been told so.
 */
export async function release(
  state: SessionState,
  run: PortalRun,
  result: Result,
  describes: Describes,
): Promise<boolean> {
  const { client } = state
  const { columns, copyHeader } = run
  const notices = noticesOf(state, result.notices)
  notices.pass()
  if (columns !== NO_ROWS && describes !== 'never') client.put(rowDescription(columns, result.fields))
  else if (describes === 'always') client.put(NO_DATA)
  if (copyHeader !== undefined) client.put(copyHeader)
  if (isStream(result)) {
    const rows = result.batches[Symbol.asyncIterator]()
    try {
      for (let next = await rows.next(); next.done !== true; next = await rows.next()) {
        notices.pass()
        putRows(state, next.value)
        await client.flushMany()
        if (client.gone) break
      }
    } finally {
      await rows.return?.()
    }
  } else putRows(state, result.rows)
  notices.pass()
  if (copyHeader !== undefined) client.put(COPY_DONE)
  if (run.ending === undefined) throw new UpstreamLost()
  client.put(run.ending)
  return true
}

function putRows({ client }: SessionState, rows: Batch): void {
  if (!isEncoded(rows)) {
    if (rows.length > 0) throw new TypeError('rows that were decoded')
    return
  }
  for (const piece of rows.pieces()) client.put(piece)
}

/** What the server said meanwhile, each once, in the order in which it came. */
function noticesOf({ client }: SessionState, notices: readonly EngineError[] = []): { pass(): void } {
  let passed = 0
  return {
    pass() {
      for (; passed < notices.length; passed++) {
        const notice = notices[passed]
        if (notice !== undefined) client.put(noticeMessage(notice))
      }
    },
  }
}
