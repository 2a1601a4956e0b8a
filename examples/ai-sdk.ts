/** The Vercel AI SDK over a governed database, with a scripted model: it looks, is refused, asks, and changes one row. */
import assert from 'node:assert/strict'
import { generateText, stepCountIs } from 'ai'
import { MockLanguageModelV3 } from 'ai/test'
import { toAiSdk } from 'cardea/ai-sdk'
import { withDesk } from './support/desk.js'

type Turn = readonly [toolName: string, args: object]
type Generated = Awaited<ReturnType<MockLanguageModelV3['doGenerate']>>

const usage: Generated['usage'] = {
  inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
}

/** Says one turn after the other; a turn may depend on what the tools have answered so far. */
function scripted(turns: readonly ((read: readonly string[]) => Turn | Promise<Turn>)[]) {
  const read: string[] = []
  let count = 0
  const model = new MockLanguageModelV3({
    doGenerate: async ({ prompt }): Promise<Generated> => {
      const last = prompt.at(-1)
      for (const part of last?.role === 'tool' ? last.content : []) {
        if (part.type === 'tool-result' && part.output.type === 'text') read.push(part.output.value)
      }
      const turn = turns[count++]
      if (turn === undefined) {
        const text = 'Payment 3 is marked as disputed.'
        return {
          content: [{ type: 'text', text }],
          finishReason: { unified: 'stop', raw: undefined },
          usage,
          warnings: [],
        }
      }
      const [toolName, args] = await turn(read)
      const call = {
        type: 'tool-call' as const,
        toolCallId: `call_${count}`,
        toolName,
        input: JSON.stringify(args),
      }
      return { content: [call], finishReason: { unified: 'tool-calls', raw: undefined }, usage, warnings: [] }
    },
  })
  return { model, read }
}

await withDesk(async ({ toolbox, approve, statusOf }) => {
  const { model, read } = scripted([
    () => ['query', { sql: 'select status, note from payments where id = $1', params: ['3'] }],
    () => ['execute', { sql: 'delete from payments' }],
    () => ['execute', { sql: "update payments set status = 'disputed' where id = 3", reason: 'case 1841' }],
    async answers => {
      await approve()
      return ['approval_status', { approval_id: JSON.parse(answers[2] ?? '').approval_id }]
    },
  ])
  const { text } = await generateText({
    model,
    prompt: 'Payment 3 is disputed.',
    tools: toAiSdk(toolbox),
    stopWhen: stepCountIs(8),
  })

  assert.equal(text, 'Payment 3 is marked as disputed.')
  const [looked, denied, asked, done] = read.map(answer => JSON.parse(answer))
  assert.deepEqual(looked.rows, [['failed', 'read over the phone: 411111******1111']])
  assert.equal(denied.code, 'CARDEA_POLICY_DENIED')
  assert.equal(asked.status, 'approval_required')
  assert.equal(done.affected_rows, 1)
  assert.equal(await statusOf(3), 'disputed')
  console.log('ai sdk: a card number masked, a delete refused, one payment changed after a person approved')
})
