/** LangChain.js over a governed database, with a scripted model: it looks, is refused, asks, and changes one row. */
import assert from 'node:assert/strict'
import { BaseChatModel, type BindToolsInput } from '@langchain/core/language_models/chat_models'
import { AIMessage, type BaseMessage, HumanMessage, type ToolMessage } from '@langchain/core/messages'
import type { ChatResult } from '@langchain/core/outputs'
import { DynamicStructuredTool } from '@langchain/core/tools'
import { convertToOpenAITool } from '@langchain/core/utils/function_calling'
import { toLangChain } from 'cardea/langchain'
import { withDesk } from './support/desk.js'

type Turn = readonly [name: string, args: Record<string, unknown>]

/** Says one turn after the other; a turn may depend on what the tools have answered so far. */
class ScriptedModel extends BaseChatModel {
  told: readonly string[] = []
  #turn = 0
  constructor(readonly turns: readonly ((read: readonly string[]) => Turn | Promise<Turn>)[]) {
    super({})
  }

  override bindTools(tools: BindToolsInput[]): this {
    this.told = tools.map(tool => convertToOpenAITool(tool as DynamicStructuredTool).function.name)
    return this
  }

  async _generate(messages: BaseMessage[]): Promise<ChatResult> {
    const read = messages.filter(({ type }) => type === 'tool').map(({ text }) => text)
    const said = await this.turns[this.#turn++]?.(read)
    if (said === undefined) return answer(new AIMessage('Payment 3 is marked as disputed.'))
    const [name, args] = said
    return answer(new AIMessage({ content: '', tool_calls: [{ id: `call_${this.#turn}`, name, args }] }))
  }

  _llmType(): string {
    return 'scripted'
  }
}

await withDesk(async ({ toolbox, approve, statusOf }) => {
  const tools = toLangChain(toolbox, DynamicStructuredTool)
  const model = new ScriptedModel([
    () => ['query', { sql: 'select status, note from payments where id = $1', params: ['3'] }],
    () => ['execute', { sql: 'delete from payments' }],
    () => ['execute', { sql: "update payments set status = 'disputed' where id = 3", reason: 'case 1841' }],
    async read => {
      await approve()
      return ['approval_status', { approval_id: JSON.parse(read[2] ?? '').approval_id }]
    },
  ]).bindTools(tools)
  assert.deepEqual(
    model.told,
    tools.map(({ name }) => name),
  )

  // The loop that `createAgent` of the package langchain runs.
  const messages: BaseMessage[] = [new HumanMessage('Payment 3 is disputed.')]
  for (;;) {
    const said = (await model.invoke(messages)) as AIMessage
    messages.push(said)
    if (said.tool_calls?.length === 0) break
    for (const call of said.tool_calls ?? []) {
      const tool = tools.find(({ name }) => name === call.name)
      messages.push((await tool?.invoke({ ...call, type: 'tool_call' })) as unknown as ToolMessage)
    }
  }

  assert.equal(messages.at(-1)?.text, 'Payment 3 is marked as disputed.')
  const read = messages.filter(({ type }) => type === 'tool').map(({ text }) => JSON.parse(text))
  const [looked, denied, asked, done] = read
  assert.deepEqual(looked.rows, [['failed', 'read over the phone: 411111******1111']])
  assert.equal(denied.code, 'CARDEA_POLICY_DENIED')
  assert.equal(asked.status, 'approval_required')
  assert.equal(done.affected_rows, 1)
  assert.equal(await statusOf(3), 'disputed')
  console.log(
    'langchain: a card number masked, a delete refused, one payment changed after a person approved',
  )
})

function answer(message: AIMessage): ChatResult {
  return { generations: [{ text: message.text, message }] }
}
