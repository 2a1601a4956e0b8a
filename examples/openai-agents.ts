/** The OpenAI Agents SDK over a governed database, with a scripted model: it looks, is refused, asks, and changes one row. */
import assert from 'node:assert/strict'
import { Agent, type Model, type ModelRequest, type ModelResponse, Runner, Usage } from '@openai/agents'
import { toOpenAIAgents } from 'cardea/openai-agents'
import { withDesk } from './support/desk.js'

type Turn = readonly [name: string, args: object]

/** Says one turn after the other; a turn may depend on what the tools have answered so far. */
class ScriptedModel implements Model {
  readonly read: string[] = []
  #turn = 0
  constructor(readonly turns: readonly ((read: readonly string[]) => Turn | Promise<Turn>)[]) {}

  async getResponse({ input }: ModelRequest): Promise<ModelResponse> {
    const last = typeof input === 'string' ? undefined : input.at(-1)
    if (last?.type === 'function_call_result') this.read.push(textIn(last.output))
    const turn = this.turns[this.#turn++]
    const usage = new Usage()
    if (turn === undefined) {
      const content = [{ type: 'output_text' as const, text: 'Payment 3 is marked as disputed.' }]
      return { usage, output: [{ type: 'message', role: 'assistant', status: 'completed', content }] }
    }
    const [name, args] = await turn(this.read)
    const callId = `call_${this.#turn}`
    return { usage, output: [{ type: 'function_call', callId, name, arguments: JSON.stringify(args) }] }
  }

  async *getStreamedResponse(): AsyncGenerator<never> {}
}

await withDesk(async ({ toolbox, approve, statusOf }) => {
  const model = new ScriptedModel([
    () => ['query', { sql: 'select status, note from payments where id = $1', params: ['3'] }],
    () => ['execute', { sql: 'delete from payments' }],
    () => ['execute', { sql: "update payments set status = 'disputed' where id = 3", reason: 'case 1841' }],
    async read => {
      await approve()
      return ['approval_status', { approval_id: JSON.parse(read[2] ?? '').approval_id }]
    },
  ])
  const agent = new Agent({
    name: 'dba',
    instructions: 'Look into it.',
    model,
    tools: toOpenAIAgents(toolbox),
  })
  const result = await new Runner({ tracingDisabled: true }).run(agent, 'Payment 3 is disputed.')

  assert.equal(result.finalOutput, 'Payment 3 is marked as disputed.')
  const [looked, denied, asked, done] = model.read.map(text => JSON.parse(text))
  assert.deepEqual(looked.rows, [['failed', 'read over the phone: 411111******1111']])
  assert.equal(denied.code, 'CARDEA_POLICY_DENIED')
  assert.equal(asked.status, 'approval_required')
  assert.equal(done.affected_rows, 1)
  assert.equal(await statusOf(3), 'disputed')
  console.log(
    'openai agents: a card number masked, a delete refused, one payment changed after a person approved',
  )
})

function textIn(output: unknown): string {
  if (typeof output === 'string') return output
  return (output as { text?: string }).text ?? ''
}
