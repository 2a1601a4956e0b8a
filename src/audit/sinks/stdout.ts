import type { Writable } from 'node:stream'
import { AuditUnavailableError } from '../../errors.js'
import type { AuditRecord } from '../../model/record.js'
import type { AuditSink } from '../audit-sink.js'
import { recordLine } from '../trail-line.js'

export interface StdoutSinkOptions {
  /** Default `process.stdout`. */
  readonly stream?: Writable
}

/**
 * One JSON line per record, for a log collector. A copy without chain numbers: the durable trail proves,
 * this one informs. Resolves when the stream has taken the lines, so a full pipe is felt.
 */
export function stdoutSink(options: StdoutSinkOptions = {}): AuditSink {
  const stream = options.stream ?? process.stdout
  let closed = false
  return Object.freeze({
    name: 'stdout',
    durable: false,
    write: (records: readonly AuditRecord[]) =>
      new Promise<void>((resolve, reject) => {
        if (closed) throw new AuditUnavailableError('The stdout sink is closed.')
        const lines = records.map(record => `${recordLine(record)}\n`).join('')
        stream.write(lines, error => (error ? reject(error) : resolve()))
      }),
    // The stream belongs to the process; it stays open.
    close: async () => {
      closed = true
    },
  } satisfies AuditSink)
}
