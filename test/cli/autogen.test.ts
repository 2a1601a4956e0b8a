import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { toolSchemas } from '../../src/agents/workbench/tool-schemas.js'
import { cardea } from './support.js'

/** As AutoGen 0.7.5 itself dumps the same components. */
const golden = JSON.parse(
  readFileSync(new URL('fixtures/autogen-components-0.7.5.json', import.meta.url), 'utf8'),
)
const printed = async (...argv: readonly string[]) => {
  const { code, out, err } = await cardea('autogen', 'component', ...argv)
  expect([code, err]).toEqual([0, ''])
  return JSON.parse(out)
}
const refused = async (...argv: readonly string[]): Promise<string> => {
  const { code, out, err } = await cardea('autogen', 'component', ...argv)
  expect([code, out]).toEqual([2, ''])
  return err
}
const url = 'https://cardea.corp.example'
const server = (component: { config: { server_params: object } }) => component.config.server_params

describe('the JSON that AutoGen 0.7.5 dumps', () => {
  test('of a workbench over HTTP', async () => {
    const ours = await printed('--url', 'http://127.0.0.1:8787', '--budget', '290000')
    expect(ours).toEqual({ ...golden.mcp, config: { ...golden.mcp.config, tool_overrides: {} } })
    expect(Object.keys(ours)).toEqual(Object.keys(golden.mcp))
    expect(Object.keys(server(ours))).toEqual(Object.keys(server(golden.mcp)))
  })

  test('of a workbench that starts the server', async () => {
    const options = ['--policy', 'policy.yaml', '--embedded']
    const ours = await printed('--kind', 'stdio', '--budget', '290000', '--', ...options)
    const theirs = {
      ...server(golden.stdio),
      args: ['-y', 'cardea', 'mcp', '--budget', '290000', ...options],
      env: { CARDEA_TOKEN: '<token>' },
    }
    expect(ours).toEqual({ ...golden.stdio, config: { ...golden.stdio.config, server_params: theirs } })
    expect(Object.keys(server(ours))).toEqual(Object.keys(server(golden.stdio)))
  })

  test('of the tools of the HTTP API', async () => {
    const ours = await printed('--kind', 'http', '--url', url)
    for (const tool of ours) {
      expect(Object.keys(tool)).toEqual(Object.keys(golden.http))
      expect(Object.keys(tool.config)).toEqual(Object.keys(golden.http.config))
      const { config: _, ...frame } = golden.http
      expect(tool).toMatchObject(frame)
      expect(tool.config).toMatchObject({ scheme: 'https', host: 'cardea.corp.example', port: 443 })
      expect(tool.config).toMatchObject({ return_type: 'text', timeout: 35 })
    }
    const way = ({ config }: { config: Record<string, string> }) => `${config['method']} ${config['path']}`
    expect(ours.map(way)).toEqual([
      'POST /v1/query',
      'POST /v1/execute',
      'GET /v1/tables',
      'GET /v1/tables/{table}',
      'POST /v1/explain',
      'POST /v1/approvals/{approval_id}',
    ])
  })
})

test('the schema of an HttpTool is the tool’s, without what its client would spoil', async () => {
  const ours = await printed('--kind', 'http', '--url', url, '--dialect', 'mysql')
  const schemas = toolSchemas('mysql')
  for (const { config } of ours) {
    const tool = schemas.find(({ name }) => name === config.name)
    if (tool === undefined) throw new Error(config.name)
    const { properties, required } = tool.parameters
    const asked =
      config.method === 'POST'
        ? properties
        : Object.fromEntries(Object.entries(properties).filter(([name]) => required.includes(name)))
    expect(config.json_schema).toEqual({ type: 'object', properties: asked, required })
    expect(JSON.stringify(config.json_schema)).not.toMatch(/\$ref|\$defs/)
    for (const [, name] of config.path.matchAll(/\{(\w+)\}/g)) {
      expect(config.json_schema.properties[name]?.type).toBe('string')
    }
  }
})

test('another database, an agent and a path before the gateway’s own', async () => {
  const also = ['--url', `${url}/db/`, '--data-source', 'billing', '--agent', 'dba-1']
  const headers = { Authorization: 'Bearer <token>', 'X-Agent-Id': 'dba-1', 'X-Agent-Framework': 'autogen' }
  expect(server(await printed(...also))).toMatchObject({ url: `${url}/db/mcp/billing`, headers })
  const [query] = await printed('--kind', 'http', ...also)
  expect(query.config).toMatchObject({ path: '/db/v1/query', headers })
  expect(query.config.json_schema).toMatchObject({
    properties: { data_source: { type: 'string', enum: ['billing'] } },
    required: ['sql', 'data_source'],
  })
})

test('a Studio gallery holds the workbench and the tools', async () => {
  const ours = await printed('--kind', 'gallery', '--url', url)
  expect(Object.keys(ours)).toEqual(['id', 'name', 'url', 'metadata', 'components'])
  expect(ours.metadata.version).toMatch(/^\d+\.\d+\.\d+/)
  expect(ours.components).toMatchObject({ agents: [], models: [], terminations: [], teams: [] })
  expect(ours.components.workbenches).toEqual([await printed('--url', url)])
  expect(ours.components.tools).toEqual(await printed('--kind', 'http', '--url', url))
})

describe('no secret is written', () => {
  const jwt = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl'

  test.each([
    ['a token for a placeholder', ['--url', url, '--token-placeholder', jwt], 'A placeholder looks like'],
    ['a word that may be one', ['--url', url, '--token-placeholder', 'hunter2'], 'A placeholder looks like'],
    ['a password in the address', ['--url', 'https://ada:hunter2@cardea.corp.example'], 'the address alone'],
    ['a token in the address', ['--url', `${url}?token=${jwt}`], 'the address alone'],
    [
      'a password in the database’s address',
      ['--kind', 'stdio', '--', '--database', 'postgres://app:hunter2@db/shop'],
      'password or token',
    ],
    ['a token among the options', ['--kind', 'stdio', '--', `--token=${jwt}`], 'password or token'],
  ])('%s', async (_what, argv, words) => {
    const err = await refused(...argv)
    expect(err).toContain(words)
    expect(err).not.toContain('c2lnbmF0dXJl')
  })

  test('an option for tokens is not there', async () => {
    expect(await refused('--url', url, '--token', 'x')).toContain('unknown option')
  })
})

test.each([
  ['no address', [], 'Name the gateway'],
  ['no web address', ['--url', 'cardea'], 'Write the address'],
  ['a token in clear over a network', ['--url', 'http://cardea.corp.example'], 'Use https'],
  ['a budget that the client would not know of', ['--kind', 'stdio', '--', '--budget=1'], 'before the --'],
  ['options for another kind', ['--url', url, '--', '--embedded'], '--kind stdio'],
  ['a data source that is no name', ['--url', url, '--data-source', '../x'], 'Use letters'],
])('refuses %s', async (_what, argv, words) => {
  expect(await refused(...argv)).toContain(words)
})
