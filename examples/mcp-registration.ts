/** Governed tools on an MCP server of the program's own, beside a tool of its own; a client of the official SDK uses both. */
import assert from 'node:assert/strict'
import { Client } from '@modelcontextprotocol/client'
import { InMemoryTransport, McpServer } from '@modelcontextprotocol/server'
import { toMcp } from 'cardea/mcp'
import { withDesk } from './support/desk.js'

await withDesk(async ({ toolbox, approve, statusOf }) => {
  const server = new McpServer({ name: 'payments', version: '1.0.0' })
  server.registerTool('today', { description: 'The day.' }, async () => ({
    content: [{ type: 'text', text: '2026-12-18' }],
  }))
  toMcp(server, toolbox)
  const [here, there] = InMemoryTransport.createLinkedPair()
  const client = new Client({ name: 'desk', version: '1.0.0' })
  await Promise.all([server.connect(there), client.connect(here)])

  const { tools } = await client.listTools()
  assert.deepEqual(
    tools.map(({ name }) => name),
    ['today', ...toolbox.listTools().map(({ name }) => name)],
  )
  const call = async (name: string, args: Record<string, unknown>) => {
    const { content, isError = false } = await client.callTool({ name, arguments: args })
    const [part] = content
    assert(part?.type === 'text')
    return { isError, answer: JSON.parse(part.text) }
  }

  const looked = await call('query', {
    sql: 'select status, note from payments where id = $1',
    params: ['3'],
  })
  assert.deepEqual(looked.answer.rows, [['failed', 'read over the phone: 411111******1111']])

  const denied = await call('execute', { sql: 'delete from payments' })
  assert.deepEqual([denied.isError, denied.answer.code], [true, 'CARDEA_POLICY_DENIED'])

  const sql = "update payments set status = 'disputed' where id = 3"
  const asked = await call('execute', { sql, reason: 'case 1841' })
  assert.deepEqual([asked.isError, asked.answer.status], [false, 'approval_required'])
  assert.equal(await statusOf(3), 'failed')
  await approve()
  const done = await call('approval_status', { approval_id: asked.answer.approval_id })
  assert.equal(done.answer.affected_rows, 1)
  assert.equal(await statusOf(3), 'disputed')

  await client.close()
  console.log('mcp: a card number masked, a delete refused, one payment changed after a person approved')
})
