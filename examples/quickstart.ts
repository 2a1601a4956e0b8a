/** Open a governed connection, read cards, try to delete everything. */
import assert from 'node:assert/strict'
import { callbackApproval, fileTrail, GovernedConnection, loadPolicy, PolicyDeniedError } from 'cardea'
import { withShop } from './support/shop.js'

await withShop(async ({ knex, directory }) => {
  const governed = await GovernedConnection.wrap(knex, {
    policy: await loadPolicy('examples/support/policy.yaml'),
    approval: callbackApproval(async () => ({
      decision: 'approved',
      approver: { subject: 'bob@corp.example', issuer: 'https://login.corp.example' },
      reason: 'chargeback 1841',
    })),
    audit: fileTrail({ directory }),
  })
  const db = governed.as({
    subject: 'alice@corp.example',
    issuer: 'https://login.corp.example',
    roles: ['support'],
  })

  const cards = await db('cards').select('pan', 'brand').orderBy('id')
  assert.deepEqual(cards[0], { pan: '411111******1111', brand: 'visa' })

  await assert.rejects(async () => db('payments').delete(), PolicyDeniedError)
  assert.equal(Number((await db('payments').count())[0]?.['count']), 3)

  await governed.close()
  console.log('quickstart: cards masked, bulk delete refused')
})
