/** What a real server sends, byte for byte: node-postgres logs in, then its socket is spoken to directly. */
import type { Socket } from 'node:net'
import pg from 'pg'
import type { Field } from '../../../../src/model/result.js'

export interface RawResult {
  readonly fields: readonly Field[]
  /** DataRow messages. */
  readonly rows: readonly Buffer[]
}

export interface RawClient {
  /** @throws Error with the server's words. */
  query(sql: string, format: 'text' | 'binary'): Promise<RawResult>
  end(): void
}

const SYNC = message('S')

export async function rawClient(url: string): Promise<RawClient> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  client.on('error', () => {})
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
  stream.removeAllListeners('data')
  stream.removeAllListeners('error')
  let received = Buffer.alloc(0)
  let arrived: () => void = () => {}
  stream.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    arrived()
  })
  const next = async (): Promise<Buffer> => {
    while (received.length < 5 || received.length < 1 + received.readInt32BE(1)) {
      await new Promise<void>(resolve => {
        arrived = resolve
      })
    }
    const length = 1 + received.readInt32BE(1)
    const frame = received.subarray(0, length)
    received = received.subarray(length)
    return frame
  }
  return {
    async query(sql, format) {
      const code = Buffer.from([0, format === 'binary' ? 1 : 0])
      stream.write(
        Buffer.concat([
          message('P', Buffer.from(`\0${sql}\0`), Buffer.from([0, 0])),
          message('B', Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]), code),
          message('D', Buffer.from('P\0')),
          message('E', Buffer.from([0, 0, 0, 0, 0])),
          SYNC,
        ]),
      )
      const rows: Buffer[] = []
      let fields: readonly Field[] = []
      let failure: string | undefined
      for (let frame = await next(); frame[0] !== 0x5a; frame = await next()) {
        if (frame[0] === 0x44) rows.push(frame)
        else if (frame[0] === 0x54) fields = described(frame, format)
        else if (frame[0] === 0x45) failure = frame.toString('utf8', 5)
      }
      if (failure !== undefined) throw new Error(`${sql}: ${failure}`)
      return { fields, rows }
    },
    end: () => stream.destroy(),
  }
}

function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const head = Buffer.from([type.charCodeAt(0), 0, 0, 0, 0])
  head.writeInt32BE(4 + body.length, 1)
  return Buffer.concat([head, body])
}

function described(frame: Buffer, format: 'text' | 'binary'): Field[] {
  let at = 7
  return Array.from({ length: frame.readInt16BE(5) }, () => {
    const stop = frame.indexOf(0, at)
    const name = frame.toString('utf8', at, stop)
    at = stop + 19
    return { name, type: frame.readUInt32BE(stop + 7), encoding: { format } }
  })
}
