/**
 * What went wrong elsewhere when people were asked, each tried on a queue that two governed connections share
 * (two processes as far as the queue can tell), on real databases.
 */
import { describe, expect, test } from '@jest/globals'
import { ApprovalPendingError, type Clock, parsePolicy } from '../../src/index.js'
import { describeMariadb, describePostgres } from '../support/databases.js'
import { alice, issuer, openHouse, POLICY, type TestHouse } from './house.js'
import { type Board, board, person, type SharedQueue, sharedQueue, until } from './shared-queue.js'

const bob = person('bob', 'dba')
const carol = person('carol', 'dba', 'security')

const terms = (yaml: string) => `${POLICY}
limits: { approval: { approvers: [dba, security], ${yaml} } }
`

interface Scene {
  readonly house: TestHouse
  readonly board: Board
  /** People answer here as well: another process over the same queue. */
  readonly other: Board
  readonly queue: SharedQueue
  raise(context?: { ticket?: string; who?: typeof alice }): Promise<number>
  ticket(context?: { who?: typeof alice }): Promise<string>
  amount(): Promise<number>
}

function clockAhead(): Clock & { ahead: number } {
  const clock = {
    ahead: 0,
    now: () => Date.now() + clock.ahead,
    monotonic: () => performance.now() + Math.max(0, clock.ahead),
  }
  return clock
}

for (const [engine, describeEngine] of [
  ['postgres', describePostgres],
  ['mysql', describeMariadb],
] as const) {
  describeEngine(`asking people over ${engine}`, () => {
    async function scene(
      work: (scene: Scene) => Promise<void>,
      options: { terms?: string; mode?: 'wait' | 'ticket'; clock?: Clock; setup?: string } = {},
    ): Promise<void> {
      const { mode = 'ticket', clock } = options
      const queue = await sharedQueue(engine)
      const [one, two] = [board(), board()]
      const policy = terms(options.terms ?? 'quorum: 1')
      const also = { queue: queue.options(mode), ...(clock === undefined ? {} : { clock }) }
      const house = await openHouse({
        engine,
        approval: one,
        policy,
        also,
        ...(options.setup === undefined ? {} : { setup: options.setup }),
      })
      const neighbour = await openHouse({ engine: 'sqlite', approval: two, also: { queue: queue.options() } })
      const raise: Scene['raise'] = ({ ticket, who = alice } = {}) =>
        house.governed
          .as(who, { session: 's', ...(ticket === undefined ? {} : { ticket }) })
          .raw('update payments set amount = amount + 1 where id = 2')
          .then((result: { rowCount?: number } | [{ affectedRows: number }]) =>
            Array.isArray(result) ? result[0].affectedRows : (result.rowCount ?? 0),
          )
      const ticket: Scene['ticket'] = async context => {
        const error: unknown = await raise(context).catch(thrown => thrown)
        if (!(error instanceof ApprovalPendingError)) throw new Error(`not pending: ${String(error)}`)
        return error.ticket
      }
      const amount = async () => Number((await house.raw('payments').where({ id: 2 }).first()).amount)
      try {
        await work({ house, board: one, other: two, queue, raise, ticket, amount })
      } finally {
        await house.close()
        await neighbour.close()
        await queue.close()
      }
    }

    const invalid = { code: 'CARDEA_GRANT_INVALID' }

    test('self-approval: not by the requester, whatever their roles, nor by those for whom they ask', async () => {
      await scene(async ({ other, ticket, amount }) => {
        const before = await amount()
        const sponsor = { subject: 'sam', issuer, email: 'sam@corp.example' }
        const agent = { subject: 'agent-7', issuer: 'cardea:agents', kind: 'agent' as const, roles: [] }
        const id = await ticket({ who: { ...agent, onBehalfOf: sponsor } as unknown as typeof alice })
        const liars = [
          { ...sponsor, groups: ['dba'] },
          { subject: 'U0SAM', issuer: 'slack', email: 'Sam@corp.example', groups: ['dba'] },
          { subject: 'sam@corp.example', issuer: 'teams', roles: ['dba'] },
          { ...agent, groups: ['dba'] },
          { ...bob, kind: 'agent' as const },
          { ...bob, kind: 'service' as const },
        ]
        for (const liar of liars) {
          expect(await other.answer(id, liar)).toMatchObject({ counted: false, state: 'pending' })
        }
        expect(await amount()).toBe(before)
      })
    })

    test('administrators are nobody special', async () => {
      await scene(async ({ other, ticket }) => {
        const id = await ticket()
        const admin = { subject: 'root', issuer, roles: ['admin', 'owner'], groups: ['admins'] }
        expect(await other.answer(id, admin)).toMatchObject({ counted: false })
        expect(await other.queue().find(id, admin)).toBeNull()
      })
    })

    test('one person in two groups is one person', async () => {
      await scene(
        async ({ board: here, other, ticket, raise }) => {
          const id = await ticket()
          expect(await here.answer(id, carol)).toMatchObject({
            counted: true,
            state: 'pending',
            approvals: 1,
          })
          for (const again of [carol, { ...carol, subject: 'CAROL' }, { ...carol, groups: ['security'] }]) {
            expect(await other.answer(id, again)).toMatchObject({ counted: false })
          }
          await expect(raise({ ticket: id })).rejects.toMatchObject({ code: 'CARDEA_APPROVAL_PENDING' })
          expect(await other.answer(id, bob)).toMatchObject({ counted: true, state: 'approved' })
          expect(await raise({ ticket: id })).toBe(1)
        },
        { terms: 'quorum: 2' },
      )
    })

    test('an approval cannot overwrite a denial, however close they come', async () => {
      await scene(
        async ({ board: here, other, ticket, raise, amount }) => {
          for (let round = 0; round < 8; round += 1) {
            const before = await amount()
            const id = await ticket()
            const answers = await Promise.all([here.answer(id, bob, 'denied', 'no'), other.answer(id, carol)])
            const final = answers.filter(answer => answer.counted)
            expect(final).toHaveLength(1)
            const denied = final[0]?.state === 'denied'
            const ran = await raise({ ticket: id }).catch((error: { code: string }) => error.code)
            expect(ran).toBe(denied ? 'CARDEA_APPROVAL_DENIED' : 1)
            expect(await amount()).toBe(before + (denied ? 0 : 1))
            expect(await other.answer(id, carol)).toMatchObject({ counted: false })
          }
        },
        { terms: 'coolDown: 1ms' },
      )
    })

    test('a replayed ticket runs nothing, and of many at once one runs', async () => {
      await scene(async ({ board: here, ticket, raise, amount }) => {
        const before = await amount()
        const id = await ticket()
        await here.answer(id, bob)
        const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => raise({ ticket: id })))
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
        await expect(raise({ ticket: id })).rejects.toMatchObject(invalid)
        expect(await amount()).toBe(before + 1)
      })
    })

    test('two processes that redeem one ticket at the same moment run it once', async () => {
      await scene(async ({ house, board: here, queue, ticket, raise, amount }) => {
        const second = await house.beside({ queue: queue.options('ticket') })
        try {
          for (let round = 0; round < 5; round += 1) {
            const before = await amount()
            const id = await ticket()
            await here.answer(id, bob)
            const there = second
              .as(alice, { session: 's', ticket: id })
              .raw('update payments set amount = amount + 1 where id = 2')
            const outcomes = await Promise.allSettled([raise({ ticket: id }), there])
            expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
            expect(await amount()).toBe(before + 1)
          }
        } finally {
          await second.close()
        }
      })
    })

    test('a late approval counts for nothing, and a late use neither', async () => {
      const clock = clockAhead()
      await scene(
        async ({ board: here, ticket, raise, amount }) => {
          const before = await amount()
          const late = await ticket()
          clock.ahead += 15 * 60_000
          expect(await here.answer(late, bob)).toMatchObject({ counted: false, state: 'expired' })
          await expect(raise({ ticket: late })).rejects.toMatchObject({ code: 'CARDEA_APPROVAL_TIMEOUT' })
          const unused = await ticket()
          expect(await here.answer(unused, bob)).toMatchObject({ counted: true })
          clock.ahead += 5 * 60_000
          await expect(raise({ ticket: unused })).rejects.toMatchObject(invalid)
          expect(await amount()).toBe(before)
        },
        { clock },
      )
    })

    test('a clock set back revives nothing', async () => {
      const clock = clockAhead()
      await scene(
        async ({ board: here, ticket, raise }) => {
          const id = await ticket()
          await here.answer(id, bob)
          clock.ahead = -60 * 60_000
          // The process knows that the time has not passed; one started now would not, and so refuses.
          expect(await raise({ ticket: id })).toBe(1)
        },
        { clock },
      )
      const back = clockAhead()
      await scene(async ({ house, queue, board: here, ticket }) => {
        const id = await ticket()
        await here.answer(id, bob)
        back.ahead = -60 * 60_000
        const young = await house.beside({ queue: queue.options('ticket'), clock: back })
        try {
          const used = young
            .as(alice, { session: 's', ticket: id })
            .raw('update payments set amount = amount + 1 where id = 2')
          await expect(used).rejects.toMatchObject(invalid)
        } finally {
          await young.close()
        }
      })
    })

    test('a view that changed since is not what was approved', async () => {
      await scene(
        async ({ house, board: here }) => {
          const read = (ticket?: string) =>
            house.governed
              .as(alice, { session: 's', ...(ticket === undefined ? {} : { ticket }) })('shown')
              .select('pan')
              .where({ id: 1 })
          const error = await read().then(
            () => undefined,
            thrown => thrown,
          )
          expect(error).toBeInstanceOf(ApprovalPendingError)
          await here.answer(error.ticket, bob)
          await house.raw.raw(
            engine === 'postgres'
              ? 'create or replace view shown as select id, pan from cards where id <> 1'
              : 'alter view shown as select id, pan from cards where id <> 1',
          )
          await expect(read(error.ticket)).rejects.toMatchObject(invalid)
        },
        { setup: 'create view shown as select id, pan from cards;\n' },
      )
    })

    test('a policy that changed since voids what was approved under the old one', async () => {
      await scene(async ({ house, board: here, queue, ticket }) => {
        const id = await ticket()
        await here.answer(id, bob)
        const policy = parsePolicy(terms('quorum: 2'), { file: 'policy.yaml' })
        const changed = await house.beside({ queue: queue.options('ticket'), policy })
        try {
          const used = changed
            .as(alice, { session: 's', ticket: id })
            .raw('update payments set amount = amount + 1 where id = 2')
          await expect(used).rejects.toMatchObject(invalid)
        } finally {
          await changed.close()
        }
      })
    })

    test('a row that somebody edits in the store is no approval', async () => {
      await scene(async ({ house, queue, ticket, raise, amount }) => {
        const before = await amount()
        const id = await ticket()
        const row = await queue.knex('cardea_approvals').where({ id }).first()
        const entry = JSON.parse(row.entry)
        const forged = { ...entry, state: 'approved', version: 2, grantId: 'x', grantedAt: 1, useBy: 9e15 }
        await queue
          .knex('cardea_approvals')
          .where({ id })
          .update({ state: 'approved', version: 2, entry: JSON.stringify(forged) })
        await expect(raise({ ticket: id })).rejects.toMatchObject(invalid)
        expect(await amount()).toBe(before)
        expect(house.trail()).toContain('approval store')
      })
    })

    test('a used row that somebody puts back is used all the same', async () => {
      await scene(async ({ board: here, queue, ticket, raise, amount }) => {
        const before = await amount()
        const id = await ticket()
        await here.answer(id, bob)
        const row = await queue.knex('cardea_approvals').where({ id }).first()
        expect(await raise({ ticket: id })).toBe(1)
        const { seq: _, ...columns } = row
        await queue.knex('cardea_approvals').where({ id }).update(columns)
        await expect(raise({ ticket: id })).rejects.toMatchObject(invalid)
        expect(await amount()).toBe(before + 1)
      })
    })

    test('what grew since people looked is rolled back', async () => {
      await scene(async ({ house, board: here }) => {
        const update = (ticket?: string) =>
          house.governed
            .as(alice, { session: 's', ...(ticket === undefined ? {} : { ticket }) })('payments')
            .where({ card_id: 2 })
            .update({ status: 'reviewed' })
        const error = await update().then(
          () => undefined,
          thrown => thrown,
        )
        const request = await here.next()
        expect(request.preview?.rows).toBe(3)
        expect(request.preview?.columns).toContain('status')
        expect(request.preview?.samples[0]?.after).toContain('reviewed')
        await here.answer(error.ticket, bob)
        await house.raw('payments').insert({ id: 99, card_id: 2, amount: 1, status: 'settled' })
        await expect(update(error.ticket)).rejects.toMatchObject({ code: 'CARDEA_AFFECTED_LIMIT' })
        const statuses: { status: string }[] = await house
          .raw('payments')
          .where({ card_id: 2 })
          .select('status')
        expect(statuses.map(({ status }) => status)).not.toContain('reviewed')
      })
    })

    test('a caller that waits is answered from another process, and one that gave up never runs', async () => {
      await scene(
        async ({ house, board: here, other, raise, amount }) => {
          const before = await amount()
          const waiting = raise()
          const { id } = await here.next()
          expect(await other.answer(id, bob)).toMatchObject({ counted: true, state: 'approved' })
          expect(await waiting).toBe(1)

          const visit = new AbortController()
          const left = house.governed
            .as(alice, { session: 's', signal: visit.signal })('payments')
            .where({ id: 2 })
            .increment('amount', 1)
            .then(
              () => 'it ran',
              (error: { code: string }) => error.code,
            )
          const given = await here.next(1)
          visit.abort()
          expect(await left).toBe('CARDEA_ABANDONED')
          expect(await other.answer(given.id, carol)).toMatchObject({ counted: false, state: 'withdrawn' })

          const stream = house.governed
            .as(alice, { session: 's' })
            .raw('update payments set amount = amount + 1 where id = 2')
            .stream()
          stream.on('error', () => {})
          const abandoned = await here.next(2)
          stream.destroy()
          await until(async () => (await other.answer(abandoned.id, carol)).state !== 'approved')
          expect(await amount()).toBe(before + 1)
        },
        { mode: 'wait' },
      )
    })
  })
}

describe('the policies of these tests', () => {
  test('load', () => {
    expect(parsePolicy(terms('quorum: 2')).hash).toHaveLength(64)
  })
})
