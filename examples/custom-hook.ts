/** A hook can only tighten: this one closes the shop at night and counts what happened. */
import assert from 'node:assert/strict'
import { fileTrail, GovernedConnection, type Hook, loadPolicy, PolicyDeniedError } from 'cardea'
import { withShop } from './support/shop.js'

function officeHours(hourNow: () => number): Hook & { readonly seen: string[] } {
  const seen: string[] = []
  return {
    name: 'office-hours',
    seen,
    beforeQuery(context) {
      const hour = hourNow()
      if (hour < 8 || hour >= 18) context.deny('The billing data is closed from 18:00 to 8:00.')
    },
    afterQuery(context) {
      seen.push(context.status)
    },
  }
}

await withShop(async ({ knex, directory }) => {
  let hour = 10
  const hook = officeHours(() => hour)
  const governed = await GovernedConnection.wrap(knex, {
    policy: await loadPolicy('examples/support/policy.yaml'),
    audit: fileTrail({ directory }),
    hooks: [hook],
  })
  const db = governed.as({ subject: 'alice', issuer: 'https://login.corp.example' })

  assert.equal((await db('payments').select('id')).length, 3)
  hour = 23
  await assert.rejects(
    async () => db('payments').select('id'),
    (error: unknown) => error instanceof PolicyDeniedError && error.reason.includes('closed'),
  )
  await governed.close()
  assert.deepEqual(hook.seen, ['released', 'refused'])
  console.log('custom-hook: open at ten, closed at eleven at night')
})
