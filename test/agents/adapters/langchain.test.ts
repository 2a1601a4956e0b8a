import { expect, test } from '@jest/globals'
import { DynamicStructuredTool } from '@langchain/core/tools'
import { convertToOpenAITool } from '@langchain/core/utils/function_calling'
import { toLangChain } from '../../../src/agents/langchain.js'
import { DENIED, ROWS, schemas, type ToldToolbox, toldToolbox } from './toolbox.js'

const named = (toolbox: ToldToolbox, name: string): DynamicStructuredTool => {
  const found = toLangChain(toolbox, DynamicStructuredTool).find(tool => tool.name === name)
  if (found === undefined) throw new Error(name)
  return found
}

test('a model is told every tool with its schema', () => {
  const tools = toLangChain(
    toldToolbox(() => ROWS),
    DynamicStructuredTool,
  )
  expect(tools.map(tool => convertToOpenAITool(tool).function)).toEqual(
    schemas.map(({ name, description, parameters }) => ({ name, description, parameters })),
  )
})

test('rows and denials are the text of the tool message', async () => {
  const toolbox = toldToolbox(({ name }) => (name === 'execute' ? DENIED : ROWS))
  for (const [name, text] of [
    ['query', ROWS],
    ['execute', DENIED],
  ] as const) {
    const call = { type: 'tool_call' as const, id: `call_${name}`, name, args: { sql: 'select 1' } }
    expect(await named(toolbox, name).invoke(call)).toMatchObject({
      content: text,
      tool_call_id: `call_${name}`,
    })
  }
  expect(toolbox.asked.map(({ args, options }) => [args, options?.callId])).toEqual([
    [{ sql: 'select 1' }, 'call_query'],
    [{ sql: 'select 1' }, 'call_execute'],
  ])
})

test('a call that is given up is given up', async () => {
  const abort = new AbortController()
  const toolbox = toldToolbox(async () => {
    abort.abort()
    return ROWS
  })
  const query = named(toolbox, 'query')
  await query.invoke({ sql: 'select 1' }, { signal: abort.signal }).catch(() => {})
  expect(toolbox.asked[0]?.options?.signal?.aborted).toBe(true)
})

test('what does not fit the schema never reaches the tool', async () => {
  const toolbox = toldToolbox(() => ROWS)
  await expect(named(toolbox, 'query').invoke({ sql: 7 })).rejects.toThrow('schema')
  expect(toolbox.asked).toEqual([])
})
