/** Two people must agree, neither of them the one who asks: once in time, once not, once with a veto. */
import assert from 'node:assert/strict'
import {
  type ApprovalChannel,
  ApprovalDeniedError,
  ApprovalPendingError,
  type ApprovalQueue,
  type Approver,
  fileTrail,
  GovernedConnection,
  parsePolicy,
} from 'cardea'
import { withShop } from './support/shop.js'

const policy = parsePolicy(`
version: 1
extends: pci-baseline
labels:
  - { column: public.cards.pan, label: pan }
limits:
  approval: { approvers: [dba, security], quorum: 2 }
`)

const issuer = 'https://login.corp.example'
const person = (subject: string, ...groups: string[]): Approver => ({ subject, issuer, groups })
const alice = { subject: 'alice', issuer, groups: ['dba'] }
const bob = person('bob', 'dba', 'security')
const carol = person('carol', 'security')

/** Where people look: a chat, a console. It tells them, and hands their answers to the queue. */
let queue: ApprovalQueue | undefined
const wall: ApprovalChannel = {
  name: 'wall',
  open: opened => {
    queue = opened
  },
  announce: async () => {},
}
const approves = async (id: string, approver: Approver, decision: 'approved' | 'denied' = 'approved') =>
  queue?.answer(id, { decision, approver, reason: 'looked at the ledger' }, 'wall')

await withShop(async ({ knex, directory }) => {
  const governed = await GovernedConnection.wrap(knex, {
    policy,
    approval: wall,
    // The statement is refused as pending, and submitted again once it is approved.
    queue: { mode: 'ticket' },
    audit: fileTrail({ directory }),
  })
  const settle = (id: number, ticket?: string) =>
    governed
      .as(alice, { session: 'month end', ...(ticket === undefined ? {} : { ticket }) })('payments')
      .where({ id })
      .update({ status: 'settled' })
  const ticketFor = async (id: number): Promise<string> => {
    const error: unknown = await settle(id).catch(thrown => thrown)
    assert(error instanceof ApprovalPendingError)
    return error.ticket
  }

  const ticket = await ticketFor(3)
  assert.equal((await approves(ticket, alice))?.counted, false) // her own request
  assert.equal((await approves(ticket, bob))?.counted, true)
  assert.equal((await approves(ticket, bob))?.counted, false) // in two groups, and still one person
  await assert.rejects(async () => settle(3, ticket), ApprovalPendingError)
  assert.equal((await approves(ticket, carol))?.counted, true)
  await assert.rejects(async () => settle(2, ticket), ApprovalDeniedError) // another statement
  assert.equal(await settle(3, ticket), 1)
  await assert.rejects(async () => settle(3, ticket), ApprovalDeniedError) // used

  const vetoed = await ticketFor(1)
  await approves(vetoed, bob)
  await approves(vetoed, carol, 'denied')
  await assert.rejects(async () => settle(1, vetoed), ApprovalDeniedError)

  await governed.close()
  console.log('two-person rule: bob and carol let one statement run, once; a veto stopped the other')
})
