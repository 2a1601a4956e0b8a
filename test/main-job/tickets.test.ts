/** Tickets: refused as pending, decided by people elsewhere, redeemed once for exactly what was frozen. */
import { expect, test } from '@jest/globals'
import { ApprovalPendingError } from '../../src/index.js'
import { describeMariadb, describePostgres } from '../support/databases.js'
import { alice, openHouse, type TestHouse } from './house.js'
import { board, person, type SharedQueue, sharedQueue, until } from './shared-queue.js'

const bob = person('bob')

for (const [engine, describeEngine] of [
  ['postgres', describePostgres],
  ['mysql', describeMariadb],
] as const) {
  describeEngine(`a ticket, with its queue on ${engine}`, () => {
    const refund = (house: TestHouse, context: { ticket?: string; session?: string } = {}, id = 2) =>
      house.governed
        .as(alice, { session: 'conversation 7', ...context })('payments')
        .where({ id })
        .update({ status: 'refunded' })
    const pending = async (work: Promise<unknown>): Promise<string> => {
      const error: unknown = await work.then(
        () => new Error('it ran'),
        thrown => thrown,
      )
      if (!(error instanceof ApprovalPendingError)) throw error
      return error.ticket
    }
    const status = async ({ raw }: TestHouse, id = 2): Promise<string> =>
      (await raw('payments').where({ id }).first()).status

    async function within(
      work: (house: TestHouse, notices: ReturnType<typeof board>, queue: SharedQueue) => Promise<void>,
    ): Promise<void> {
      const queue = await sharedQueue(engine)
      const notices = board()
      const house = await openHouse({ engine, approval: notices, also: { queue: queue.options('ticket') } })
      try {
        await work(house, notices, queue)
      } finally {
        await house.close()
        await queue.close()
      }
    }

    test('is redeemed once, by submitting the very same again', async () => {
      await within(async (house, notices) => {
        const before = await status(house)
        const ticket = await pending(refund(house))
        expect(await pending(refund(house))).toBe(ticket)
        expect(notices.told).toHaveLength(1)
        expect(await status(house)).toBe(before)

        expect(await notices.answer(ticket, bob)).toMatchObject({ counted: true, state: 'approved' })
        expect(await refund(house, { ticket })).toBe(1)
        expect(await status(house)).toBe('refunded')
        await expect(refund(house, { ticket })).rejects.toMatchObject({ code: 'CARDEA_GRANT_INVALID' })
        // Without the ticket it is asked for anew.
        expect(await pending(refund(house))).not.toBe(ticket)
        // A channel is told behind the answer, so nobody waits for it.
        await until(() => notices.concluded.some(({ id }) => id === ticket))
      })
    })

    test('is good for nothing but what was asked', async () => {
      await within(async (house, notices) => {
        const ticket = await pending(refund(house))
        await notices.answer(ticket, bob)
        const swapped = [
          refund(house, { ticket }, 3),
          refund(house, { ticket, session: 'conversation 8' }),
          house.governed
            .as(
              { ...alice, subject: 'mallory' },
              { session: 'conversation 7', ticket },
            )('payments')
            .where({ id: 2 })
            .update({ status: 'refunded' }),
          house.governed
            .as(alice, { session: 'conversation 7', ticket, agent: { framework: 'x', id: 'other' } })(
              'payments',
            )
            .where({ id: 2 })
            .update({ status: 'refunded' }),
          house.governed.as(alice, { session: 'conversation 7', ticket })('payments').where({ id: 2 }).del(),
          refund(house, { ticket: '01ARZ3NDEKTSV4RRFFQ69G5FAV' }),
          refund(house, { ticket: '' }),
        ]
        for (const work of swapped) {
          await expect(work).rejects.toMatchObject({ code: 'CARDEA_GRANT_INVALID' })
        }
        expect(await refund(house, { ticket })).toBe(1)
      })
    })

    test('tells a denial, and nobody is asked again for a while', async () => {
      await within(async (house, notices) => {
        const ticket = await pending(refund(house))
        await notices.answer(ticket, bob, 'denied', 'not this one')
        await expect(refund(house, { ticket })).rejects.toMatchObject({
          code: 'CARDEA_APPROVAL_DENIED',
          message: expect.stringContaining('not this one'),
        })
        const again = { code: 'CARDEA_APPROVAL_LIMIT' }
        await expect(refund(house)).rejects.toMatchObject(again)
        await expect(refund(house, { session: 'a new conversation' })).rejects.toMatchObject(again)
        expect(notices.told).toHaveLength(1)
        expect(await pending(refund(house, {}, 3))).not.toBe(ticket)
      })
    })

    test('outlives the process that gave it', async () => {
      const queue = await sharedQueue(engine)
      const first = board()
      let house = await openHouse({ engine, approval: first, also: { queue: queue.options('ticket') } })
      try {
        const ticket = await pending(refund(house))
        const second = board()
        house = await house.restart({ approval: second, queue: queue.options('ticket') })
        expect(await second.answer(ticket, bob)).toMatchObject({ counted: true, state: 'approved' })
        expect(await refund(house, { ticket })).toBe(1)
        expect(house.trail()).toContain('"approval.consume"')
      } finally {
        await house.close()
        await queue.close()
      }
    })

    test('of another policy or schema is void', async () => {
      await within(async (house, notices) => {
        const ticket = await pending(refund(house))
        await notices.answer(ticket, bob)
        await house.raw.raw('alter table payments add column cardholder_memo varchar(20)')
        await expect(refund(house, { ticket })).rejects.toMatchObject({ code: 'CARDEA_GRANT_INVALID' })
        expect(await status(house)).not.toBe('refunded')
      })
    })
  })
}
