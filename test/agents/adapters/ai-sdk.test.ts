import { describe, expect, test } from '@jest/globals'
import { generateText, stepCountIs } from 'ai'
import { MockLanguageModelV3 } from 'ai/test'
import { toAiSdk, toolApproval } from '../../../src/agents/ai-sdk.js'
import { DENIED, ROWS, schemas, type ToldToolbox, toldToolbox } from './toolbox.js'

type Generated = Awaited<ReturnType<MockLanguageModelV3['doGenerate']>>

const usage: Generated['usage'] = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
}

/** Asks for each of the calls in a turn of its own, then says done. */
function scripted(calls: readonly (readonly [toolName: string, input: string])[]): MockLanguageModelV3 {
  let turn = 0
  return new MockLanguageModelV3({
    doGenerate: async (): Promise<Generated> => {
      const [toolName, input] = calls[turn] ?? []
      turn += 1
      const ended = toolName === undefined || input === undefined
      return {
        content: ended
          ? [{ type: 'text', text: 'done' }]
          : [{ type: 'tool-call', toolCallId: `call_${turn}`, toolName, input }],
        finishReason: { unified: ended ? 'stop' : 'tool-calls', raw: undefined },
        usage,
        warnings: [],
      }
    },
  })
}

const ran = (toolbox: ToldToolbox, model: MockLanguageModelV3, abortSignal?: AbortSignal) =>
  generateText({
    model,
    prompt: 'go',
    tools: toAiSdk(toolbox),
    stopWhen: stepCountIs(8),
    ...(abortSignal === undefined ? {} : { abortSignal }),
  })

test('the model sees every tool with its schema, reads rows and denials, and the run goes on to its end', async () => {
  const toolbox = toldToolbox(({ name }) => (name === 'execute' ? DENIED : ROWS))
  const model = scripted([
    ['query', '{"sql":"select pan from cards","params":[7,null],"max_rows":null}'],
    ['execute', '{"sql":"delete from cards"}'],
  ])
  const result = await ran(toolbox, model)
  expect(result.text).toBe('done')
  const [first, , third] = model.doGenerateCalls
  expect(first?.tools).toMatchObject(
    schemas.map(({ name, description, parameters }) => ({ name, description, inputSchema: parameters })),
  )
  const read = third?.prompt.flatMap(({ role, content }) => (role === 'tool' ? content : []))
  expect(read).toMatchObject([
    { type: 'tool-result', output: { type: 'text', value: ROWS } },
    { type: 'tool-result', output: { type: 'text', value: DENIED } },
  ])
  expect(toolbox.asked.map(({ args, options }) => [args, options?.callId])).toEqual([
    [{ sql: 'select pan from cards', params: [7, null], max_rows: null }, 'call_1'],
    [{ sql: 'delete from cards' }, 'call_2'],
  ])
})

test('the schemas of the toolbox stay as they are', async () => {
  const before = JSON.stringify(schemas)
  await ran(
    toldToolbox(() => ROWS),
    scripted([]),
  )
  expect(JSON.stringify(schemas)).toBe(before)
})

test('a generation that is given up gives up the call that is under way', async () => {
  const abort = new AbortController()
  const toolbox = toldToolbox(async () => {
    abort.abort()
    return ROWS
  })
  await ran(toolbox, scripted([['query', '{"sql":"select 1"}']]), abort.signal).catch(() => {})
  expect(toolbox.asked[0]?.options?.signal?.aborted).toBe(true)
})

describe('the extra gate of version 7', () => {
  const asks = (
    text: string,
    toolName = 'execute',
    input: unknown = { sql: 'delete from cards', reason: 'x' },
  ) => {
    const toolbox = toldToolbox(() => text)
    return { toolbox, answer: toolApproval(toolbox)({ toolCall: { toolName, input } }) }
  }

  test('asks the person for what policy would have approved, with policy’s reason', async () => {
    const { toolbox, answer } = asks(
      '{"status":"ok","effect":"require_approval","reason":"Deletes are approved."}',
    )
    expect(await answer).toEqual({ type: 'user-approval', reason: 'Deletes are approved.' })
    expect(toolbox.asked).toEqual([
      { name: 'explain_policy', args: { sql: 'delete from cards', params: null }, options: {} },
    ])
  })

  test.each(['allow', 'deny'])('lets the tool speak for itself where policy says %s', async effect => {
    expect(await asks(`{"status":"ok","effect":"${effect}","reason":"x"}`).answer).toBe('not-applicable')
  })

  test.each(['', 'null', '[]', '{}', '{"status":"failed"}', '{"effect":"Allow"}', 'allow'])(
    'asks where the answer foretells nothing: %p',
    async text => {
      expect(await asks(text).answer).toMatchObject({ type: 'user-approval' })
    },
  )

  test('does not ask for reads, nor where there is no statement', async () => {
    expect(await asks('x', 'query').answer).toBe('not-applicable')
    for (const input of [null, 7, {}, { sql: 7 }]) {
      expect(await asks('x', 'execute', input).answer).toBe('not-applicable')
    }
  })
})
