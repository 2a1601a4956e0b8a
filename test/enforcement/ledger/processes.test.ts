/** Several processes over one store: calls that are sent again to another, and calls whose process died. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import knexFactory, { type Knex } from 'knex'
import type { CallLedger } from '../../../src/enforcement/call-ledger.js'
import { migrateLedgerStore } from '../../../src/enforcement/ledger/knex/migrations.js'
import { knexLedgerStore } from '../../../src/enforcement/ledger/knex/store.js'
import { systemClock } from '../../../src/util/clock.js'
import {
  type Database,
  describeMariadb,
  describePostgres,
  mariadb,
  postgres,
} from '../../support/databases.js'
import type { Orders } from './dying.child.js'
import { counted, gate, insert, key, ledgerWith, said } from './kit.js'

for (const [engine, describeEngine, server] of [
  ['pg', describePostgres, postgres],
  ['mysql2', describeMariadb, mariadb],
] as const) {
  describeEngine(`two processes over ${engine}`, () => {
    let database: Database
    let knex: Knex
    let config: Knex.Config
    const open: { knex: Knex; ledger: CallLedger }[] = []
    /** Milliseconds that the clock of the test is ahead of the system's. */
    let ahead = 0
    const clock = { now: () => systemClock.now() + ahead, monotonic: () => systemClock.monotonic() + ahead }

    const another = (): CallLedger => {
      const own = knexFactory(config)
      const ledger = ledgerWith(clock, { store: knexLedgerStore(own) })
      open.push({ knex: own, ledger })
      return ledger
    }
    const call = (name: string) => ({ ...insert, caller: name })

    beforeAll(async () => {
      database = await server.database()
      const { host, port, user, password, database: name } = database
      config = {
        client: engine,
        connection: { host, port, user, password, database: name },
        pool: { min: 0, max: 4 },
      }
      knex = knexFactory(config)
      await migrateLedgerStore(knex)
      await knex.schema.createTable('refunds', table => {
        table.integer('amount')
      })
    })
    afterAll(async () => {
      for (const one of open) {
        await one.ledger.close()
        await one.knex.destroy()
      }
      await knex.destroy()
      await database.drop()
    })

    test('an answer that got lost here is given there', async () => {
      const work = counted()
      const here = another()
      ;(await here.carry(call('lost'), work)).lost()
      await here.close()
      const again = await another().carry(call('lost'), work)
      expect([again.repeated, said(again.result)['run'], work.runs]).toEqual([true, 1, 1])
    })

    test('what is under way here is not run there', async () => {
      const [started, ended] = [gate(), gate()]
      const first = another().carry(call('at once'), async () => {
        started.open()
        await ended.opened
        return counted()()
      })
      await started.opened
      const work = counted()
      const { result } = await another().carry(call('at once'), work)
      expect([said(result)['code'], work.runs]).toEqual(['CARDEA_CALL_UNDERWAY', 0])
      ended.open()
      expect(said((await first).result)['status']).toBe('executed')
    })

    test('ten calls at once over five processes run once', async () => {
      const work = counted()
      const ledgers = Array.from({ length: 5 }, another)
      const named = { ...call('many'), idempotencyKey: 'k' }
      const results = await Promise.all([...ledgers, ...ledgers].map(ledger => ledger.carry(named, work)))
      expect(work.runs).toBe(1)
      for (const { result } of results) {
        const { code, status } = said(result)
        expect(status === 'executed' || code === 'CARDEA_CALL_UNDERWAY').toBe(true)
      }
    })

    test.each([{ idempotencyKey: undefined }, { idempotencyKey: 'refund-7' }])(
      'a process that is killed after its write: nothing runs again ($idempotencyKey)',
      async ({ idempotencyKey }) => {
        ahead = 0
        await knex('refunds').delete()
        const named = idempotencyKey === undefined ? insert : { ...insert, idempotencyKey }
        await dying({
          config,
          key: key.toString('hex'),
          ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
        })
        const rows = async (): Promise<number> => (await knex('refunds').select()).length
        expect(await rows()).toBe(1)

        const work = counted()
        const next = another()
        expect(said((await next.carry(named, work)).result)).toMatchObject({
          code: 'CARDEA_CALL_UNDERWAY',
          retryable: true,
        })
        ahead += 20_000
        for (const _ of [1, 2]) {
          const { result, delivered } = await next.carry(named, work)
          expect(said(result)).toMatchObject({ code: 'CARDEA_OUTCOME_UNKNOWN', retryable: false })
          delivered()
        }
        ahead += idempotencyKey === undefined ? 600_000 - 21_000 : 86_400_000 - 21_000
        expect(said((await next.carry(named, work)).result)['code']).toBe('CARDEA_OUTCOME_UNKNOWN')
        expect([work.runs, await rows()]).toEqual([0, 1])
        ahead += 2_000
        expect(said((await next.carry(named, work)).result)['status']).toBe('executed')
      },
    )

    test('neither arguments nor keys of callers stand in the table', async () => {
      const args = { sql: 'insert into refunds values (4111111111111111)', params: ['Ada Byron'] }
      const ledger = another()
      ;(
        await ledger.carry(
          { caller: 'alice@corp', tool: 'execute', args, idempotencyKey: 'order-4711' },
          counted(),
        )
      ).lost()
      await ledger.close()
      expect(JSON.stringify(await knex('cardea_calls'))).not.toMatch(
        /4111111111111111|Ada Byron|order-4711|alice|refunds/,
      )
    })
  })
}

async function dying(orders: Orders): Promise<void> {
  const child = fork(fileURLToPath(new URL('./dying.child.ts', import.meta.url)), {
    execArgv: ['--import', fileURLToPath(new URL('../../support/typescript.mjs', import.meta.url))],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  child.send(orders)
  const [told] = (await once(child, 'message')) as [unknown]
  expect(told).toBe('written')
  child.kill('SIGKILL')
  await once(child, 'exit')
}
