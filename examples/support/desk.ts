import { type ApprovalChannel, fileTrail, GovernedConnection, loadPolicy } from 'cardea'
import { GovernedWorkbench } from 'cardea/autogen'
import { withShop } from './shop.js'

export interface Desk {
  /** The tools of one agent that works for alice. */
  readonly toolbox: GovernedWorkbench
  /** Bob looks at what waits for an approval, and approves it. */
  approve(): Promise<void>
  /** Of a payment, read past all governance. */
  statusOf(id: number): Promise<string>
}

const issuer = 'https://login.corp.example'
const alice = { subject: 'alice@corp.example', issuer, roles: ['support'] }
const bob = { subject: 'bob@corp.example', issuer }

/** Where bob looks by himself. */
const inbox: ApprovalChannel = { name: 'inbox', open: () => {}, announce: async () => {} }

/** Runs an example with the tools of an agent over the shop, and a person who approves out of the agent's sight. */
export async function withDesk(example: (desk: Desk) => Promise<void>): Promise<void> {
  await withShop(async ({ knex, directory }) => {
    await knex.raw('alter table payments add note text')
    await knex('payments').where({ id: 3 }).update({ note: 'read over the phone: 4111 1111 1111 1111' })
    const governed = await GovernedConnection.wrap(knex, {
      policy: await loadPolicy('examples/support/policy.yaml'),
      approval: inbox,
      audit: fileTrail({ directory }),
    })
    const { approvals } = governed
    await example({
      toolbox: new GovernedWorkbench(governed.statements(alice, { session: 'case 1841' })),
      approve: async () => {
        for (const { id } of await approvals.list(bob, { states: ['pending'] })) {
          await approvals.answer(
            id,
            { decision: 'approved', approver: bob, reason: 'seen the ledger' },
            'inbox',
          )
        }
      },
      statusOf: async id => (await knex('payments').where({ id }).first())?.status,
    })
    await governed.close()
  })
}
