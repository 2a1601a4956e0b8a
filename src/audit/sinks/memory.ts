import { AuditUnavailableError } from '../../errors.js'
import type { AuditRecord } from '../../model/record.js'
import type { AuditSink } from '../audit-sink.js'

export interface MemorySink extends AuditSink {
  /** Everything written so far, in order. */
  readonly records: readonly AuditRecord[]
}

/**
 * Keeps records in memory, without limit: for tests and examples, beside a durable sink.
 *
 * @example
 * const memory = memorySink()
 * const trail = await openTrail({ sinks: [fileTrail({ directory }), memory], clock, ids, scrubber })
 */
export function memorySink(): MemorySink {
  const records: AuditRecord[] = []
  let closed = false
  return Object.freeze({
    name: 'memory',
    durable: false,
    records,
    write: async (written: readonly AuditRecord[]) => {
      if (closed) throw new AuditUnavailableError('The memory sink is closed.')
      records.push(...written)
    },
    close: async () => {
      closed = true
    },
  } satisfies MemorySink)
}
