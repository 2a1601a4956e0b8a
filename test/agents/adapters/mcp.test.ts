import { describe, expect, test } from '@jest/globals'
import { Client } from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport as InMemoryTransportV1 } from '@modelcontextprotocol/sdk/inMemory.js'
import { McpServer as McpServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js'
import { InMemoryTransport, McpServer } from '@modelcontextprotocol/server'
import { toMcp } from '../../../src/agents/mcp.js'
import { DENIED, ROWS, schemas, type ToldToolbox, toldToolbox } from './toolbox.js'

const info = { name: 'payments', version: '1.0.0' }

async function connectedV2(toolbox: ToldToolbox): Promise<Pick<Client, 'listTools' | 'callTool' | 'close'>> {
  const server = new McpServer(info)
  toMcp(server, toolbox)
  const [here, there] = InMemoryTransport.createLinkedPair()
  const client = new Client(info)
  await Promise.all([server.connect(there), client.connect(here)])
  return client
}

async function connectedV1(toolbox: ToldToolbox): Promise<Pick<Client, 'listTools' | 'callTool' | 'close'>> {
  const server = new McpServerV1(info)
  toMcp(server, toolbox)
  const [here, there] = InMemoryTransportV1.createLinkedPair()
  const client = new ClientV1(info)
  await Promise.all([server.connect(there), client.connect(here)])
  return {
    listTools: () => client.listTools() as ReturnType<Client['listTools']>,
    callTool: (params, options) =>
      client.callTool(params, undefined, options) as unknown as ReturnType<Client['callTool']>,
    close: () => client.close(),
  }
}

describe.each([
  ['2', connectedV2],
  ['1', connectedV1],
])('on a server of SDK version %s', (_version, connected) => {
  test('the tools are listed with their schemas', async () => {
    const client = await connected(toldToolbox(() => ROWS))
    const { tools } = await client.listTools()
    expect(tools).toMatchObject(
      schemas.map(({ name, description, parameters }) => ({
        name,
        description,
        inputSchema: parameters,
        annotations: { readOnlyHint: name !== 'execute', destructiveHint: name === 'execute' },
      })),
    )
    expect(Object.keys(tools[0]?.inputSchema.properties ?? {})).toEqual(['sql', 'params', 'max_rows'])
    expect(tools[0]).not.toHaveProperty('outputSchema')
    await client.close()
  })

  test('results are text, denials are errors with their reason, arguments and trace arrive', async () => {
    const toolbox = toldToolbox(({ name }) => (name === 'execute' ? DENIED : ROWS))
    const client = await connected(toolbox)
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const args = { sql: 7, params: null, unknown: true }
    const read = await client.callTool({ name: 'query', arguments: args, _meta: { traceparent } })
    expect(read).toMatchObject({ content: [{ type: 'text', text: ROWS }] })
    expect(read.isError ?? false).toBe(false)
    const denied = await client.callTool({ name: 'execute', arguments: { sql: 'delete from cards' } })
    expect(denied).toMatchObject({ content: [{ type: 'text', text: DENIED }], isError: true })
    expect(toolbox.asked[0]).toMatchObject({ args, options: { trace: { traceparent } } })
    expect(toolbox.asked[0]?.options?.callId).toMatch(/./)
    await client.close()
  })

  test('a cancelled request stops the call', async () => {
    const abort = new AbortController()
    let stopped: (() => void) | undefined
    const seen = new Promise<void>(resolve => {
      stopped = resolve
    })
    const toolbox = toldToolbox(async ({ options }) => {
      options?.signal?.addEventListener('abort', () => stopped?.())
      abort.abort()
      await seen
      return ROWS
    })
    const client = await connected(toolbox)
    const call = client.callTool({ name: 'query', arguments: { sql: 'x' } }, { signal: abort.signal })
    await expect(call).rejects.toThrow()
    await seen
    await client.close()
  })
})
