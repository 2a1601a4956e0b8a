/** A process of its own that asks for many approvals and then only waits, to be killed. Its orders come over IPC. */
import { readFileSync } from 'node:fs'
import knexFactory, { type Knex } from 'knex'
import { fileTrail, GovernedConnection, knexApprovalStore, parsePolicy } from '../../src/index.js'

export interface Orders {
  readonly policy: string
  readonly shop: Knex.Config
  readonly store: Knex.Config
  /** Hex. */
  readonly key: string
  readonly mode: 'wait' | 'ticket'
  readonly trail: string
  readonly count: number
}

export interface Report {
  readonly asked: readonly string[]
  /** Connections of the shop's pool in use, and threads of the process before and while it waits. */
  readonly used: number
  readonly threads: readonly [number, number]
  /** What became of statements that did not wait. */
  readonly refused: readonly string[]
}

process.once('message', (orders: Orders) => void work(orders))

async function work({ policy, shop, store, key, mode, trail, count }: Orders): Promise<void> {
  const knex = knexFactory(shop)
  const asked: string[] = []
  const governed = await GovernedConnection.wrap(knex, {
    policy: parsePolicy(policy),
    audit: fileTrail({ directory: trail, durability: 'os' }),
    dataSource: { id: 'billing', environment: 'production' },
    queue: { store: knexApprovalStore({ knex: knexFactory(store) }), key: Buffer.from(key, 'hex'), mode },
    approval: {
      name: 'ear',
      open: () => {},
      announce: async request => {
        asked.push(request.id)
      },
    },
  })
  const before = threads()
  const refused: string[] = []
  for (let one = 0; one < count; one += 1) {
    governed
      .as(
        { subject: `asker ${one}`, issuer: 'https://login.corp.example' },
        { session: `session ${one}` },
      )('payments')
      .where({ id: 2 })
      .increment('amount', 1)
      .then(
        () => refused.push('it ran'),
        (error: { code: string; ticket?: string }) => refused.push(error.code),
      )
  }
  while (asked.length < count || (mode === 'ticket' && refused.length < count)) {
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  const used: number = knex.client.pool.numUsed()
  process.send?.({ asked, used, threads: [before, threads()], refused } satisfies Report)
}

function threads(): number {
  return Number(/^Threads:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0)
}
