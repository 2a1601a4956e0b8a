import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { postTo } from '../../../src/audit/sinks/http-peer.js'
import { type WebhookSinkOptions, webhookSink } from '../../../src/audit/sinks/webhook.js'
import { ConfigurationError } from '../../../src/errors.js'
import type { AuditRecord } from '../../../src/model/record.js'
import { auditSinkContract } from '../../../src/testing/audit-sink-contract.js'
import { rejection } from '../kit.js'
import { delivered, eventually, many, noted, refused, spoolDirectory } from './kit.js'

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const NEXT_SECRET = `whsec_${Buffer.alloc(32, 8).toString('base64')}`
const PATH = '/in/secret-of-the-path'

interface Received {
  readonly id: string
  readonly timestamp: number
  readonly records: readonly AuditRecord[]
}

let server: Server
let url: string
let received: Received[]
/** Statuses of the next answers; 200 when there is none, 0 for a connection that is cut. */
let statuses: number[]
let headers: Record<string, string>
let hanging: boolean

/** What a receiver does, without anything of ours. */
function verified(given: Headers, body: string, secret: string): boolean {
  const signed = `${given.get('webhook-id')}.${given.get('webhook-timestamp')}.${body}`
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const right = Buffer.from(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
  return (given.get('webhook-signature') ?? '').split(' ').some(each => {
    const bytes = Buffer.from(each)
    return bytes.length === right.length && timingSafeEqual(bytes, right)
  })
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      if (hanging) return
      const body = Buffer.concat(chunks).toString('utf8')
      const given = new Headers(request.headers as Record<string, string>)
      const status = request.url === PATH && verified(given, body, SECRET) ? (statuses.shift() ?? 200) : 401
      if (status === 0) {
        request.socket.resetAndDestroy()
        return
      }
      if (status === 200)
        received.push({
          id: given.get('webhook-id') ?? '',
          timestamp: Number(given.get('webhook-timestamp')),
          records: JSON.parse(body).data.records,
        })
      response.writeHead(status, headers).end()
    })
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  url = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}${PATH}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise(done => server.close(done))
})
beforeEach(() => {
  received = []
  statuses = []
  headers = {}
  hanging = false
})

const made = (over: Partial<WebhookSinkOptions> = {}) =>
  webhookSink({ url, secret: SECRET, mandatory: true, ...over })
const records = () => received.flatMap(message => message.records)

describe('a receiver that checks signatures', () => {
  auditSinkContract({
    test,
    make: () => {
      const sink = made()
      return {
        sink,
        stored: async () => records(),
        breakStorage: () => {
          statuses = Array(100).fill(503)
        },
        dispose: () => sink.close(),
      }
    },
  })
})

describe('a webhook sink', () => {
  test('names one message alike in each attempt, and another one otherwise', async () => {
    const seen: string[] = []
    server.on('request', request => seen.push(String(request.headers['webhook-id'])))
    const sink = made()
    statuses = [0]
    await sink.write([noted('a')], 'durable')
    await sink.write([noted('b')], 'durable')
    expect(seen).toHaveLength(3)
    expect(seen[0]).toBe(seen[1])
    expect(seen[2]).not.toBe(seen[1])
    expect(seen.every(id => /^[\w-]{43}$/.test(id))).toBe(true)
    await sink.close()
  })

  test('signs with each secret, and with the time of its clock', async () => {
    const clock = { now: () => 1_900_000_000_000, monotonic: () => 0 }
    const sink = made({ secret: [NEXT_SECRET, SECRET], clock })
    await sink.write([refused], 'durable')
    expect(received).toMatchObject([{ timestamp: 1_900_000_000, records: [refused] }])
    await sink.close()
  })

  test('keeps what a peer is too busy for, waits as it asks, and delivers in order', async () => {
    const spool = spoolDirectory()
    const sink = webhookSink({ url, secret: SECRET, spool })
    await sink.open?.()
    headers = { 'retry-after': '1' }
    statuses = [429]
    const sent = many(1_200)
    for (const record of sent) await sink.write([record], 'durable')
    await eventually(() => statuses.length === 0, 'the first answer')
    expect(received).toEqual([])
    await delivered(sink)
    expect(records()).toEqual(sent)
    await sink.close()
    spool.dispose()
  })

  test('finds the one record that is refused for good, and delivers the others', async () => {
    const spool = spoolDirectory()
    const sink = webhookSink({ url, secret: SECRET, spool })
    const lost: number[] = []
    sink.watch?.(trouble => lost.push(trouble.lost))
    await sink.open?.()
    // Of eight: all, four, two, then the first alone is refused.
    statuses = [400, 400, 413, 422]
    const sent = many(8)
    await sink.write(sent, 'durable')
    await delivered(sink)
    expect(records()).toEqual(sent.slice(1))
    expect(lost).toEqual([1])
    await sink.close()
    spool.dispose()
  })

  test('lets go of a peer that takes a message and says nothing', async () => {
    hanging = true
    const post = postTo('The webhook', { url, headers: {}, body: '{}', signal: AbortSignal.timeout(200) })
    expect(String(await rejection(post))).toContain('did not answer in time')
  })

  test.each([302, 401, 404, 500])(
    'fails on %i without telling the address, a secret or a record',
    async status => {
      statuses = [status, status]
      headers = { location: 'http://127.0.0.1:1/elsewhere' }
      const sink = made()
      const error = await rejection(sink.write([noted('r', 'a text of the record')], 'durable'))
      expect(String(error)).toContain(`answered ${status}`)
      expect(`${(error as Error).stack} ${JSON.stringify(error)}`).not.toMatch(
        /secret-of-the-path|whsec|of the record/,
      )
      expect(received).toEqual([])
      await sink.close()
    },
  )

  test.each([
    ['http elsewhere', { url: 'http://siem.example/x' }],
    ['a password in the address', { url: 'https://a:secret@siem.example/x' }],
    ['a short secret', { secret: 'whsec_c2VjcmV0' }],
    ['no secret', { secret: [] }],
    ['a name that is no file', { name: '../x' }],
  ])('is not made with %s', (_, over) => {
    let thrown: unknown
    try {
      made(over)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(ConfigurationError)
    expect(String(thrown)).not.toMatch(/c2VjcmV0|a:secret/)
  })
})
