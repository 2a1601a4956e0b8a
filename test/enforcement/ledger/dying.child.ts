/** A process that writes through a ledger and then waits to be killed: after the write, before its answer is kept. */
import knexFactory, { type Knex } from 'knex'
import { knexLedgerStore } from '../../../src/enforcement/ledger/knex/store.js'
import { callLedger } from '../../../src/enforcement/ledger/ledger.js'
import { systemClock } from '../../../src/util/clock.js'
import { ulids } from '../../../src/util/ids.js'
import { insert } from './kit.js'

export interface Orders {
  readonly config: Knex.Config
  /** Hex. */
  readonly key: string
  readonly idempotencyKey?: string
}

process.once('message', ({ config, key, idempotencyKey }: Orders) => {
  const knex = knexFactory(config)
  const ids = ulids(systemClock)
  const ledger = callLedger({
    store: knexLedgerStore(knex),
    key: Buffer.from(key, 'hex'),
    clock: systemClock,
    ids,
  })
  const call = idempotencyKey === undefined ? insert : { ...insert, idempotencyKey }
  void ledger.carry(call, async () => {
    await knex('refunds').insert({ amount: 12 })
    process.send?.('written')
    return new Promise(() => {})
  })
})
