/** A process of its own that serves the HTTP door, to measure what a large read costs it. Its orders come over IPC. */
import knexFactory, { type Knex } from 'knex'
import { fileTrail, GovernedConnection, parsePolicy } from '../../../src/index.js'
import { houseEntrance, openDoor } from './kit.js'

export interface Orders {
  readonly config: Knex.Config
  readonly policy: string
  readonly trail: string
}

process.once('message', ({ config, policy, trail }: Orders) => void serve(config, policy, trail))

async function serve(config: Knex.Config, policy: string, trail: string): Promise<void> {
  const governed = await GovernedConnection.wrap(knexFactory(config), {
    policy: parsePolicy(policy),
    audit: fileTrail({ directory: trail, durability: 'os' }),
    dataSource: { id: 'billing', environment: 'production' },
    approval: async () => ({ decision: 'denied', approver: { subject: 'x', issuer: 'x' }, reason: 'no' }),
  })
  const door = await openDoor({ entrance: houseEntrance({ governed }) })
  let highest = 0
  setInterval(() => {
    highest = Math.max(highest, process.memoryUsage().rss)
  }, 10)
  process.on('message', () =>
    process.send?.({ highest: highest / 1_048_576, now: process.memoryUsage().rss / 1_048_576 }),
  )
  process.send?.({ url: door.url })
}
