import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { s3Bucket } from '../../../src/audit/s3/bucket.js'
import { type S3SinkOptions, s3Sink } from '../../../src/audit/sinks/s3.js'
import { ConfigurationError } from '../../../src/errors.js'
import type { AuditRecord } from '../../../src/model/record.js'
import { auditSinkContract } from '../../../src/testing/audit-sink-contract.js'
import { systemClock } from '../../../src/util/clock.js'
import { type S3Server, startS3 } from '../../support/servers/s3.js'
import { rejection } from '../kit.js'
import { many, noted, type Relay, relay, spoolDirectory } from './kit.js'

let server: S3Server
let between: Relay
let made = 0

beforeAll(async () => {
  server = await startS3()
  between = await relay(Number(new URL(server.endpoint).port))
  await server.makeBucket('audit', true)
})
afterAll(async () => {
  await between.close()
  await server.stop()
})

const signal = () => AbortSignal.timeout(20_000)
const place = (over: Partial<S3SinkOptions> = {}): S3SinkOptions => ({
  bucket: 'audit',
  region: server.region,
  endpoint: server.endpoint,
  credentials: server.credentials,
  ...over,
})
const bucket = () => s3Bucket(place(), systemClock)

/** Of every object below the prefix, in the order of their versions' writing as far as names tell. */
async function stored(prefix: string): Promise<AuditRecord[]> {
  const records: AuditRecord[] = []
  for (const { key, versionId } of await bucket().versions(prefix, signal())) {
    const body = await bucket().get(key, versionId === undefined ? {} : { versionId }, signal())
    for (const line of body.toString('utf8').split('\n').slice(0, -1)) records.push(JSON.parse(line))
  }
  return records
}

describe('a bucket with Object Lock', () => {
  auditSinkContract({
    test,
    make: () => {
      const prefix = `c${made++}/`
      // Objects list by the time of their first record, which is one and the same in the contract: in the order of writes.
      const written: string[] = []
      const sink = s3Sink(place({ prefix, endpoint: `http://127.0.0.1:${between.port}`, mandatory: true }))
      return {
        sink: {
          ...sink,
          write: (records, settle) => {
            written.push(...records.map(({ id, phase }) => `${id} ${phase}`))
            return sink.write(records, settle)
          },
        },
        stored: async () => {
          const order = ({ id, phase }: AuditRecord) => written.indexOf(`${id} ${phase}`)
          return (await stored(prefix)).sort((a, b) => order(a) - order(b))
        },
        breakStorage: () => between.behave('refuse'),
        dispose: () => Promise.all([sink.close(), between.behave('pass')]).then(() => {}),
      }
    },
  })
})

describe('an S3 sink', () => {
  test('delivers a batch as one object, held as long as it is told, which nobody deletes', async () => {
    const spool = spoolDirectory()
    const sink = s3Sink(place({ prefix: 'held/', spool, retention: { mode: 'COMPLIANCE', days: 400 } }))
    await sink.open?.()
    await sink.write(many(300), 'durable')
    await sink.close()
    const versions = await bucket().versions('held/', signal())
    expect(versions.map(({ key }) => key)).toEqual([
      expect.stringMatching(/^held\/2030\/01\/01\/20300101T000000000Z-[0-9a-f]{16}\.jsonl$/),
    ])
    expect(await stored('held/')).toEqual(many(300))
    const [{ key, versionId } = { key: '' }] = versions
    const held = await bucket().retention(key, versionId === undefined ? {} : { versionId }, signal())
    expect(held.mode).toBe('COMPLIANCE')
    expect(Math.round((held.until - Date.now()) / 86_400_000)).toBe(400)
    const deleted = await server.request('DELETE', `audit/${key}?versionId=${versionId}`)
    expect(deleted).toBe(403)
    spool.dispose()
  })

  test('fails with S3’s own word, without a credential', async () => {
    const credentials = { accessKeyId: server.credentials.accessKeyId, secretAccessKey: 'wrong-secret-key' }
    const sink = s3Sink(place({ credentials, mandatory: true }))
    const error = await rejection(sink.write([noted('x')], 'durable'))
    expect(String(error)).toMatch(/answered 403 \(SignatureDoesNotMatch\)/)
    expect(String(error)).not.toMatch(/wrong-secret|127\.0\.0\.1/)
    await sink.close()
  })

  test.each([
    ['a prefix that is none', { prefix: '../x' }],
    ['a retention of no days', { retention: { mode: 'COMPLIANCE' as const, days: 0 } }],
    ['a plain endpoint elsewhere', { endpoint: 'http://s3.example' }],
  ])('is not made with %s', (_, over) => {
    expect(() => s3Sink(place({ mandatory: true, ...over }))).toThrow(ConfigurationError)
  })
})
