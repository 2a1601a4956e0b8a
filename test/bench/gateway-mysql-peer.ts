/**
 * A proxy as `mysql2` lets one write it: `gateway-mysql-peer.ts <url>`. It looks at no statement, and passes texts and
 * rows on through the driver's server and client. Prints its port and the id of the process, and ends when its
 * standard input does.
 */
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import mysql from 'mysql2'

const [url = ''] = process.argv.slice(2)
const CAPABILITIES = 0xffffff & ~0x800 & ~0x20

// The driver's types leave out most of its server side.
interface Visitor {
  readonly remote: ReturnType<typeof mysql.createConnection>
  serverHandshake(options: Readonly<Record<string, unknown>>): void
  on(event: 'query', heard: (sql: string) => void): void
  on(event: 'error' | 'end', heard: () => void): void
  writeOk(header: Readonly<Record<string, unknown>>): void
  writeError(error: Readonly<Record<string, unknown>>): void
  writeTextResult(rows: unknown, fields: unknown): void
  readonly stream: Socket
  _resetSequenceId(): void
}

interface Listening extends NodeJS.EventEmitter {
  listen(port: number, host: string, listening: () => void): void
  readonly _server: { address(): AddressInfo }
}

const server = (mysql as unknown as { createServer(): Listening }).createServer()

let visitors = 0
server.on('connection', (visitor: Visitor) => {
  const remote = mysql.createConnection(url)
  // Without either it answers 16 times a second, and complains of each packet.
  visitor.stream.setNoDelay(true)
  visitor.serverHandshake({
    protocolVersion: 10,
    serverVersion: '8.0.0-mysql2',
    connectionId: ++visitors,
    statusFlags: 2,
    characterSet: 45,
    capabilityFlags: CAPABILITIES,
    authCallback: (_login: unknown, answer: (error: null) => void) => answer(null),
  })
  visitor.on('query', sql => {
    remote.query(sql, (error: mysql.QueryError | null, rows: unknown, fields: unknown) => {
      if (error !== null) visitor.writeError({ message: error.message, code: error.errno })
      else if (Array.isArray(rows)) visitor.writeTextResult(rows, fields)
      else visitor.writeOk(rows as Record<string, unknown>)
      visitor._resetSequenceId()
    })
  })
  for (const over of ['error', 'end'] as const) visitor.on(over, () => remote.destroy())
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${server._server.address().port} ${process.pid}\n`)
})
process.stdin.resume()
await once(process.stdin, 'close')
process.exit()
