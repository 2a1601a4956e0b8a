/** The OpenAPI document: the one in docs/ is the one that is served, and it holds together. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { toolSchemas } from '../../../src/agents/workbench/tool-schemas.js'
import type { Entrance } from '../../../src/enforcement/entrance.js'
import { type Door, openDoor, TOKENS } from './kit.js'
import { currentDocument, DOCUMENT } from './write-openapi.js'

type Node = { readonly [key: string]: unknown }

const text = readFileSync(DOCUMENT, 'utf8')
const document = JSON.parse(text) as Node & { paths: Record<string, Record<string, Node>> }

const nodes = (value: unknown): Node[] =>
  typeof value !== 'object' || value === null ? [] : [value as Node, ...Object.values(value).flatMap(nodes)]
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)
const resolved = (node: Node): Node => {
  const ref = node['$ref']
  if (typeof ref !== 'string') return node
  return ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, key) => (at as Node)[key], document) as Node
}
const parametersOf = (operation: Node): Node[] => (operation['parameters'] as Node[]).map(resolved)

test('docs/openapi.json is up to date (write-openapi.ts writes it)', () => {
  expect(text).toBe(currentDocument())
})

describe('the document', () => {
  test('refers to nothing that is not there', () => {
    const references = nodes(document).filter(node => typeof node['$ref'] === 'string')
    expect(references.length).toBeGreaterThan(20)
    for (const node of references) expect(resolved(node)).toBeInstanceOf(Object)
  })

  test('names each operation once, and every parameter of its path', () => {
    const ids = operations.map(({ operation }) => operation['operationId'])
    expect(new Set(ids).size).toBe(ids.length)
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      expect(
        parametersOf(operation)
          .filter(one => one['in'] === 'path')
          .map(one => one['name']),
      ).toEqual(inPath)
      for (const one of parametersOf(operation)) {
        expect(one).toMatchObject({ name: expect.any(String), schema: { type: expect.any(String) } })
        if (one['in'] === 'path') expect(one['required']).toBe(true)
      }
      expect(Object.keys(operation['responses'] as Node)).toEqual(['200', '401', '503', 'default'])
    }
  })

  test('lets every argument of a tool be said, null where it may be left out, and nothing else', () => {
    const paths = { query: '/v1/query', execute: '/v1/execute', explain_policy: '/v1/explain' } as const
    for (const [name, path] of Object.entries(paths)) {
      const tool = toolSchemas('postgres').find(one => one.name === name)
      const body = document.paths[path]?.['post']?.['requestBody'] as {
        content: { 'application/json': { schema: Node } }
      }
      const { schema } = body.content['application/json']
      expect(schema).toMatchObject({
        type: 'object',
        required: tool?.parameters.required,
        additionalProperties: false,
      })
      const properties = schema['properties'] as Record<string, Node>
      expect(Object.keys(properties)).toEqual([
        ...Object.keys(tool?.parameters.properties ?? {}),
        'data_source',
      ])
      for (const [argument, { type }] of Object.entries(properties)) {
        const required = tool?.parameters.required.includes(argument) ?? false
        expect(Array.isArray(type) && type.includes('null')).toBe(!required)
      }
    }
  })
})

describe('the server', () => {
  let door: Door
  beforeAll(async () => {
    const tools = {
      listTools: () => toolSchemas('postgres'),
      mayWrite: () => false,
      callTool: async (name: string) =>
        ({
          type: 'ToolResult',
          name,
          result: [{ type: 'TextResultContent', content: '{"status":"ok"}' }],
          is_error: false,
        }) as const,
    }
    const entrance: Entrance = {
      dataSources: ['billing'],
      identify: async credentials =>
        credentials.kind === 'token' ? (TOKENS[credentials.token] ?? null) : null,
      admit: () => ({ tools, statements: { standing: async () => null } as never }),
    }
    door = await openDoor({ entrance })
  })
  afterAll(() => door.close())

  test('serves it to those it knows', async () => {
    expect((await door.get('/v1/openapi.json')).body).toEqual(document)
    expect((await door.get('/v1/openapi.json', { authorization: '' })).status).toBe(401)
  })

  test('answers at every address that is in it', async () => {
    for (const { path, method } of operations) {
      const address = path.replace(/\{\w+\}/, 'x')
      const { status, body } = method === 'get' ? await door.get(address) : await door.post(address, {})
      expect([address, status, typeof body['status']]).toEqual([address, 200, 'string'])
    }
  })
})
