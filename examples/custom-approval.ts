/** An approval adapter of your own: a queue that people answer from somewhere else. */
import assert from 'node:assert/strict'
import {
  type ApprovalAnswer,
  ApprovalDeniedError,
  type ApprovalProvider,
  type ApprovalRequest,
  fileTrail,
  GovernedConnection,
  loadPolicy,
} from 'cardea'
import { withShop } from './support/shop.js'

interface Queue extends ApprovalProvider {
  readonly waiting: Map<string, { request: ApprovalRequest; answer: (answer: ApprovalAnswer) => void }>
}

function queueApproval(): Queue {
  const waiting: Queue['waiting'] = new Map()
  return {
    name: 'queue',
    waiting,
    request: (request, { signal }) =>
      new Promise((resolve, reject) => {
        waiting.set(request.id, { request, answer: resolve })
        signal.addEventListener('abort', () => {
          waiting.delete(request.id)
          reject(new Error('nobody is waiting for this answer any more'))
        })
      }),
  }
}

/** The person at the other end: reads what the statement does, refuses to touch failed payments. */
async function answerNext(queue: Queue): Promise<void> {
  while (queue.waiting.size === 0) await new Promise(resolve => setTimeout(resolve, 5))
  for (const [id, { request, answer }] of queue.waiting) {
    queue.waiting.delete(id)
    const approver = { subject: 'bob', issuer: 'https://login.corp.example' }
    const refused = request.bindings.some(binding => binding.includes('refunded'))
    answer({
      decision: refused ? 'denied' : 'approved',
      approver,
      reason: refused ? 'no refunds today' : 'fine',
    })
  }
}

await withShop(async ({ knex, directory }) => {
  const queue = queueApproval()
  const governed = await GovernedConnection.wrap(knex, {
    policy: await loadPolicy('examples/support/policy.yaml'),
    approval: queue,
    audit: fileTrail({ directory }),
  })
  const db = governed.as({ subject: 'alice', issuer: 'https://login.corp.example' })

  const [updated] = await Promise.all([
    db('payments').where({ id: 3 }).update({ status: 'settled' }),
    answerNext(queue),
  ])
  assert.equal(updated, 1)

  const refusal = assert.rejects(
    async () => db('payments').where({ id: 3 }).update({ status: 'refunded' }),
    (error: unknown) => error instanceof ApprovalDeniedError && error.reason.includes('no refunds today'),
  )
  await Promise.all([refusal, answerNext(queue)])

  await governed.close()
  console.log('custom-approval: one approved, one denied with the person’s words')
})
