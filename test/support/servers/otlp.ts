/**
 * Stands in for an OpenTelemetry collector: takes logs over OTLP/HTTP in JSON and refuses whatever does not follow the
 * protocol (opentelemetry-proto 1.x, `logs/v1/logs.proto`, JSON mapping: lowerCamelCase names, 64-bit numbers as text,
 * bytes as hex). Nothing that is not in the schema is let through.
 */
import { createServer, type IncomingMessage } from 'node:http'

export interface OtlpCollector {
  readonly url: string
  /** The log records that were taken, in order, without what stands around them. */
  readonly records: LogRecord[]
  /** What was wrong with requests that were refused. */
  readonly faults: string[]
  /** How the next requests are answered; default 200 with an empty object. */
  answer(status: number, body?: unknown, headers?: Readonly<Record<string, string>>): void
  stop(): Promise<void>
}

export interface LogRecord {
  readonly timeUnixNano: string
  readonly severityText: string
  readonly eventName: string
  readonly body: { readonly stringValue: string }
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, string>> }[]
}

/** Starts on any free port of the loopback interface. */
export async function startOtlpCollector(): Promise<OtlpCollector> {
  const records: LogRecord[] = []
  const faults: string[] = []
  let next: { status: number; body: unknown; headers: Readonly<Record<string, string>> } | undefined
  const server = createServer((request, response) => {
    void bodyOf(request).then(text => {
      let taken: LogRecord[] = []
      let status = next?.status ?? 200
      try {
        taken = read(request, text)
      } catch (error) {
        faults.push(String(error))
        status = 400
      }
      if (status === 200) records.push(...taken)
      response
        .writeHead(status, { 'content-type': 'application/json', ...next?.headers })
        .end(JSON.stringify(next?.body ?? {}))
    })
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/v1/logs`,
    records,
    faults,
    answer: (status, body = {}, headers = {}) => {
      next = { status, body, headers }
    },
    stop: async () => {
      server.closeAllConnections()
      await new Promise(done => server.close(done))
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function read({ method, url, headers }: IncomingMessage, text: string): LogRecord[] {
  if (method !== 'POST' || url !== '/v1/logs') throw new Error(`${method} ${url}`)
  if (headers['content-type'] !== 'application/json')
    throw new Error(`content type ${headers['content-type']}`)
  const found: LogRecord[] = []
  message(JSON.parse(text), {
    resourceLogs: list({
      resource: object({ attributes: ATTRIBUTES }),
      scopeLogs: list({
        scope: object({ name: string }),
        logRecords: list({
          timeUnixNano: nanoseconds,
          observedTimeUnixNano: nanoseconds,
          severityNumber: severity,
          severityText: string,
          eventName: string,
          body: anyValue,
          attributes: ATTRIBUTES,
        }),
      }),
    }),
  })
  for (const { scopeLogs } of JSON.parse(text).resourceLogs)
    for (const { logRecords } of scopeLogs) found.push(...logRecords)
  return found
}

type Check = (value: unknown) => void
type Shape = Readonly<Record<string, Check>>

function message(value: unknown, shape: Shape): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('no message')
  for (const [name, field] of Object.entries(value)) {
    const check = shape[name]
    if (check === undefined) throw new Error(`unknown field ${name}`)
    try {
      check(field)
    } catch (error) {
      throw new Error(`${name}: ${error}`)
    }
  }
}

const object =
  (shape: Shape): Check =>
  value =>
    message(value, shape)

const list =
  (shape: Shape): Check =>
  value => {
    if (!Array.isArray(value)) throw new Error('no list')
    for (const item of value) message(item, shape)
  }

const string: Check = value => {
  if (typeof value !== 'string') throw new Error('no string')
}

const nanoseconds: Check = value => {
  if (typeof value !== 'string' || !/^[1-9]\d{17,18}$/.test(value)) throw new Error(`no fixed64: ${value}`)
}

const severity: Check = value => {
  if (!Number.isInteger(value) || Number(value) < 1 || Number(value) > 24) throw new Error('no severity')
}

const integer: Check = value => {
  if (typeof value !== 'string' || !/^-?\d+$/.test(value)) throw new Error('an int64 is text in JSON')
}

const anyValue: Check = value => {
  message(value, { stringValue: string, intValue: integer })
  if (Object.keys(value as object).length !== 1) throw new Error('not one value')
}

const ATTRIBUTES: Check = value => {
  list({ key: string, value: anyValue })(value)
  const keys = (value as { key: string }[]).map(({ key }) => key)
  if (new Set(keys).size !== keys.length) throw new Error('a key twice')
}
