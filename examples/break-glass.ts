/** Emergency access: an enrolled person acts without an approver for some minutes, and somebody else reviews it. */
import assert from 'node:assert/strict'
import {
  type ApprovalChannel,
  ApprovalDeniedError,
  type ApprovalQueue,
  type Approver,
  fileTrail,
  GovernedConnection,
  PolicyDeniedError,
  parsePolicy,
} from 'cardea'
import { withShop } from './support/shop.js'

const policy = parsePolicy(`
version: 1
extends: pci-baseline
labels:
  - { column: public.cards.pan, label: pan }
breakGlass:
  people: [olga@corp.example]
  maxDuration: 30m
  amr: mfa
  reviewers: security
  reviewWithin: 24h
`)

const issuer = 'https://login.corp.example'
const olga = { subject: 'olga', issuer, email: 'olga@corp.example', amr: ['pwd', 'mfa'] }
const sam: Approver = { subject: 'sam', issuer, groups: ['security'] }

const told: string[] = []
let queue: ApprovalQueue | undefined
const alarm: ApprovalChannel = {
  name: 'alarm',
  open: opened => {
    queue = opened
  },
  announce: async request => {
    told.push(`${request.kind}: ${request.plea}`)
  },
}

/** A clock that the example may set forward, so that nobody has to wait for the end of the access. */
let ahead = 0
const clock = { now: () => Date.now() + ahead, monotonic: () => performance.now() + ahead }

await withShop(async ({ knex, directory }) => {
  const audit = fileTrail({ directory })
  const governed = await GovernedConnection.wrap(knex, { policy, approval: alarm, audit, clock })
  const plea = { reason: 'payments are stuck, nobody answers', ticket: 'INC-42', durationMs: 10 * 60_000 }

  // Not for somebody whom the policy does not name, not for an agent, not without a strong sign-in.
  for (const who of [
    { ...olga, email: 'mallory@corp.example' },
    { ...olga, kind: 'agent' as const },
    { ...olga, amr: ['pwd'] },
  ]) {
    await assert.rejects(governed.breakGlass(who, plea), ApprovalDeniedError)
  }

  const { ticket } = await governed.breakGlass(olga, plea)
  assert.deepEqual(told, ['break-glass: payments are stuck, nobody answers'])
  const db = governed.as(olga, { ticket })
  assert.equal(await db('payments').where({ id: 3 }).update({ status: 'settled' }), 1)
  // Masks and denials stand.
  assert.deepEqual(await db('cards').where({ id: 1 }).first('pan'), { pan: '411111******1111' })
  await assert.rejects(async () => db('payments').del(), PolicyDeniedError)

  ahead += plea.durationMs
  await assert.rejects(
    async () => db('payments').where({ id: 3 }).update({ status: 'x' }),
    ApprovalDeniedError,
  )
  const waiting = await queue?.list(sam, { unreviewed: true })
  assert.deepEqual(
    waiting?.map(({ id }) => id),
    [ticket],
  )
  const own = await queue?.review(ticket, { ...olga, groups: ['security'] }, 'all fine', 'console')
  assert.equal(own?.counted, false)
  const review = await queue?.review(ticket, sam, 'one update, needed; access was right', 'console')
  assert.equal(review?.counted, true)

  await governed.close()
  console.log('break-glass: one write without an approver, loud, over in time, reviewed by somebody else')
})
