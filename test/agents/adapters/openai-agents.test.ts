import { expect, test } from '@jest/globals'
import { Agent, type AgentInputItem, type Model, type ModelRequest, Runner, Usage } from '@openai/agents'
import { toOpenAIAgents } from '../../../src/agents/openai-agents.js'
import { DENIED, ROWS, schemas, type ToldToolbox, toldToolbox } from './toolbox.js'

/** Asks for each of the calls in a turn of its own, then says done. */
class Scripted implements Model {
  readonly requests: ModelRequest[] = []
  constructor(readonly calls: readonly (readonly [name: string, json: string])[]) {}

  async getResponse(request: ModelRequest) {
    this.requests.push({ ...request, input: structuredClone(request.input) })
    const turn = this.requests.length - 1
    const [name, json] = this.calls[turn] ?? []
    const message = {
      type: 'message' as const,
      role: 'assistant' as const,
      status: 'completed' as const,
      content: [{ type: 'output_text' as const, text: 'done' }],
    }
    const call = {
      type: 'function_call' as const,
      callId: `call_${turn}`,
      name: name ?? '',
      arguments: json ?? '',
    }
    return { usage: new Usage(), output: [name === undefined ? message : call] }
  }

  async *getStreamedResponse(): AsyncGenerator<never> {}
}

async function ran(toolbox: ToldToolbox, model: Scripted, signal?: AbortSignal) {
  const agent = new Agent({ name: 'dba', instructions: 'x', model, tools: toOpenAIAgents(toolbox) })
  const runner = new Runner({ tracingDisabled: true })
  return runner.run(agent, 'go', signal === undefined ? {} : { signal })
}

/** What the model has read as results, in order. */
const outputs = (input: string | AgentInputItem[] = []): string[] =>
  (typeof input === 'string' ? [] : input).flatMap(item =>
    item.type === 'function_call_result' ? [JSON.stringify(item.output)] : [],
  )

test('the model sees every tool with its schema, reads rows and denials, and the run goes on to its end', async () => {
  const toolbox = toldToolbox(({ name }) => (name === 'execute' ? DENIED : ROWS))
  const model = new Scripted([
    ['query', '{"sql":"select pan from cards","max_rows":null}'],
    ['execute', '{"sql":"delete from cards"}'],
  ])
  const result = await ran(toolbox, model)
  expect(result.finalOutput).toBe('done')
  expect(model.requests[0]?.tools).toMatchObject(
    schemas.map(({ name, description, parameters, strict }) => ({ name, description, parameters, strict })),
  )
  expect(outputs(model.requests[2]?.input)).toEqual([
    expect.stringContaining('411111******1111'),
    expect.stringContaining('Rows are named by key.'),
  ])
  expect(toolbox.asked.map(({ name, args, options }) => [name, args, options?.callId])).toEqual([
    ['query', { sql: 'select pan from cards', max_rows: null }, 'call_0'],
    ['execute', { sql: 'delete from cards' }, 'call_1'],
  ])
})

test('arguments that are no JSON reach the tool as they are, for it to refuse', async () => {
  const toolbox = toldToolbox(() => '{"status":"invalid"}')
  const [query] = toOpenAIAgents(toolbox)
  await expect(query?.invoke(undefined, '{"sql":')).resolves.toBe('{"status":"invalid"}')
  expect(toolbox.asked[0]?.args).toBe('{"sql":')
})

test('a run that is given up gives up the call that is under way', async () => {
  const abort = new AbortController()
  const toolbox = toldToolbox(async ({ options }) => {
    abort.abort()
    return String(options?.signal?.aborted)
  })
  await ran(toolbox, new Scripted([['query', '{"sql":"select 1"}']]), abort.signal).catch(() => {})
  expect(toolbox.asked[0]?.options?.signal?.aborted).toBe(true)
})
