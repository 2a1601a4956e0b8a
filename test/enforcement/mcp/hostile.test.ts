/** Requests that no well-behaved client sends: refused in words, with nothing run and nothing given away. */
import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { CardeaError } from '../../../src/index.js'
import type { Credentials } from '../../../src/model/principal.js'
import { describePostgres } from '../../support/databases.js'
import { type Door, HEADERS, identifyByWord, openDoor, read, said, send, toolCall } from './door.js'

const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' }

describePostgres('hostile HTTP at the MCP door', () => {
  let door: Door
  let isProviderUp = true
  let presented: Credentials | undefined
  beforeAll(async () => {
    door = await openDoor({
      identify: credentials => {
        presented = credentials
        if (!isProviderUp)
          throw new CardeaError('CARDEA_STORE_UNAVAILABLE', 'The provider of PAN 4111111111111111.')
        return identifyByWord(credentials)
      },
      point: {
        publicUrl: 'https://gateway.corp.example',
        issuers: ['https://login.corp.example'],
        origins: ['https://studio.corp.example'],
      },
    })
  })
  afterAll(() => door.close())

  test.each([
    ['no JSON', '{"jsonrpc":', 400, -32700],
    ['nothing', '', 400, -32700],
    ['JSON that is no message', '42', 400, -32600],
    ['a message of another protocol', '{"hello":1}', 400, -32600],
    ['nested too deep', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`, 400, -32600],
    ['nested too deep, in arguments', toolCallText(`${'['.repeat(70)}${']'.repeat(70)}`), 400, -32600],
    ['too long', toolCallText(JSON.stringify('x'.repeat(1_100_000))), 413, -32000],
    ['no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 400, -32700],
    ['a batch in a version without batches', [list], 400, -32600],
    ['a batch that is too long', Array.from({ length: 21 }, (_, id) => ({ ...list, id })), 400, -32600],
  ] as const)('%s', async (what, body, status, code) => {
    const version = what.includes('without') ? { 'mcp-protocol-version': '2025-11-25' } : {}
    const sent = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
    const answered = await read(
      await fetch(`${door.url}/mcp`, { method: 'POST', headers: { ...HEADERS, ...version }, body: sent }),
    )
    expect([answered.status, answered.messages]).toEqual([
      status,
      [expect.objectContaining({ error: expect.objectContaining({ code }) })],
    ])
    expect(answered.text).not.toMatch(/at \w+ \(|node_modules|\/src\//)
  })

  test('brackets in texts are no nesting, and a short batch of the version with batches is served', async () => {
    const sql = `select '${'[{'.repeat(100)}' as x`
    expect(said(await send(door, toolCall('query', { sql })))).toMatchObject({ status: 'ok' })
    const answered = await send(door, [list, { ...list, id: 2 }], { 'mcp-protocol-version': '2025-03-26' })
    expect(answered.messages.map(({ id }) => id).sort()).toEqual([1, 2])
  })

  test.each([
    ['another content type', { 'content-type': 'text/plain' }, 415],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['no answer that we could give', { accept: 'text/html' }, 406],
    ['a version that there is not', { 'mcp-protocol-version': '2099-01-01' }, 400],
    ['a version that is none', { 'mcp-protocol-version': 'x'.repeat(5_000) }, 400],
    ['a page of another origin', { origin: 'https://evil.example' }, 403],
    ['a page without an origin', { origin: 'null' }, 403],
    ['an agent that is no name', { 'x-agent-id': `a\tb` }, 400],
    ['a conversation that is no name', { 'x-cardea-session': 'x'.repeat(200) }, 400],
    ['a wish that we do not know', { 'x-cardea-denial-as': 'nothing' }, 400],
  ] as const)('%s', async (_, headers, status) => {
    const answered = await send(door, list, headers)
    expect(answered.status).toBe(status)
    expect(answered.messages).toEqual([expect.objectContaining({ error: expect.anything() })])
  })

  test('an allowed origin, a session of somebody else, an unknown session: served like any other', async () => {
    for (const headers of [
      { origin: 'https://studio.corp.example' },
      { 'mcp-session-id': '01ARZ3NDEKTSV4RRFFQ69G5FAV' },
      { 'mcp-session-id': '../../etc/passwd' },
    ]) {
      expect((await send(door, list, headers)).status).toBe(200)
    }
  })

  test('a name that leads to this machine from elsewhere', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { ...HEADERS, host: 'rebound.evil.example' }
      const sent = httpRequest(`${door.url}/mcp`, { method: 'POST', headers }, response => {
        response.resume()
        resolve(response.statusCode)
      })
      sent.once('error', reject)
      sent.end(JSON.stringify(list))
    })
    expect(status).toBe(403)
  })

  test.each([
    ['no token', { authorization: '' }, 'Bearer '],
    ['a token of nobody', { authorization: 'Bearer nobody' }, 'Bearer error="invalid_token", '],
    ['a password', { authorization: 'Basic YTpi' }, 'Bearer error="invalid_token", '],
    [
      'a token that is too long',
      { authorization: `Bearer ${'a'.repeat(15_000)}` },
      'Bearer error="invalid_token", ',
    ],
  ] as const)('%s: 401, and where to get one', async (_, headers, begins) => {
    const before = door.visitors.length
    const answered = await send(door, toolCall('query', { sql: 'select 1' }), headers, '/mcp/billing')
    expect(answered.status).toBe(401)
    const metadata = 'https://gateway.corp.example/.well-known/oauth-protected-resource/mcp/billing'
    expect(answered.headers.get('www-authenticate')).toBe(`${begins}resource_metadata="${metadata}"`)
    expect(door.visitors).toHaveLength(before)
    const { pathname } = new URL(metadata)
    expect(await (await fetch(`${door.url}${pathname}`)).json()).toMatchObject({
      resource: 'https://gateway.corp.example/mcp/billing',
      authorization_servers: ['https://login.corp.example'],
    })
  })

  test('a bound token comes with what its proof is checked against, under the public address', async () => {
    await send(door, list, { authorization: 'DPoP token-of-ada', dpop: 'a.proof.jwt' }, '/mcp/billing?x=1')
    const url = 'https://gateway.corp.example/mcp/billing?x=1'
    expect(presented).toEqual({
      kind: 'token',
      token: 'token-of-ada',
      proof: { kind: 'dpop', jwt: 'a.proof.jwt', method: 'POST', url },
    })
  })

  test('whatever is sent, the answer is one of ours', async () => {
    const body = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.json({ maxDepth: 6 }),
      fc
        .record({
          jsonrpc: fc.constantFrom('2.0', '1.0', 2),
          id: fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.double()),
          method: fc.constantFrom(
            'tools/call',
            'tools/list',
            'initialize',
            'ping',
            'notifications/cancelled',
            '',
          ),
          params: fc.jsonValue({ maxDepth: 4 }),
        })
        .map(message => JSON.stringify(message)),
    )
    const property = fc.asyncProperty(body, async text => {
      const answered = await send(door, text)
      expect([200, 202, 400, 404, 406]).toContain(answered.status)
      for (const message of answered.messages) expect(message).toHaveProperty('jsonrpc', '2.0')
      expect(answered.text).not.toMatch(/node_modules|TypeError|RangeError/)
    })
    await fc.assert(property, { numRuns: 60 })
  })

  test('nobody can tell: 503, not 401, and not in the words of the provider', async () => {
    isProviderUp = false
    try {
      const answered = await send(door, list)
      expect([answered.status, answered.headers.get('retry-after')]).toEqual([503, '5'])
      expect(answered.text).not.toContain('4111')
    } finally {
      isProviderUp = true
    }
  })

  test('a data source that is not there', async () => {
    expect((await send(door, list, {}, '/mcp/payroll')).status).toBe(404)
    expect((await send(door, list, {}, '/mcp/billing')).status).toBe(200)
  })

  test.each(['GET', 'DELETE'])('%s: there is no session', async method => {
    const answered = await read(await fetch(`${door.url}/mcp`, { method, headers: HEADERS }))
    expect([answered.status, answered.headers.get('allow')]).toEqual([405, 'POST'])
  })

  test.each([
    'resources/list',
    'resources/read',
    'prompts/list',
    'completion/complete',
    'logging/setLevel',
    'sampling/createMessage',
    'tasks/list',
    'constructor',
    '__proto__',
  ])('the method %s is not offered', async method => {
    const answered = await send(door, { jsonrpc: '2.0', id: 1, method, params: {} })
    expect(answered.messages).toEqual([
      expect.objectContaining({ error: expect.objectContaining({ code: -32601 }) }),
    ])
  })

  test('nobody holds a connection by subscribing', async () => {
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'mcp', version: '0.1.0' },
      'io.modelcontextprotocol/clientCapabilities': {},
    }
    const body = {
      jsonrpc: '2.0',
      id: 1,
      method: 'subscriptions/listen',
      params: { notifications: {}, _meta },
    }
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'subscriptions/listen' }
    const answered = await send(door, body, headers)
    expect(answered.messages).toEqual([expect.objectContaining({ error: expect.anything() })])
  })

  test.each([
    ['another tool', 'drop_database', {}],
    ['the tool of a prototype', 'toString', {}],
    ['a name that is a number', '4111111111111111', {}],
    ['no arguments', 'query', undefined],
    ['arguments of another tool', 'query', { table: 'cards' }],
    ['an own prototype', 'query', JSON.parse('{"__proto__":{"sql":"select 1"}}')],
    ['a forged approval', 'approval_status', { approval_id: '01ARZ3NDEKTSV4RRFFQ69G5FAV' }],
  ] as const)('%s gets a structured answer', async (_, name, args) => {
    const answered = await send(door, toolCall(name, args))
    expect(answered.status).toBe(200)
    expect(said(answered)).toMatchObject({ status: expect.stringMatching(/^(invalid|failed|denied)$/) })
    expect(answered.messages[0]?.result).toMatchObject({ isError: true })
    expect(answered.text).not.toContain('4111111111111111')
  })
})

function toolCallText(args: string): string {
  return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"query","arguments":{"sql":${args}}}}`
}
