/** Every statement of a transaction is governed; a refusal rolls back as any error would. */
import assert from 'node:assert/strict'
import { callbackApproval, fileTrail, GovernedConnection, loadPolicy, PolicyDeniedError } from 'cardea'
import { withShop } from './support/shop.js'

await withShop(async ({ knex, directory }) => {
  const governed = await GovernedConnection.wrap(knex, {
    policy: await loadPolicy('examples/support/policy.yaml'),
    approval: callbackApproval(async () => ({
      decision: 'approved',
      approver: { subject: 'bob', issuer: 'https://login.corp.example' },
      reason: 'refund run',
    })),
    audit: fileTrail({ directory }),
  })
  const db = governed.as({ subject: 'alice', issuer: 'https://login.corp.example' })

  await db.transaction(async trx => {
    await trx('payments').where({ id: 1 }).update({ status: 'refunded' })
    await trx('payments').where({ id: 2 }).update({ status: 'refunded' })
  })
  assert.equal((await knex('payments').where({ status: 'refunded' })).length, 2)

  await assert.rejects(
    db.transaction(async trx => {
      await trx('payments').where({ id: 3 }).update({ status: 'refunded' })
      await trx('payments').delete()
    }),
    PolicyDeniedError,
  )
  assert.equal((await knex('payments').where({ status: 'refunded' })).length, 2, 'the third was rolled back')

  await governed.close()
  console.log('transactions: two committed, one rolled back with the refusal')
})
