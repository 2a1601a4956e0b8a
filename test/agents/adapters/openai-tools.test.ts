import { expect, test } from '@jest/globals'
import { answerToolCall, toOpenAIToolsJson } from '../../../src/agents/openai-tools.js'
import { DENIED, schemas, toldToolbox } from './toolbox.js'

test('the JSON of chat completions, unchanged', () => {
  expect(JSON.parse(JSON.stringify(toOpenAIToolsJson(toldToolbox(() => ''))))).toEqual(
    schemas.map(({ name, description, parameters, strict }) => ({
      type: 'function',
      function: { name, description, parameters, strict },
    })),
  )
})

test('a call is answered by the message that belongs to it', async () => {
  const toolbox = toldToolbox(() => DENIED)
  const { signal } = new AbortController()
  const call = {
    id: 'call_1',
    type: 'function',
    function: { name: 'execute', arguments: '{"sql":"delete"}' },
  }
  expect(await answerToolCall(toolbox, call, { signal })).toEqual({
    role: 'tool',
    tool_call_id: 'call_1',
    content: DENIED,
  })
  expect(toolbox.asked).toEqual([
    { name: 'execute', args: { sql: 'delete' }, options: { signal, callId: 'call_1' } },
  ])
})

test.each(['', '{', 'null', '[]', '"x"', '{"__proto__":{"sql":"x"}}'])(
  'arguments that are %p are the tool’s to refuse',
  async json => {
    const toolbox = toldToolbox(() => '{"status":"invalid"}')
    const call = { id: 'c', function: { name: 'query', arguments: json } }
    expect((await answerToolCall(toolbox, call)).content).toBe('{"status":"invalid"}')
    expect(({} as { sql?: string }).sql).toBeUndefined()
  },
)
