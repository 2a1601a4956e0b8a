/** A MySQL client of bare packets, for what no driver sends. */
import net from 'node:net'
import { type Packet, PacketReader, packet } from '../../../src/enforcement/upstream/mysql/packets.js'
import {
  CAPABILITY,
  COMMAND,
  cString,
  int,
  lenencBytes,
} from '../../../src/enforcement/upstream/mysql/wire.js'

export interface RawClient {
  readonly socket: net.Socket
  /** Everything that has arrived. */
  bytes(): Buffer
  /** @param answer the number that what comes next has to have. */
  send(payload: Buffer, sequence?: number, answer?: number): void
  /** The payload of the next packet; undefined once the door has closed. */
  next(): Promise<Buffer | undefined>
  /** Sends a command, and gives the first packet of its answer. */
  ask(payload: Buffer): Promise<Buffer | undefined>
}

const CAPABILITIES =
  CAPABILITY.protocol41 |
  CAPABILITY.secureConnection |
  CAPABILITY.pluginAuth |
  CAPABILITY.connectWithDb |
  CAPABILITY.connectAttributes |
  CAPABILITY.deprecateEof

export interface RawOptions {
  readonly capabilities?: number
  readonly database?: string
  readonly attributes?: readonly string[]
  readonly password?: string
}

export async function rawClient(port: number, options: RawOptions = {}): Promise<RawClient> {
  const { capabilities = CAPABILITIES, database = 'billing', attributes = [], password = 'any' } = options
  const client = bare(port)
  await client.next()
  const auth = cString(password)
  client.send(
    Buffer.concat([
      int(capabilities >>> 0, 4),
      int(0x100_0000, 4),
      Buffer.from([45]),
      Buffer.alloc(23),
      cString('bot'),
      Buffer.from([auth.length]),
      auth,
      cString(database),
      cString('mysql_clear_password'),
      lenencBytes(Buffer.concat(attributes.map(lenencBytes))),
    ]),
    1,
  )
  await client.next()
  return client
}

/** One that has said nothing. */
export function bare(port: number): RawClient {
  const socket = net.connect(port, '127.0.0.1')
  const reader = new PacketReader(1 << 26)
  const all: Buffer[] = []
  let closed = false
  let wake = (): void => {}
  socket.on('data', chunk => {
    all.push(chunk)
    reader.push(chunk)
    wake()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    closed = true
    wake()
  })
  const next = async (): Promise<Buffer | undefined> => {
    for (;;) {
      const found: Packet | undefined = reader.next()
      if (found !== undefined) return Buffer.from(found.bytes.subarray(found.start, found.end))
      if (closed) return undefined
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  }
  const send = (payload: Buffer, sequence = 0, answer = sequence + 1): void => {
    // Whoever answers has to keep to the order, too.
    reader.expect(answer)
    socket.write(packet(payload, sequence))
  }
  return {
    socket,
    bytes: () => Buffer.concat(all),
    send,
    next,
    ask: payload => {
      send(payload)
      return next()
    },
  }
}

/** Error number and message; undefined for any other answer. */
export function errorIn(answer: Buffer | undefined): { errno: number; message: string } | undefined {
  if (answer === undefined || answer[0] !== 0xff) return undefined
  return { errno: answer.readUInt16LE(1), message: answer.toString('utf8', 9) }
}

export const command = (byte: number, ...rest: readonly (Buffer | string)[]): Buffer =>
  Buffer.concat([Buffer.from([byte]), ...rest.map(part => Buffer.from(part))])

export const query = (text: string): Buffer => command(COMMAND.query, text)

/** COM_STMT_EXECUTE. @param rest which values are NULL, whether types follow, types and values. */
export const execute = (id: number, ...rest: readonly Buffer[]): Buffer =>
  command(COMMAND.stmtExecute, int(id, 4), Buffer.from([0]), int(1, 4), ...rest)

/** @returns the statement's id. @throws Error with what the door says where it refuses. */
export async function prepare(client: RawClient, text: string): Promise<number> {
  const answer = await client.ask(command(COMMAND.stmtPrepare, text))
  if (answer?.[0] !== 0) throw new Error(errorIn(answer)?.message)
  const [columns, parameters] = [answer.readUInt16LE(5), answer.readUInt16LE(7)]
  for (let each = 0; each < columns + parameters; each++) await client.next()
  return answer.readUInt32LE(1)
}

/** Every packet of the answer to a statement. */
export async function answerTo(client: RawClient, payload: Buffer): Promise<readonly Buffer[]> {
  const packets: Buffer[] = []
  for (let one = await client.ask(payload); one !== undefined; one = await client.next()) {
    packets.push(one)
    const [first] = one
    if (first === 0xff || first === 0xfe || (packets.length === 1 && first === 0)) break
  }
  return packets
}
