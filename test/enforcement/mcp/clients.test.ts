/** Every kind of client that there is, of both protocol eras, over HTTP. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { describeMariadb, describePostgres } from '../../support/databases.js'
import { type Door, openDoor } from './door.js'

const PAN = '4111111111111111'
const headers = { authorization: 'Bearer token-of-ada' }

interface AnyClient {
  listTools(): Promise<{ tools: readonly { name: string }[] }>
  callTool(call: { name: string; arguments: Record<string, unknown> }): Promise<unknown>
  close(): Promise<void>
}

/** Asks each client in its own way for the same. */
const CLIENTS: Readonly<Record<string, (url: URL) => Promise<AnyClient>>> = {
  'v1 (2025-11-25)': async url => {
    const client = new ClientV1({ name: 'test', version: '1' })
    await client.connect(new TransportV1(url, { requestInit: { headers } }) as never)
    return client as unknown as AnyClient
  },
  'v2, as it comes (2025-11-25)': async url => connectV2(url, {}),
  'v2, negotiating': async url => connectV2(url, { versionNegotiation: { mode: 'auto' } }),
  'v2, 2026-07-28 only': async url => connectV2(url, { versionNegotiation: { mode: { pin: '2026-07-28' } } }),
}

async function connectV2(url: URL, options: ConstructorParameters<typeof ClientV2>[1]): Promise<AnyClient> {
  const client = new ClientV2({ name: 'test', version: '1' }, options)
  await client.connect(new TransportV2(url, { requestInit: { headers } }))
  return client as unknown as AnyClient
}

for (const [engine, describeEngine] of [
  ['postgres', describePostgres],
  ['mysql', describeMariadb],
] as const) {
  describeEngine(`MCP clients before ${engine}`, () => {
    let door: Door
    beforeAll(async () => {
      door = await openDoor({ engine })
    })
    afterAll(() => door.close())

    test.each(Object.entries(CLIENTS))('%s lists tools and reads masked rows', async (_, connect) => {
      const client = await connect(new URL(`${door.url}/mcp`))
      const { tools } = await client.listTools()
      expect(tools.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['query', 'execute', 'list_tables', 'approval_status']),
      )
      const result = await client.callTool({
        name: 'query',
        arguments: { sql: 'select id, pan from cards where id = 1' },
      })
      expect(JSON.stringify(result)).toContain('411111******1111')
      expect(JSON.stringify(result)).not.toContain(PAN)
      expect(result).toMatchObject({ content: [{ type: 'text' }] })
      expect(result).not.toHaveProperty('structuredContent')
      expect(result).not.toHaveProperty('isError', true)
      await client.close()
    })

    test.each(Object.entries(CLIENTS))(
      '%s is told of a denial as an error with its reason',
      async (_, connect) => {
        const client = await connect(new URL(`${door.url}/mcp`))
        const result = await client.callTool({ name: 'query', arguments: { sql: 'select cvv from cards' } })
        expect(result).toMatchObject({
          isError: true,
          content: [
            {
              type: 'text',
              text: expect.stringMatching(/^\{"status":"denied","code":"CARDEA_POLICY_DENIED"/),
            },
          ],
        })
        await client.close()
      },
    )
  })
}
