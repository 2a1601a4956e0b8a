import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type OtlpLogsSinkOptions, otlpLogsSink } from '../../../src/audit/sinks/otlp-logs.js'
import { ConfigurationError } from '../../../src/errors.js'
import type { AuditRecord } from '../../../src/model/record.js'
import { auditSinkContract } from '../../../src/testing/audit-sink-contract.js'
import { type OtlpCollector, startOtlpCollector } from '../../support/servers/otlp.js'
import { delivered, many, refused, spoolDirectory } from './kit.js'

let collector: OtlpCollector

beforeAll(async () => {
  collector = await startOtlpCollector()
})
afterAll(() => collector.stop())
beforeEach(() => {
  collector.records.length = 0
  collector.answer(200)
})

const made = (over: Partial<OtlpLogsSinkOptions> = {}) =>
  otlpLogsSink({ url: collector.url, mandatory: true, ...over })

function stored(): AuditRecord[] {
  expect(collector.faults).toEqual([])
  return collector.records.map(({ body }) => JSON.parse(body.stringValue) as AuditRecord)
}

describe('a collector', () => {
  auditSinkContract({
    test,
    make: () => {
      const sink = made()
      return {
        sink,
        stored: async () => stored(),
        breakStorage: () => collector.answer(503),
        dispose: () => sink.close(),
      }
    },
  })
})

describe('an OpenTelemetry sink', () => {
  test('uses the names of the semantic conventions', async () => {
    const sink = made()
    await sink.write([refused], 'durable')
    expect(stored()).toEqual([refused])
    const [log] = collector.records
    expect(log).toMatchObject({
      timeUnixNano: '1893456000000000000',
      severityNumber: 13,
      severityText: 'WARN',
      eventName: 'cardea.statement',
    })
    const values = Object.fromEntries(
      log?.attributes.map(({ key, value }) => [key, Object.values(value)[0]]) ?? [],
    )
    expect(values).toEqual({
      'cardea.record.id': refused.id,
      'cardea.event': 'statement',
      'cardea.fingerprint': 'select ?',
      'cardea.phase': 'outcome',
      'cardea.outcome': 'refused',
      'cardea.decision.effect': 'deny',
      'cardea.decision.id': 'd',
      'cardea.decision.rule': 'r1',
      'cardea.data_source': 'billing',
      'db.system.name': 'postgresql',
      'db.query.text': 'body' in refused ? refused.body?.statement : '',
      'db.response.returned_rows': '3',
      'deployment.environment.name': 'production',
      'enduser.id': 'a"b]c\\d\n<1>',
      'error.type': 'CARDEA_POLICY_DENIED',
      'gen_ai.agent.id': 'billing-bot',
      'session.id': 's',
    })
    await sink.close()
  })

  test('believes no answer that says a part was not taken', async () => {
    const sink = made()
    collector.answer(200, { partialSuccess: { rejectedLogRecords: '1', errorMessage: 'too old' } })
    await expect(sink.write([refused], 'durable')).rejects.toThrow('only a part')
    collector.answer(200, { partialSuccess: {} })
    await sink.write([refused], 'durable')
    await sink.close()
  })

  test('counts what a collector will not take as lost, and goes on', async () => {
    const spool = spoolDirectory()
    const sink = otlpLogsSink({ url: collector.url, spool })
    await sink.open?.()
    collector.answer(400)
    await sink.write(many(2), 'durable')
    await delivered(sink)
    expect(sink.lag()).toMatchObject({ records: 0, lost: 2 })
    expect(collector.records).toEqual([])
    await sink.close()
    spool.dispose()
  })

  test.each([
    ['http elsewhere', { url: 'http://otel.example/v1/logs' }],
    ['a header that would end the line', { headers: { authorization: 'a\r\nx: y' } }],
    ['a header name that is none', { headers: { 'a b': 'c' } }],
  ])('is not made with %s', (_, over) => {
    expect(() => made(over)).toThrow(ConfigurationError)
  })
})
