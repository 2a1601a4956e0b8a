/** What a stranger, a broken client or an attacker sends: a structured answer, and nothing else. No database here. */
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Entrance } from '../../../src/enforcement/entrance.js'
import { CardeaError } from '../../../src/errors.js'
import type { Toolbox, ToolResult } from '../../../src/model/tool.js'
import { type Door, openDoor, TOKENS } from './kit.js'

const called: unknown[] = []
const SECRET = '4111111111111111'

const tools: Toolbox = {
  listTools: () => [],
  mayWrite: name => name === 'execute',
  callTool: async (name, args): Promise<ToolResult> => {
    called.push([name, args])
    if (JSON.stringify(args).includes('explode')) throw new Error(`driver says: ${SECRET}`)
    const content = '{"status":"ok"}'
    return { type: 'ToolResult', name, result: [{ type: 'TextResultContent', content }], is_error: false }
  },
}

const entrance: Entrance = {
  dataSources: ['billing'],
  identify: async credentials => {
    if (credentials.kind !== 'token') return null
    if (credentials.token === 'unavailable')
      throw new CardeaError('CARDEA_STORE_UNAVAILABLE', `down: ${SECRET}`)
    return TOKENS[credentials.token] ?? null
  },
  admit: () => ({
    tools,
    statements: {
      standing: async () => {
        throw new Error(SECRET)
      },
    } as never,
  }),
}

let door: Door
beforeAll(async () => {
  door = await openDoor({ entrance })
})
afterAll(() => door.close())

const refused = {
  status: 'failed',
  code: 'CARDEA_REQUEST_REFUSED',
  reason: expect.any(String),
  retryable: false,
}

describe('strangers', () => {
  test.each([
    '',
    'Bearer',
    'Bearer nobody',
    'Basic YWxpY2U6eA==',
    `Bearer ${'x'.repeat(15_000)}`,
    'Bearer token-of-alice, Bearer b',
  ])('authorization %.40s proves nothing: 401, whatever is preferred', async authorization => {
    const { status, headers, body, text } = await door.post(
      '/v1/query',
      { sql: 'select 1' },
      { authorization },
    )
    expect([status, body['code'], body['status']]).toEqual([401, 'CARDEA_IDENTITY_REFUSED', 'denied'])
    expect(headers.get('www-authenticate')).toMatch(/^Bearer/)
    expect(text).not.toContain('nobody')
  })

  test('when nobody can tell: 503, later', async () => {
    const { status, headers, body, text } = await door.get('/v1/tables', {
      authorization: 'Bearer unavailable',
    })
    expect([status, body['retryable'], headers.get('retry-after')]).toEqual([503, true, '5'])
    expect(text).not.toContain(SECRET)
  })

  test('are answered before their body is read', async () => {
    const head =
      'POST /v1/execute HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 4000000\r\n\r\n{'
    expect(await door.raw(head)).toMatch(/^HTTP\/1\.1 401 /)
  })
})

describe('requests that this API does not take', () => {
  const auth = { authorization: 'Bearer token-of-alice' }
  test.each<[string, number, unknown, Record<string, string>]>([
    ['text/plain', 415, '{}', { 'content-type': 'text/plain' }],
    ['a form', 415, 'sql=1', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['another charset', 415, '{}', { 'content-type': 'application/json; charset=utf-16' }],
    ['an encoding', 415, '{}', { 'content-encoding': 'gzip' }],
    ['no JSON', 400, `{"sql": "${SECRET}`, {}],
    ['a list', 400, '[]', {}],
    ['a text', 400, '"x"', {}],
    ['null', 400, 'null', {}],
    ['deep JSON', 400, `{"sql":${'['.repeat(17)}${']'.repeat(17)}}`, {}],
    ['very deep JSON', 400, `${'{"a":'.repeat(400_000)}1${'}'.repeat(400_000)}`, {}],
    ['a page of the web', 403, '{}', { origin: 'https://evil.example' }],
    ['an agent that is no name', 400, '{}', { 'x-agent-id': ' \t'.repeat(3) + 'x'.repeat(129) }],
    ['a session that is no name', 400, '{}', { 'x-cardea-session': 'a'.repeat(200) }],
  ])('%s: %d', async (_, code, body, headers) => {
    const before = called.length
    const answer = await door.post('/v1/query', body, headers)
    expect([answer.status, answer.body]).toEqual([code, refused])
    expect(answer.text).not.toContain(SECRET)
    expect(called).toHaveLength(before)
  })

  test('a body that is too long: 413', async () => {
    const answer = await door.post('/v1/query', { sql: 'x'.repeat(4 * 1024 * 1024) })
    expect([answer.status, answer.body]).toEqual([413, refused])
  })

  test('bytes that are no UTF-8: 400', async () => {
    const body = Buffer.concat([Buffer.from('{"sql":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])
    const head = `POST /v1/query HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer token-of-alice\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
    expect(await door.raw(Buffer.concat([Buffer.from(head), body]))).toMatch(
      /^HTTP\/1\.1 400 .*The body is not UTF-8/s,
    )
  })

  test.each([
    ['DELETE', '/v1/query', 'POST'],
    ['GET', '/v1/execute', 'POST'],
    ['PUT', '/v1/approvals/x', 'POST, GET'],
    ['OPTIONS', '/v1/query', 'POST'],
    ['HEAD', '/v1/tables', 'GET'],
  ])('%s %s: 405', async (method, path, allow) => {
    const response = await fetch(`${door.url}${path}`, { method, headers: auth })
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow])
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
  })

  test.each(['/v1', '/v1/', '/v1/unknown', '/v1/query/x', '/v1/tables/a/b'])('GET %s: 404', async path => {
    const { status, body } = await door.get(path)
    expect([status, body]).toEqual([404, refused])
  })

  test('a bad escape in the path, a name that comes twice, a name that is not known', async () => {
    for (const path of [
      '/v1/tables/%zz',
      '/v1/tables?like=a&like=b',
      '/v1/approvals/x?sql=1',
      '/v1/openapi.json?a=1',
    ]) {
      const { status, text } = await door.get(path)
      expect([path, status]).toEqual([path, 400])
      expect(text).not.toContain('%zz')
    }
  })

  test('a tool or a store that breaks says nothing of what it was doing', async () => {
    for (const { status, text } of [
      await door.post('/v1/query', { sql: 'explode' }),
      await door.get('/v1/approvals/x'),
    ]) {
      expect(status).toBe(500)
      expect(text).not.toContain(SECRET)
      expect(JSON.parse(text)).toMatchObject({ status: 'failed', retryable: false })
    }
    const { body } = await door.post('/v1/execute', { sql: 'explode' })
    expect(body).toMatchObject({ status: 'failed', code: 'CARDEA_OUTCOME_UNKNOWN' })
  })
})

test('a body that never ends is not waited for', async () => {
  const head =
    'POST /v1/query HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer token-of-alice\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"sql":'
  expect(await door.raw(head)).toMatch(/^HTTP\/1\.1 408 /)
})

test.each([
  'GARBAGE\r\n\r\n',
  'GET /v1/tables HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0',
  `GET /v1/tables HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`,
])('what is no HTTP is cut off (%#)', async bytes => {
  expect(await door.raw(bytes)).toMatch(/^HTTP\/1\.1 4\d\d /)
})

test('any JSON body reaches the tool as it is, or is refused: never anything between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 6 })), async body => {
      called.length = 0
      const { status, body: answer } = await door.post('/v1/query', JSON.stringify(body))
      const { data_source, ...args } = JSON.parse(JSON.stringify(body))
      if (status === 200) expect(called).toEqual([['query', args]])
      else
        expect([status, called, typeof data_source]).toEqual([
          400,
          [],
          expect.not.stringMatching('undefined'),
        ])
      expect(typeof answer['status']).toBe('string')
    }),
    { numRuns: 100 },
  )
})

test('any bytes as a body are answered in JSON, and repeated nowhere', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async bytes => {
      const response = await fetch(`${door.url}/v1/execute`, {
        method: 'POST',
        headers: { authorization: 'Bearer token-of-alice', 'content-type': 'application/json' },
        body: bytes,
      })
      expect([200, 400]).toContain(response.status)
      expect(JSON.parse(await response.text())).toHaveProperty('status')
    }),
    { numRuns: 100 },
  )
})

test('a client that closes its socket at once leaves the door open for others', async () => {
  for (let at = 0; at < 50; at += 1) {
    const socket = connect(door.port, '127.0.0.1', () => {
      socket.write('POST /v1/execute HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer token-of-alice\r\n')
      socket.destroy()
    })
    socket.on('error', () => {})
  }
  expect((await door.post('/v1/query', { sql: 'select 1' })).body).toEqual({ status: 'ok' })
})
