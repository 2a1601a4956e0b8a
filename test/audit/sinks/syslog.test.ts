import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type SyslogSinkOptions, syslogSink } from '../../../src/audit/sinks/syslog.js'
import { deliverSyslog } from '../../../src/audit/syslog/deliver.js'
import { syslogFrame } from '../../../src/audit/syslog/message.js'
import { ConfigurationError } from '../../../src/errors.js'
import type { AuditRecord } from '../../../src/model/record.js'
import { auditSinkContract } from '../../../src/testing/audit-sink-contract.js'
import { type Rsyslog, startRsyslog } from '../../support/servers/rsyslog.js'
import { rejection } from '../kit.js'
import { delivered, eventually, many, noted, type Relay, refused, relay, spoolDirectory } from './kit.js'

let server: Rsyslog
let between: Relay

beforeAll(async () => {
  server = await startRsyslog()
  between = await relay(server.tlsPort)
})
afterAll(async () => {
  await between.close()
  await server.stop()
})

const LONGEST = 16 * 1_048_576
const tls = () => ({ ca: server.ca })

/** Everything that the server has in its file, once a message that was sent after it is there. */
async function received(from: number): Promise<readonly AuditRecord[]> {
  const mark = `mark-${Math.random()}`
  const frame = syslogFrame({
    severity: 'notice',
    time: '2030-01-01T00:00:00Z',
    messageId: 'mark',
    data: {},
    text: mark,
  })
  await deliverSyslog(
    { host: server.host, port: server.port, tls: false },
    [frame],
    new AbortController().signal,
  )
  await eventually(() => server.messages().some(line => line.endsWith(mark)), 'the mark')
  return server
    .messages()
    .slice(from)
    .filter(line => !line.includes(' mark - '))
    .map(line => {
      const text = /^<\d+>1 \S+ \S+ cardea \d+ \S+ (?:-|\[.*?[^\\]\]) (\{.*\})$/su.exec(line)?.[1]
      if (text === undefined) throw new Error(`not understood: ${line.slice(0, 300)}`)
      return JSON.parse(text) as AuditRecord
    })
}

describe('rsyslog over TLS', () => {
  auditSinkContract({
    test,
    make: async () => {
      await received(0)
      const from = server.messages().length
      const sink = sinkTo(between.port, { maxMessageBytes: LONGEST })
      return {
        sink,
        stored: () => received(from),
        breakStorage: () => between.behave('refuse'),
        dispose: () => Promise.all([sink.close(), between.behave('pass')]).then(() => {}),
      }
    },
  })
})

const sinkTo = (port: number, over: Partial<SyslogSinkOptions> = {}) =>
  syslogSink({ host: 'localhost', port, tls: tls(), mandatory: true, ...over })

describe('a syslog sink', () => {
  test('brings the fields that receivers filter by, and text as it is', async () => {
    const from = server.messages().length
    const sink = sinkTo(server.tlsPort)
    await sink.write([refused], 'durable')
    expect(await received(from)).toEqual([refused])
    const line = server.messages().find(each => each.includes('billing')) ?? ''
    expect(line).toContain('<108>1 2030-01-01T00:00:00.000Z ')
    expect(line).toContain(
      `statement [cardea@32473 id="${refused.id}" phase="outcome" status="refused" dataSource="billing" subject="a\\"b\\]c\\\\d <1>" agent="billing-bot" effect="deny" rule="r1"]`,
    )
    await sink.close()
  })

  test('does not deliver to a server with another certificate, and says why without the address', async () => {
    const sink = sinkTo(server.tlsPort, { tls: {} })
    const error = await rejection(sink.write([noted('secret')], 'durable'))
    expect(String(error)).toMatch(/DEPTH_ZERO_SELF_SIGNED_CERT/)
    expect(String(error)).not.toMatch(/localhost|127\.0\.0\.1/)
    const other = sinkTo(server.tlsPort, { tls: { ...tls(), servername: 'other.example' } })
    expect(String(await rejection(other.write([noted('secret')], 'durable')))).toMatch(
      /ERR_TLS_CERT_ALTNAME_INVALID/,
    )
    await Promise.all([sink.close(), other.close()])
  })

  test('lets go of a server that takes messages and says nothing', async () => {
    await between.behave('hang')
    const frame = syslogFrame({ severity: 'notice', time: '-', messageId: 'x', data: {}, text: 'x' })
    const delivery = deliverSyslog(
      { host: 'localhost', port: between.port, tls: tls() },
      [frame],
      AbortSignal.timeout(200),
    )
    expect(String(await rejection(delivery))).toContain('no answer in time')
    await between.behave('pass')
  })

  test('sends again what a server had not read when its connection was cut', async () => {
    const from = server.messages().length
    const spool = spoolDirectory()
    const sink = syslogSink({ host: 'localhost', port: between.port, tls: tls(), spool })
    await sink.open?.()
    await between.behave(20_000)
    const records = many(300)
    for (const record of records) void sink.write([record], 'durable')
    await eventually(() => sink.lag().records === 300, 'all are spooled')
    await new Promise(done => setTimeout(done, 600))
    expect(sink.lag().records).toBe(300)
    await between.behave('pass')
    await delivered(sink)
    const arrived = (await received(from)).map(({ id }) => id)
    expect([...new Set(arrived)]).toEqual(records.map(({ id }) => id))
    await sink.close()
    spool.dispose()
  })

  test('refuses a record that the server would not take as one, and goes on with the others', async () => {
    const from = server.messages().length
    const spool = spoolDirectory()
    const sink = syslogSink({ host: 'localhost', port: server.tlsPort, tls: tls(), spool })
    const troubles: number[] = []
    sink.watch?.(({ lost }) => troubles.push(lost))
    await sink.open?.()
    const records = [noted('before'), noted('long', 'x'.repeat(200_000)), noted('after')]
    await sink.write(records, 'durable')
    await delivered(sink)
    expect((await received(from)).map(({ id }) => id)).toEqual(['before', 'after'])
    expect(troubles).toEqual([1])
    expect(sink.lag()).toEqual({ records: 0, seconds: 0, lost: 1 })
    await sink.close()
    spool.dispose()
  })

  test.each([
    ['another host without TLS', { host: 'logs.example', tls: false as const, mandatory: true as const }],
    ['no word on delivery', { host: 'logs.example' }],
    ['two words on delivery', { host: 'logs.example', mandatory: true as const, spool: { directory: 'x' } }],
    ['no host', { host: '', mandatory: true as const }],
    ['a key without a certificate', { host: 'h', tls: { key: 'k' }, mandatory: true as const }],
    ['a port that is none', { host: 'h', port: 0, mandatory: true as const }],
    ['a tiny spool', { host: 'h', spool: { directory: 'x', maxBytes: 1 } }],
  ])('is not made with %s', (_, options) => {
    expect(() => syslogSink(options)).toThrow(ConfigurationError)
  })
})
