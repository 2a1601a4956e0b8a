/** Two hundred callers wait at once: for nothing but an answer. What a killed process asked for dies with it, or does not. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { describeMariadb, describePostgres } from '../support/databases.js'
import type { Orders, Report } from './asker.child.js'
import { issuer, openHouse, POLICY, type TestHouse } from './house.js'
import { board, person, type SharedQueue, sharedQueue } from './shared-queue.js'

const MANY = 200
const bob = person('bob')
const policy = `${POLICY}
limits: { approval: { decideWithin: 1h, useWithin: 1h } }
`

for (const [engine, describeEngine] of [
  ['postgres', describePostgres],
  ['mysql', describeMariadb],
] as const) {
  describeEngine(`${MANY} requests of one process on ${engine}`, () => {
    async function asking(
      mode: Orders['mode'],
      work: (house: TestHouse, queue: SharedQueue, report: Report, child: ChildProcess) => Promise<void>,
    ): Promise<void> {
      const queue = await sharedQueue(engine)
      const house = await openHouse({ engine, policy })
      const trail = mkdtempSync(join(tmpdir(), 'cardea-asker-'))
      const script = fileURLToPath(new URL('./asker.child.ts', import.meta.url))
      const child = fork(script, {
        execArgv: ['--import', fileURLToPath(new URL('../support/typescript.mjs', import.meta.url))],
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      })
      try {
        const orders: Orders = {
          policy,
          shop: { ...house.config, pool: { min: 0, max: 2 } },
          store: { ...queue.config, pool: { min: 0, max: 2 } },
          key: Buffer.from(queue.options().key ?? []).toString('hex'),
          mode,
          trail: join(trail, 'trail'),
          count: MANY,
        }
        child.send(orders)
        const died = once(child, 'exit').then(() => {
          throw new Error('The asking process died.')
        })
        died.catch(() => {})
        const [report] = await Promise.race([once(child, 'message'), died])
        await work(house, queue, report, child)
      } finally {
        child.kill('SIGKILL')
        await house.close()
        await queue.close()
        rmSync(trail, { recursive: true, force: true })
      }
    }
    const kill = async (child: ChildProcess): Promise<void> => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    const amount = async ({ raw }: TestHouse) =>
      Number((await raw('payments').where({ id: 2 }).first()).amount)

    test('that wait hold no connection and no thread, and killing it denies them all', async () => {
      await asking('wait', async (house, queue, report, child) => {
        const before = await amount(house)
        expect(new Set(report.asked).size).toBe(MANY)
        expect(report.refused).toEqual([])
        expect(report.used).toBe(0)
        expect(report.threads[1]).toBe(report.threads[0])
        const here = board()
        const clock = {
          ahead: 0,
          now: () => Date.now() + clock.ahead,
          monotonic: () => performance.now() + clock.ahead,
        }
        const desk = await house.beside({ queue: queue.options(), approval: here, clock })
        try {
          expect(await here.queue().list(bob, { limit: 1_000 })).toHaveLength(MANY)
          await kill(child)
          // Longer than a process may be silent.
          clock.ahead += 30_000
          const [id = ''] = report.asked
          expect(await here.answer(id, bob)).toMatchObject({ counted: false, state: 'withdrawn' })
          expect(await here.queue().list(bob, { limit: 1_000 })).toEqual([])
          expect(await here.queue().list(bob, { states: ['withdrawn'], limit: 1_000 })).toHaveLength(MANY)
          expect(await amount(house)).toBe(before)
        } finally {
          await desk.close()
        }
      })
    }, 120_000)

    test('that took tickets outlive it', async () => {
      await asking('ticket', async (house, queue, report, child) => {
        const before = await amount(house)
        expect(report.refused).toEqual(Array(MANY).fill('CARDEA_APPROVAL_PENDING'))
        await kill(child)
        const here = board()
        const restarted = await house.beside({ queue: queue.options('ticket'), approval: here })
        try {
          const waiting = await here.queue().list(bob, { limit: 1_000 })
          expect(waiting.map(({ id }) => id).sort()).toEqual([...report.asked].sort())
          for (const { id, request } of waiting.slice(0, 5)) {
            expect(await here.answer(id, bob)).toMatchObject({ counted: true, state: 'approved' })
            const { subject } = request.principal
            const db = restarted.as({ subject, issuer }, { session: request.session, ticket: id })
            expect(await db('payments').where({ id: 2 }).increment('amount', 1)).toBe(1)
          }
          expect(await amount(house)).toBe(before + 5)
        } finally {
          await restarted.close()
        }
      })
    }, 120_000)
  })
}
