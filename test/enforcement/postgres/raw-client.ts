/** A client of bare bytes, for what no driver would send. */
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  cString,
  int32,
  message,
  passwordMessage,
  startupMessage,
} from '../../../src/enforcement/upstream/postgres/messages.js'

export interface Answer {
  readonly type: string
  readonly body: Buffer
}

export interface RawClient {
  readonly socket: net.Socket
  /** What the start-up was answered with. */
  readonly greeting: readonly Answer[]
  send(...parts: readonly Buffer[]): void
  /** Answers up to the given number of ReadyForQuery more; what has come when the connection ends before. */
  ready(times?: number): Promise<readonly Answer[]>
  /** Sends, and gives the answers up to the next ReadyForQuery. */
  exchange(...parts: readonly Buffer[]): Promise<readonly Answer[]>
  /** Every byte that came. */
  heard(): Buffer
  readonly ended: Promise<void>
}

/** So that a gateway that never answers fails a test soon. */
const PATIENCE_MS = 8_000

export interface RawOptions {
  /** Of the start-up packet, beside user and database. */
  readonly parameters?: Readonly<Record<string, string>>
  readonly password?: string
}

/** A client that has signed in, or has been told why not: its first answers are taken. */
export async function rawClient(
  port: number,
  { parameters = {}, password = 'any' }: RawOptions = {},
): Promise<RawClient> {
  const socket = net.connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  let wake = (): void => {}
  let over = false
  socket.on('data', chunk => {
    chunks.push(chunk)
    wake()
  })
  socket.on('error', () => {})
  const ended = new Promise<void>(resolve => {
    socket.once('close', () => {
      over = true
      wake()
      resolve()
    })
  })
  let seen = 0
  const client: Omit<RawClient, 'greeting'> = {
    socket,
    ended,
    send: (...parts) => void socket.write(Buffer.concat(parts)),
    exchange(...parts) {
      client.send(...parts)
      return client.ready()
    },
    heard: () => Buffer.concat(chunks),
    async ready(times = 1) {
      for (;;) {
        const answers = answersOf(Buffer.concat(chunks)).slice(seen)
        const marks = answers.flatMap(({ type }, at) => (type === 'Z' ? [at] : []))
        const last = marks[times - 1]
        if (last !== undefined || over) {
          const found = answers.slice(0, last === undefined ? undefined : last + 1)
          seen += found.length
          return found
        }
        await new Promise<void>((resolve, reject) => {
          const late = setTimeout(() => {
            reject(new Error(`only ${answers.map(({ type }) => type).join('')} came`))
          }, PATIENCE_MS)
          wake = () => {
            clearTimeout(late)
            resolve()
          }
        })
      }
    },
  }
  const given = { user: 'bot', database: 'billing', ...parameters }
  const greeting = await client.exchange(
    startupMessage(new Map(Object.entries(given))),
    passwordMessage(password),
  )
  return Object.assign(client, { greeting })
}

function answersOf(bytes: Buffer): readonly Answer[] {
  const answers: Answer[] = []
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 1 + bytes.readInt32BE(at + 1)
    if (end > bytes.length) break
    answers.push({ type: bytes.toString('latin1', at, at + 1), body: bytes.subarray(at + 5, end) })
    at = end
  }
  return answers
}

const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

export const parse = (name: string, text: string): Buffer => {
  return message('P', cString(name), cString(text), int16(0))
}

export interface Given {
  readonly values?: readonly (Buffer | null)[]
  /** 0 for text, 1 for binary. */
  readonly formats?: readonly number[]
  readonly results?: readonly number[]
}

export function bind(
  portal: string,
  statement: string,
  { values = [], formats = [], results = [] }: Given = {},
): Buffer {
  return message(
    'B',
    ...[
      cString(portal),
      cString(statement),
      int16(formats.length),
      ...formats.map(int16),
      int16(values.length),
    ],
    ...values.flatMap(value => (value === null ? [int32(-1)] : [int32(value.length), value])),
    ...[int16(results.length), ...results.map(int16)],
  )
}

export const describe = (kind: 'S' | 'P', name: string): Buffer =>
  message('D', Buffer.from(kind), cString(name))
export const execute = (portal: string, rows = 0): Buffer => message('E', cString(portal), int32(rows))
export const close = (kind: 'S' | 'P', name: string): Buffer => message('C', Buffer.from(kind), cString(name))
export const query = (text: string): Buffer => message('Q', cString(text))
export const SYNC = message('S')
export const FLUSH = message('H')

/** A cancel request as the client of that greeting would send it. */
export function cancelKey(greeting: readonly Answer[]): { readonly pid: number; readonly secret: Buffer } {
  const key = greeting.find(({ type }) => type === 'K')?.body ?? Buffer.alloc(8)
  return { pid: key.readInt32BE(0), secret: Buffer.from(key.subarray(4)) }
}

/** Connects, says that and waits until the other side has left. @returns what came. */
export async function sayAndWait(port: number, ...parts: readonly Buffer[]): Promise<Buffer> {
  const socket = net.connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk)).on('error', () => {})
  socket.write(Buffer.concat(parts))
  await new Promise(resolve => socket.once('close', resolve))
  return Buffer.concat(chunks)
}

/** The fields of the error among answers, by their letters. */
export function errorOf(answers: readonly Answer[]): Readonly<Record<string, string>> | undefined {
  const error = answers.find(({ type }) => type === 'E')
  if (error === undefined) return undefined
  const fields = error.body
    .toString('utf8')
    .split('\0')
    .filter(part => part !== '')
  return Object.fromEntries(fields.map(field => [field.charAt(0), field.slice(1)]))
}

export const types = (answers: readonly Answer[]): string => answers.map(({ type }) => type).join('')

/** Whether something comes to hold within a second. */
export async function eventually(holds: () => boolean): Promise<boolean> {
  for (let left = 100; left > 0; left--) {
    if (holds()) return true
    await sleep(10)
  }
  return holds()
}
