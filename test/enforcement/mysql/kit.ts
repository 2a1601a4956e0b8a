import type { Ok } from '../../../src/enforcement/upstream/mysql/answers.js'
import { question } from '../../../src/enforcement/upstream/mysql/housekeeping.js'
import { ResultReader } from '../../../src/enforcement/upstream/mysql/result-reader.js'
import type { MysqlUpstream } from '../../../src/enforcement/upstream/mysql/upstream.js'
import { Reader } from '../../../src/enforcement/upstream/mysql/wire.js'
import type { EngineError } from '../../../src/model/executor.js'

export interface Said {
  readonly rows: readonly (readonly (string | null)[])[]
  readonly ok?: Ok
  readonly error?: EngineError
}

/** What the server answers to a text. @throws Error where the connection is lost. */
export function answers(upstream: MysqlUpstream, text: string): Promise<Said> {
  return new Promise((resolve, reject) => {
    const rows: (string | null)[][] = []
    let columns = 0
    upstream.ask(
      question(text),
      new ResultReader(upstream.deprecatesEof, {
        definition: () => {
          columns += 1
        },
        described() {},
        row: ({ bytes, start, end }) => {
          const reader = new Reader(bytes, start, end)
          rows.push(
            Array.from({ length: columns }, () => {
              if (bytes[reader.at] !== 0xfb) return reader.lenencText()
              reader.skip(1)
              return null
            }),
          )
        },
        ended: ok => resolve({ rows, ok }),
        failed: error => resolve({ rows, error }),
        closed: () => reject(new Error('the connection is lost')),
      }),
    )
  })
}
