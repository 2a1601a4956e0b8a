/** What a server says to whoever holds a connection to it. */
import { query, sqlState, textColumns } from '../../../../src/enforcement/upstream/postgres/messages.js'
import type { PgUpstream } from '../../../../src/enforcement/upstream/postgres/upstream.js'

export interface Said {
  readonly type: string
  readonly bytes: Buffer
}

/** Everything the server says from here on, once the connection is gone. */
export function said(upstream: PgUpstream): { readonly closed: Promise<readonly Said[]> } {
  const messages: Said[] = []
  const closed = new Promise<readonly Said[]>(resolve => {
    upstream.attach({
      message: (type, bytes, start, end) => {
        messages.push({ type: String.fromCharCode(type), bytes: Buffer.from(bytes.subarray(start, end)) })
      },
      arrived() {},
      closed: () => resolve(messages),
    })
  })
  return { closed }
}

/** The answer to one text by the simple protocol. */
export function answers(
  upstream: PgUpstream,
  text: string,
): Promise<{ readonly rows: readonly (readonly (string | null)[])[]; readonly state?: string }> {
  return new Promise((resolve, reject) => {
    const rows: (string | null)[][] = []
    let state: string | undefined
    upstream.attach({
      message(type, bytes, start, end) {
        if (type === 0x44) rows.push(textColumns(bytes, start, end))
        if (type === 0x45) state = sqlState(bytes, start, end)
        if (type === 0x5a) resolve({ rows, ...(state === undefined ? {} : { state }) })
      },
      arrived() {},
      closed: error => reject(error ?? new Error('the connection is gone')),
    })
    upstream.send(query(text))
  })
}
