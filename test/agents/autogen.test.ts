/** The JSON of the workbench, byte for byte against what AutoGen 0.7.5 itself has dumped. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { GovernedWorkbench } from '../../src/agents/autogen.js'
import { statementsThat } from './workbench/statements-that.js'

const golden: Readonly<Record<string, unknown>> = JSON.parse(
  readFileSync(new URL('../fixtures/autogen/autogen-golden-0.7.5.json', import.meta.url), 'utf8'),
)
const released = statementsThat({
  run: async () => ({
    kind: 'released',
    result: { fields: [], rows: [], truncated: false },
    masked: () => ({}),
  }),
})

/** The same object with other values under the same keys, in the same order. */
function with_(value: object, ...changes: readonly (readonly [string, unknown])[]): string {
  const changed = Object.entries(value).map(([key, old]) => [
    key,
    (changes.find(([name]) => name === key) ?? [key, old])[1],
  ])
  return JSON.stringify(Object.fromEntries(changed))
}

describe('AutoGen’s JSON', () => {
  test('of a result', async () => {
    const given = await new GovernedWorkbench(released).callTool('query', { sql: 'select 1' })
    const [part = { content: '' }] = given.result
    expect(part.content).toBe('{"status":"ok","columns":[],"rows":[],"row_count":0}')
    const as = (content: string) => with_(given, ['result', [JSON.parse(with_(part, ['content', content]))]])
    expect(as('{"rows":[]}')).toBe(JSON.stringify(golden['ToolResult']))
    const failed = await new GovernedWorkbench(released).callTool('query', {})
    const error = [JSON.parse(with_(failed.result[0] ?? {}, ['content', 'denied']))]
    expect(with_(failed, ['result', error])).toBe(JSON.stringify(golden['ToolResult(error)']))
  })

  test('of a function call and its result', async () => {
    const call = JSON.parse(JSON.stringify(golden['FunctionCall']))
    const given = await new GovernedWorkbench(released).executeFunctionCall(call)
    expect(with_(given, ['content', '{"rows":[]}'])).toBe(JSON.stringify(golden['FunctionExecutionResult']))
  })

  test.each(['postgres', 'mysql', 'sqlite'] as const)('of a tool, on %s', dialect => {
    const keysOf = (value: unknown): unknown =>
      typeof value === 'object' && value !== null ? Object.keys(value) : value
    const ours = new GovernedWorkbench(statementsThat({ dialect })).listTools()
    const theirs = golden['ToolSchema(FunctionTool)'] as { parameters: object; strict: boolean }
    for (const tool of ours) {
      expect(keysOf(tool)).toEqual(keysOf(theirs))
      expect(keysOf(tool.parameters)).toEqual(keysOf(theirs.parameters))
      expect(tool.strict).toBe(theirs.strict)
    }
  })
})

describe('tools', () => {
  const tools = new GovernedWorkbench(released).listTools()

  test('have names and schemas that every client takes', () => {
    expect(tools.map(({ name }) => name)).toEqual([
      'query',
      'execute',
      'list_tables',
      'describe_table',
      'explain_policy',
      'approval_status',
    ])
    for (const { name, parameters } of tools) {
      expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
      expect(parameters.additionalProperties).toBe(false)
      expect(JSON.stringify(parameters)).not.toMatch(/"(\$ref|\$defs|anyOf|oneOf|allOf|title|default)"/)
      for (const property of Object.values(parameters.properties)) {
        expect(['string', 'integer', 'array']).toContain(property['type'])
        if (property['type'] === 'array') expect(property['items']).toEqual({ type: 'string' })
      }
      for (const required of parameters.required) expect(parameters.properties).toHaveProperty(required)
    }
  })

  test('cost few tokens', () => {
    expect(JSON.stringify(tools).length).toBeLessThan(4_000)
  })

  test('are one list that nobody can change', () => {
    expect(new GovernedWorkbench(released).listTools()).toBe(tools)
    expect(Object.isFrozen(tools[0]?.parameters.properties['sql'])).toBe(true)
    expect(Reflect.set(tools[0]?.parameters.properties ?? {}, 'sql', {})).toBe(false)
  })

  test('name the placeholders of the dialect', () => {
    const text = (dialect: 'postgres' | 'mysql') =>
      JSON.stringify(new GovernedWorkbench(statementsThat({ dialect })).listTools())
    expect(text('postgres')).toContain('Placeholders $1, $2')
    expect(text('mysql')).toContain('Placeholders ?, ?')
  })

  test('say which of them may write', () => {
    const workbench = new GovernedWorkbench(released)
    const writers = tools.map(({ name }) => name).filter(name => workbench.mayWrite(name))
    expect(writers).toEqual(['execute', 'approval_status'])
    for (const name of ['', 'Execute', '__proto__', 'constructor'])
      expect(workbench.mayWrite(name)).toBe(false)
  })
})

test('options that are no limits are refused', () => {
  const wrong = [
    { budgetMs: 0 },
    { budgetMs: Number.NaN },
    { maxRows: 0 },
    { maxRows: 1.5 },
    { maxCharacters: 10 },
  ]
  for (const options of wrong) expect(() => new GovernedWorkbench(released, options)).toThrow(RangeError)
})
