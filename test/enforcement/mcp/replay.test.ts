/** What real clients sent once (autogen-ext 0.7.5, Agent Framework 1.13.0, mcp 2.3.0), sent again to our door. */
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describePostgres } from '../../support/databases.js'
import { type Answered, type Door, HEADERS, openDoor, read } from './door.js'

interface Recorded {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly id?: unknown; readonly method?: string; readonly params?: unknown } | null
}

const folder = new URL('fixtures/', import.meta.url)
const RECORDINGS = readdirSync(folder).map(name => {
  const lines = readFileSync(new URL(name, folder), 'utf8').trim().split('\n')
  return [name, lines.map(line => JSON.parse(line) as Recorded)] as const
})

/** What a connection makes itself. */
const OF_THE_CONNECTION = ['connection', 'content-length', 'accept-encoding']

describePostgres('recorded clients', () => {
  let door: Door
  beforeAll(async () => {
    door = await openDoor()
  })
  afterAll(() => door.close())

  async function again({ method, path, headers, body }: Recorded): Promise<Answered> {
    const kept = Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.includes(name))
    const { authorization = '' } = HEADERS
    return read(
      await fetch(`${door.url}${path}`, {
        method,
        headers: { ...Object.fromEntries(kept), authorization },
        ...(body === null ? {} : { body: JSON.stringify(body) }),
      }),
    )
  }

  test('there are some', () => {
    expect(RECORDINGS.map(([, requests]) => requests.length)).toEqual([9, 7, 9, 5])
  })

  test.each(RECORDINGS)('%s is answered in the shape that it takes', async (_, requests) => {
    for (const request of requests) {
      const answered = await again(request)
      const { method, id } = request.body ?? {}
      if (request.body === null) {
        expect([answered.status, answered.headers.get('allow')]).toEqual([405, 'POST'])
      } else if (id === undefined || method === undefined) {
        expect([answered.status, answered.text]).toEqual([202, ''])
      } else {
        expect(answered.status).toBe(200)
        expect(answered.messages).toEqual([{ jsonrpc: '2.0', id, result: expect.anything() }])
        expectResult(method, answered)
      }
    }
  })
})

function expectResult(method: string, { messages, headers }: Answered): void {
  const result = messages[0]?.result ?? {}
  switch (method) {
    case 'initialize':
      expect(result).toMatchObject({
        protocolVersion: '2025-11-25',
        capabilities: { tools: {} },
        serverInfo: { name: 'cardea', version: '9.9.9' },
      })
      expect(headers.get('mcp-session-id')).toMatch(/^\w{26}$/)
      return
    case 'server/discover':
      expect(result).toMatchObject({ supportedVersions: ['2026-07-28'], capabilities: { tools: {} } })
      return
    case 'tools/list': {
      expect(result).not.toHaveProperty('nextCursor')
      const tools = (result as { tools?: unknown }).tools as Record<string, unknown>[]
      expect(tools.length).toBeGreaterThan(4)
      for (const tool of tools) {
        expect(Object.keys(tool).sort()).toEqual(['annotations', 'description', 'inputSchema', 'name'])
        expect(tool['name']).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
        expect(JSON.stringify(tool['inputSchema'])).not.toMatch(/\$ref|\$defs|anyOf|oneOf/)
        expect(tool['inputSchema']).toMatchObject({ type: 'object', additionalProperties: false })
      }
      return
    }
    case 'tools/call': {
      // The recordings call tools of another server, but for one.
      const content = (result as { content?: unknown }).content as { type: string; text: string }[]
      expect(content.map(({ type }) => type)).toEqual(['text'])
      expect(JSON.parse(content[0]?.text ?? '')).toHaveProperty('status')
      expect(result).not.toHaveProperty('structuredContent')
    }
  }
}
