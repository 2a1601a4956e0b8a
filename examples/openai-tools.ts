/** A model that speaks OpenAI's chat completions: tools as JSON in, answers as messages out. Nothing of OpenAI's is installed. */
import assert from 'node:assert/strict'
import { answerToolCall, type OpenAIToolMessage, toOpenAIToolsJson } from 'cardea/openai-tools'
import { withDesk } from './support/desk.js'

await withDesk(async ({ toolbox, approve, statusOf }) => {
  assert.deepEqual(toOpenAIToolsJson(toolbox)[0]?.function.parameters.required, ['sql'])

  /** What a model would say, turn by turn, having read the answers so far. */
  const turns: ((read: readonly OpenAIToolMessage[]) => [name: string, args: object])[] = [
    () => ['query', { sql: 'select status, note from payments where id = $1', params: ['3'] }],
    () => ['execute', { sql: 'delete from payments' }],
    () => ['execute', { sql: "update payments set status = 'disputed' where id = 3", reason: 'case 1841' }],
    read => ['approval_status', { approval_id: JSON.parse(read[2]?.content ?? '').approval_id }],
  ]
  const read: OpenAIToolMessage[] = []
  for (const turn of turns) {
    const [name, args] = turn(read)
    if (name === 'approval_status') await approve()
    const call = { id: `call_${read.length}`, function: { name, arguments: JSON.stringify(args) } }
    read.push(await answerToolCall(toolbox, call))
  }

  const [looked, denied, asked, done] = read.map(({ content }) => JSON.parse(content))
  assert.deepEqual(looked.rows, [['failed', 'read over the phone: 411111******1111']])
  assert.equal(denied.code, 'CARDEA_POLICY_DENIED')
  assert.equal(asked.status, 'approval_required')
  assert.equal(done.affected_rows, 1)
  assert.equal(await statusOf(3), 'disputed')
  console.log(
    'openai tools: a card number masked, a delete refused, one payment changed after a person approved',
  )
})
