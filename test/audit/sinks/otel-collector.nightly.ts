/**
 * OpenTelemetry's own collector takes every kind of record, and what it hands on is what was recorded. Its program,
 * built by `.ci/nightly`, is named by CARDEA_TEST_OTELCOL.
 */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { otlpLogsSink } from '../../../src/audit/sinks/otlp-logs.js'
import { recordLine } from '../../../src/audit/trail-line.js'
import type { AuditRecord } from '../../../src/model/record.js'
import { freePort, PrivateServer } from '../../support/servers/process.js'
import { records } from '../records/arbitrary.js'
import { eventually, many, refused } from './kit.js'

interface Log {
  readonly eventName?: string
  readonly body: { readonly stringValue: string }
  readonly attributes: readonly { readonly key: string }[]
}

const server = new PrivateServer('otelcol', 'KILL')
const handedOn: Log[] = []
const behind = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => {
    const { resourceLogs } = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    for (const { scopeLogs } of resourceLogs)
      for (const { logRecords } of scopeLogs) handedOn.push(...logRecords)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
})
let url = ''

beforeAll(async () => {
  const onward = await new Promise<number>(resolve => {
    behind.listen(0, '127.0.0.1', () => {
      const address = behind.address()
      resolve(address !== null && typeof address === 'object' ? address.port : 0)
    })
  })
  const port = await freePort()
  const config = server.path('config.yaml')
  writeFileSync(
    config,
    JSON.stringify({
      receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
      exporters: {
        otlp_http: { endpoint: `http://127.0.0.1:${onward}`, encoding: 'json', compression: 'none' },
      },
      service: {
        telemetry: { metrics: { level: 'none' } },
        pipelines: { logs: { receivers: ['otlp'], exporters: ['otlp_http'] } },
      },
    }),
  )
  const log = server.path('server.log')
  const program = process.env['CARDEA_TEST_OTELCOL'] ?? 'otelcol'
  server.start(await server.program(program), ['--config', config], log)
  await server.ready(async () => {
    await fetch(`http://127.0.0.1:${port}/`)
  }, log)
  url = `http://127.0.0.1:${port}/v1/logs`
})
afterAll(async () => {
  await server.stop()
  behind.closeAllConnections()
  await new Promise(done => behind.close(done))
})

test('a collector takes what every record may say, and hands on its very text', async () => {
  const sent: AuditRecord[] = [refused, ...many(300), ...fc.sample(records, 500)]
  const sink = otlpLogsSink({ url, mandatory: true })
  for (let at = 0; at < sent.length; at += 50) await sink.write(sent.slice(at, at + 50), 'durable')
  await sink.close()
  await eventually(() => handedOn.length >= sent.length, 'everything handed on')
  const texts = (all: readonly string[]) => [...all].sort()
  expect(texts(handedOn.map(({ body }) => body.stringValue))).toEqual(texts(sent.map(recordLine)))
  for (const { attributes, body, eventName } of handedOn) {
    const { event, id }: AuditRecord = JSON.parse(body.stringValue)
    expect(eventName).toBe(`cardea.${event}`)
    // Half a surrogate pair is no text in UTF-8; the body has it as an escape.
    const wellFormed = Buffer.from(id).toString()
    expect(attributes).toContainEqual({ key: 'cardea.record.id', value: { stringValue: wellFormed } })
  }
})
