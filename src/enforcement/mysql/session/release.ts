/** Puts what the pipeline has released into the client's protocol, row by row as the client takes them. */
import { type Batch, type Field, isStream, plainRows, type Result } from '../../../model/result.js'
import type { Ok } from '../../upstream/mysql/answers.js'
import type { PacketWriter } from '../../upstream/mysql/packets.js'
import { ANSWER, CAPABILITY, int, lenenc, STATUS } from '../../upstream/mysql/wire.js'
import { UpstreamLost } from '../../wire/late.js'
import { columnDefinition } from '../rows/columns.js'
import type { SessionState } from './session-state.js'
import type { StatementRun } from './statement-run.js'

/** What of the server's status a client is told. */
const TOLD = STATUS.inTransaction | STATUS.autocommit

export async function release(state: SessionState, run: StatementRun, result: Result): Promise<void> {
  const { rows } = run
  if (rows === undefined) {
    if (isStream(result) || run.ok === undefined) throw new UpstreamLost()
    const { affected = 0, generatedKey = 0 } = result
    const key = /^\d+$/.test(String(generatedKey)) ? BigInt(generatedKey) : 0n
    state.reply(okPacket({ ...run.ok, affected, insertId: key }, state.leg.status))
    return
  }
  const writer = state.writer()
  describe(state, run, result.fields, writer)
  rows.told(result.fields)
  // Columns leave with the first rows: what fails before them is an error by itself.
  const put = (batch: Batch): void => {
    for (const row of plainRows(batch)) writer.add(rows.write(row))
    state.client.put(writer.take())
    state.continueFrom(writer.sequence)
  }
  if (!isStream(result)) put(result.rows)
  else {
    const batches = result.batches[Symbol.asyncIterator]()
    try {
      for (let next = await batches.next(); next.done !== true; next = await batches.next()) {
        put(next.value)
        const taking = state.client.flush()
        if (taking !== undefined) await taking
        if (state.client.gone) break
      }
    } finally {
      await batches.return?.()
    }
  }
  if (run.ok === undefined && !state.client.gone) throw new UpstreamLost()
  const end = run.ok ?? { affected: 0, insertId: 0n, status: 0, warnings: 0 }
  writer.add(
    state.deprecatesEof
      ? okPacket({ ...end, affected: 0, insertId: 0n }, state.leg.status, ANSWER.eof)
      : eofPacket(end.warnings, state.leg.status),
  )
  state.client.put(writer.take())
}

function describe(
  state: SessionState,
  { columns }: StatementRun,
  fields: readonly Field[],
  writer: PacketWriter,
): void {
  writer.add(lenenc(columns.length))
  columns.forEach((column, at) => {
    const field = fields[at]
    if (field === undefined) throw new TypeError('a column that nobody released')
    writer.add(columnDefinition(column, field, state.scrub, state.parts.extendedMetadata))
  })
  if (!state.deprecatesEof) writer.add(eofPacket(0, state.leg.status))
}

/** Without the server's words about it: how many rows held the new values before would confirm a guess. */
export function okPacket(
  { affected, insertId, warnings }: Ok,
  status: number,
  header: number = ANSWER.ok,
): Buffer {
  return Buffer.concat([
    Buffer.from([header]),
    lenenc(affected),
    lenenc(insertId),
    int(status & TOLD, 2),
    int(warnings, 2),
  ])
}

export function eofPacket(warnings: number, status: number): Buffer {
  return Buffer.concat([Buffer.from([ANSWER.eof]), int(warnings, 2), int(status & TOLD, 2)])
}

export function deprecatesEof(capabilities: number): boolean {
  return (capabilities & CAPABILITY.deprecateEof) !== 0
}
