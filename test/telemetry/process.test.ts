/** The program as an operator traces it: an SDK registered through NODE_OPTIONS, a client that sends its own context. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import knexFactory from 'knex'
import { inDirectory } from '../cli/support.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const PAN = '4111111111111111'
const POLICY = `
version: 1
labels: [{ column: '*.cards.pan', label: pan }]
rules: [{ id: reads, effect: allow, when: { kind: select } }]
`

test('cardea mcp leaves the spans of a call and its statement below the client’s own', async () => {
  await inDirectory(async at => {
    const connection = { filename: at('shop.db') }
    const raw = knexFactory({ client: 'better-sqlite3', connection, useNullAsDefault: true })
    await raw.schema.createTable('cards', table => {
      table.integer('id').primary()
      table.text('pan')
    })
    await raw('cards').insert({ id: 1, pan: PAN })
    await raw.destroy()
    writeFileSync(at('policy.yaml'), POLICY)
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [
        `${root}dist/cli/main.js`,
        'mcp',
        '--policy',
        at('policy.yaml'),
        '--database',
        `sqlite:${at('shop.db')}`,
        '--as',
        'alice',
        '--audit',
        at('audit'),
      ],
      env: { SPANS_FILE: at('spans'), NODE_OPTIONS: `--import=${root}test/telemetry/register.mjs` },
      stderr: 'ignore',
    })
    const client = new Client({ name: 'test', version: '1.0.0' })
    await client.connect(transport)
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const sql = `select id, pan from cards where id < 2 and id <> ${PAN}`
    await client.callTool({ name: 'query', arguments: { sql }, _meta: { traceparent } })
    await client.close()
    const text = readFileSync(at('spans'), 'utf8')
    expect(text).not.toContain(PAN)
    const spans = text
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    const tool = spans.find(({ name }) => name === 'execute_tool query')
    const statement = spans.find(({ name }) => name === 'SELECT main.cards')
    expect(tool).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c', parent: 'b7ad6b7169203331' })
    expect(statement).toMatchObject({ traceId: tool.traceId, parent: tool.spanId })
    expect(statement.attributes).toMatchObject({ 'db.system.name': 'sqlite', 'cardea.masked.pan': 1 })
  })
}, 60_000)
