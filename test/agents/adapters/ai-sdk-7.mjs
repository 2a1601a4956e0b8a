/**
 * A program, not a test of jest: the AI SDK 7, which needs Node 22, over the built package. `.ci/ai-sdk-7` runs it
 * where `ai` 7 is installed, with the path of the built adapter as its argument.
 */
import assert from 'node:assert/strict'
import { generateText, isStepCount } from 'ai'
import { MockLanguageModelV4 } from 'ai/test'

const { toAiSdk, toolApproval } = await import(process.argv[2])

const DENIED = '{"status":"denied","code":"CARDEA_POLICY_DENIED","reason":"Rows are named by key."}'
const ROWS = '{"status":"ok","columns":["pan"],"rows":[["411111******1111"]],"row_count":1}'
const parameters = {
  type: 'object',
  properties: { sql: { type: 'string' }, params: { type: 'array', items: { type: 'string' } } },
  required: ['sql'],
  additionalProperties: false,
}

/** A toolbox in which policy wants every write to payments approved, and denies every other. */
function toolbox() {
  const asked = []
  return {
    asked,
    listTools: () =>
      ['query', 'execute', 'explain_policy'].map(name => ({
        name,
        description: name,
        parameters,
        strict: false,
      })),
    mayWrite: name => name === 'execute',
    callTool: async (name, args, options) => {
      asked.push([name, args.sql, options.callId, options.signal?.aborted])
      const effect = args.sql.includes('payments') ? 'require_approval' : 'deny'
      const text = {
        query: ROWS,
        execute: DENIED,
        explain_policy: JSON.stringify({ effect, reason: 'People look.' }),
      }
      const is_error = name === 'execute'
      return {
        type: 'ToolResult',
        name,
        result: [{ type: 'TextResultContent', content: text[name] }],
        is_error,
      }
    },
  }
}

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
}

/** Asks for each of the calls in a turn of its own, then says done. */
function scripted(...calls) {
  let turn = 0
  return new MockLanguageModelV4({
    doGenerate: async () => {
      const [toolName, sql] = calls[turn++] ?? []
      const call = {
        type: 'tool-call',
        toolCallId: `call_${turn}`,
        toolName,
        input: JSON.stringify({ sql, params: null }),
      }
      const ended = toolName === undefined
      return {
        content: [ended ? { type: 'text', text: 'done' } : call],
        finishReason: { unified: ended ? 'stop' : 'tool-calls', raw: undefined },
        usage,
        warnings: [],
      }
    },
  })
}

const run = (box, model, more = {}) =>
  generateText({ model, prompt: 'go', tools: toAiSdk(box), stopWhen: isStepCount(8), ...more })

{
  const box = toolbox()
  const model = scripted(['query', 'select pan from cards'], ['execute', 'delete from cards'])
  const { text } = await run(box, model)
  assert.equal(text, 'done')
  const [first, , third] = model.doGenerateCalls
  assert.deepEqual(
    first.tools.map(({ inputSchema }) => inputSchema),
    [parameters, parameters, parameters],
  )
  const read = third.prompt.flatMap(({ role, content }) => (role === 'tool' ? content : []))
  assert.deepEqual(
    read.map(({ output }) => output),
    [ROWS, DENIED].map(value => ({ type: 'text', value })),
  )
  assert.deepEqual(
    box.asked.map(([name, , callId]) => [name, callId]),
    [
      ['query', 'call_1'],
      ['execute', 'call_2'],
    ],
  )
}

{
  const box = toolbox()
  const more = { toolApproval: toolApproval(box) }
  const { content } = await run(box, scripted(['execute', 'update payments set status = 1']), more)
  const request = content.find(({ type }) => type === 'tool-approval-request')
  assert.equal(request?.toolCall.toolName, 'execute')
  assert.equal(request.reason, 'People look.')
  assert.deepEqual(
    box.asked.map(([name]) => name),
    ['explain_policy'],
  )
}

{
  const box = toolbox()
  const more = { toolApproval: toolApproval(box) }
  const calls = [
    ['query', 'select 1'],
    ['execute', 'delete from cards'],
  ]
  const { text } = await run(box, scripted(...calls), more)
  assert.equal(text, 'done')
  assert.deepEqual(
    box.asked.map(([name]) => name),
    ['query', 'explain_policy', 'execute'],
  )
}
