/** An audit sink of your own beside the durable trail, checked by the published contract. */
import assert from 'node:assert/strict'
import { type AuditRecord, type AuditSink, fileTrail, GovernedConnection, loadPolicy } from 'cardea'
import { auditSinkContract } from 'cardea/testing'
import { withShop } from './support/shop.js'

/** Counts statements by decision; a copy of the trail, so nothing waits for it. */
function countingSink(): AuditSink & {
  readonly counts: Map<string, number>
  readonly records: AuditRecord[]
} {
  const counts = new Map<string, number>()
  const records: AuditRecord[] = []
  let closed = false
  return {
    name: 'counting',
    durable: false,
    counts,
    records,
    async write(batch) {
      if (closed) throw new Error('the counting sink is closed')
      for (const record of batch) {
        records.push(record)
        if (record.event !== 'statement' || record.body === undefined) continue
        const { effect } = record.body.decision
        counts.set(effect, (counts.get(effect) ?? 0) + 1)
      }
    },
    async close() {
      closed = true
    },
  }
}

const checks: [string, () => Promise<void>][] = []
auditSinkContract({
  test: (name, body) => checks.push([name, async () => body()]),
  make: async () => {
    const sink = countingSink()
    return { sink, stored: async () => sink.records }
  },
})
for (const [, check] of checks) await check()
assert.ok(checks.length > 3)

await withShop(async ({ knex, directory }) => {
  const counting = countingSink()
  const governed = await GovernedConnection.wrap(knex, {
    policy: await loadPolicy('examples/support/policy.yaml'),
    audit: [fileTrail({ directory }), counting],
  })
  const db = governed.as({ subject: 'alice', issuer: 'https://login.corp.example' })
  await db('payments').count()
  await assert.rejects(async () => db('payments').delete())
  await governed.close()

  assert.equal(counting.counts.get('allow'), 1)
  assert.equal(counting.counts.get('deny'), 1)
  console.log(`custom-audit-sink: ${checks.length} contract checks passed, one allow and one deny counted`)
})
