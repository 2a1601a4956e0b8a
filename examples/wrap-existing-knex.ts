/** One pool, many principals: wrap the Knex that the program has already, one handle per caller. */
import assert from 'node:assert/strict'
import { fileTrail, GovernedConnection, loadPolicy } from 'cardea'
import type { Knex } from 'knex'
import { withShop } from './support/shop.js'

/** Code written long before Cardea: it takes a Knex and knows nothing. */
async function settledTotal(db: Knex): Promise<number> {
  const row = await db('payments').where({ status: 'settled' }).sum({ total: 'amount' }).first()
  return Number(row?.['total'])
}

await withShop(async ({ knex, directory }) => {
  const governed = await GovernedConnection.wrap(knex, {
    policy: await loadPolicy('examples/support/policy.yaml'),
    audit: fileTrail({ directory }),
  })
  const issuer = 'https://login.corp.example'
  const forAlice = governed.as(
    { subject: 'alice', issuer },
    { agent: { framework: 'autogen', id: 'billing-bot' } },
  )
  const forCarol = governed.as({ subject: 'carol', issuer })

  assert.equal(await settledTotal(forAlice), 35.5)
  assert.equal(await settledTotal(forCarol), 35.5)

  await governed.close()
  assert.equal(await settledTotal(knex), 35.5, 'the program’s own Knex is untouched')
  console.log('wrap-existing-knex: one pool, two principals, the original still works')
})
