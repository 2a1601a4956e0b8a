/** Windowed grants and emergency access, through governed connections on real databases. */
import { expect, jest, test } from '@jest/globals'
import type { Approver, Principal } from '../../src/index.js'
import { describeMariadb, describePostgres } from '../support/databases.js'
import { alice, issuer, openHouse, POLICY, type TestHouse } from './house.js'
import { type Board, board, person } from './shared-queue.js'

const MINUTE = 60_000
const bob = person('bob', 'dba')
const sue: Approver = person('sue', 'security')
const olga: Principal = {
  subject: 'olga',
  issuer,
  email: 'olga@corp.example',
  amr: ['pwd', 'mfa'],
  roles: ['on-call'],
}

const SQL = 'update payments set amount = amount + ? where id = ?'

const policy = `${POLICY}
limits:
  approval: { approvers: [dba], window: { maxDuration: 30m, maxRows: 10 } }
breakGlass:
  people: [olga@corp.example, piet]
  maxDuration: 30m
  amr: mfa
  reviewers: security
  reviewWithin: 24h
`

for (const [engine, describeEngine] of [
  ['postgres', describePostgres],
  ['mysql', describeMariadb],
] as const) {
  const opened = { now: 0 }
  const clock = { now: () => Date.now() + opened.now, monotonic: () => performance.now() + opened.now }

  async function within(work: (house: TestHouse, people: Board) => Promise<void>, more = ''): Promise<void> {
    opened.now = 0
    const people = board()
    const house = await openHouse({
      engine,
      approval: people,
      policy: policy + more,
      also: { clock, queue: { mode: 'ticket' } },
    })
    try {
      await work(house, people)
    } finally {
      await house.close()
    }
  }

  describeEngine(`a window on ${engine}`, () => {
    const raise = async (house: TestHouse, ticket: string, id: number, session = 's') => {
      const result = await house.governed.as(alice, { session, ticket }).raw(SQL, [1, id])
      return engine === 'postgres' ? result.rowCount : result[0].affectedRows
    }
    const wish = (rows = 3, durationMs = 10 * MINUTE) =>
      ({
        statements: [{ sql: SQL, bindings: [1, 2] }],
        rows,
        durationMs,
        reason: 'correct the fees of today',
      }) as const
    const grantWindow = async (house: TestHouse, people: Board, rows = 3): Promise<string> => {
      const { ticket, state } = await house.governed.requestWindow(alice, wish(rows), { session: 's' })
      expect(state).toBe('pending')
      expect(await people.answer(ticket, bob)).toMatchObject({ counted: true, state: 'approved' })
      return ticket
    }

    test('lets its statements run with any literals, until its rows are used up', async () => {
      await within(async (house, people) => {
        const ticket = await grantWindow(house, people)
        const [request] = people.told
        expect(request).toMatchObject({
          kind: 'window',
          window: { rows: 3 },
          plea: 'correct the fees of today',
        })
        expect(request?.statement).not.toMatch(/\b2\b/)
        for (const id of [2, 3, 4]) expect(await raise(house, ticket, id)).toBe(1)
        await expect(raise(house, ticket, 5)).rejects.toMatchObject({ code: 'CARDEA_GRANT_INVALID' })
        expect(people.told).toHaveLength(1)
        expect(house.trail()).toContain('"kind":"window"')
      })
    })

    test('stands over no statement whose names look like protected data: people must see what it covers', async () => {
      await within(async (house, people) => {
        const quote = engine === 'postgres' ? '"' : '`'
        const name = `${quote}ada@corp.example${quote}`
        const sql = `update payments as ${name} set amount = ? where ${name}.id = ?`
        const asked = house.governed.requestWindow(
          alice,
          { ...wish(), statements: [{ sql, bindings: [1, 2] }] },
          { session: 's' },
        )
        await expect(asked).rejects.toMatchObject({
          code: 'CARDEA_APPROVAL_DENIED',
          message: expect.stringContaining('give it another name'),
        })
        expect(people.told).toEqual([])
        expect(house.trail()).not.toContain('ada@corp.example')
      }, 'detect: email\n')
    })

    test('gives back what a statement did not use', async () => {
      await within(async (house, people) => {
        const ticket = await grantWindow(house, people)
        // No such payment: nothing is written, so nothing of the window is used.
        for (let round = 0; round < 5; round += 1) expect(await raise(house, ticket, 9_000)).toBe(0)
        for (const id of [2, 3, 4]) expect(await raise(house, ticket, id)).toBe(1)
        await expect(raise(house, ticket, 5)).rejects.toMatchObject({ code: 'CARDEA_GRANT_INVALID' })
      })
    })

    test('of many at once no more run than it has rows', async () => {
      await within(async (house, people) => {
        const ticket = await grantWindow(house, people)
        const ids = [1, 2, 3, 4, 5, 6, 7, 8, 9]
        const outcomes = await Promise.allSettled(ids.map(id => raise(house, ticket, id)))
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
      })
    })

    test('covers no other statement, session or time, and no denial', async () => {
      await within(async (house, people) => {
        const ticket = await grantWindow(house, people)
        const invalid = { code: 'CARDEA_GRANT_INVALID' }
        const db = house.governed.as(alice, { session: 's', ticket })
        await expect(db('payments').where({ id: 2 }).update({ status: 'x' })).rejects.toMatchObject(invalid)
        await expect(db('payments').where({ id: 2 }).del()).rejects.toMatchObject(invalid)
        await expect(raise(house, ticket, 2, 'another')).rejects.toMatchObject(invalid)
        await expect(db('payments').increment('amount', 1)).rejects.toMatchObject({
          code: 'CARDEA_POLICY_DENIED',
        })
        expect(await db('payments').count({ n: '*' }).first()).toBeDefined()
        opened.now += 10 * MINUTE
        await expect(raise(house, ticket, 2)).rejects.toMatchObject(invalid)
      })
    })

    test('is not larger than policy permits, and nobody gives one to themselves', async () => {
      await within(async (house, people) => {
        const ask = (rows: number, durationMs: number) =>
          house.governed.requestWindow(alice, wish(rows, durationMs), { session: 's' })
        const denied = { code: 'CARDEA_APPROVAL_DENIED' }
        await expect(ask(11, MINUTE)).rejects.toMatchObject(denied)
        await expect(ask(1, 31 * MINUTE)).rejects.toMatchObject(denied)
        await expect(ask(0, MINUTE)).rejects.toMatchObject(denied)
        await expect(ask(1.5, MINUTE)).rejects.toMatchObject(denied)
        const { ticket } = await ask(1, MINUTE)
        await expect(raise(house, ticket, 2)).rejects.toMatchObject({ code: 'CARDEA_APPROVAL_PENDING' })
        expect(await people.answer(ticket, { ...alice, groups: ['dba'] })).toMatchObject({ counted: false })
        const statements = [{ sql: 'delete from payments' }] as const
        await expect(
          house.governed.requestWindow(alice, { statements, rows: 1, durationMs: 1, reason: 'x' }),
        ).rejects.toMatchObject({ code: 'CARDEA_POLICY_DENIED' })
        expect(people.told).toHaveLength(1)
      })
    })
  })

  describeEngine(`emergency access on ${engine}`, () => {
    const plea = { reason: 'payments are stuck', ticket: 'INC-42', durationMs: 10 * MINUTE }

    test('lets an enrolled person write without an approver, loudly, and not past a denial', async () => {
      await within(async (house, people) => {
        const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
        const { ticket, state, until } = await house.governed.breakGlass(olga, plea)
        expect(state).toBe('approved')
        expect(until).toBeGreaterThan(Date.now() + 9 * MINUTE)
        expect(people.told.map(({ kind }) => kind)).toEqual(['break-glass'])
        const db = house.governed.as(olga, { ticket })
        expect(await db('payments').where({ id: 2 }).update({ status: 'freed' })).toBe(1)
        expect(await db('payments').where({ id: 3 }).update({ status: 'freed' })).toBe(1)
        const [{ pan }] = await db('cards').where({ id: 1 }).select('pan')
        expect(pan).toBe('411111******1111')
        await expect(db('cards').where({ id: 1 }).select('cvv')).rejects.toMatchObject({
          code: 'CARDEA_POLICY_DENIED',
        })
        await expect(db('payments').del()).rejects.toMatchObject({ code: 'CARDEA_POLICY_DENIED' })
        expect(house.trail()).toMatch(/"event":"approval\.break-glass"/)
        expect(house.trail()).toMatch(/"kind":"break-glass"/)
        expect(String(warn.mock.calls[0]?.[0])).toContain(ticket)
        warn.mockRestore()
      })
    })

    test('is for enrolled people with a strong sign-in, a reason, a ticket, and for an hour at most', async () => {
      await within(async (house, people) => {
        const agent = { framework: 'autogen', id: 'bot' }
        const attempts = [
          house.governed.breakGlass({ ...olga, email: 'mallory@corp.example' }, plea),
          house.governed.breakGlass({ ...olga, amr: ['pwd'] }, plea),
          house.governed.breakGlass({ ...olga, kind: 'agent' }, plea),
          house.governed.breakGlass({ ...olga, kind: 'service' }, plea),
          house.governed.breakGlass(
            { subject: 'bot', issuer, kind: 'agent', onBehalfOf: olga, amr: ['mfa'] },
            plea,
          ),
          house.governed.breakGlass(olga, plea, { agent }),
          house.governed.breakGlass(olga, { ...plea, reason: ' ' }),
          house.governed.breakGlass(olga, { ...plea, ticket: '' }),
          house.governed.breakGlass(olga, { ...plea, durationMs: 31 * MINUTE }),
          house.governed.breakGlass(olga, { ...plea, durationMs: Number.POSITIVE_INFINITY }),
        ]
        for (const attempt of attempts) {
          await expect(attempt).rejects.toMatchObject({ code: 'CARDEA_APPROVAL_DENIED' })
        }
        expect(people.told).toEqual([])
      })
    })

    test('is nobody else’s, no agent’s, and ends', async () => {
      await within(async house => {
        const { ticket } = await house.governed.breakGlass(olga, plea)
        const invalid = { code: 'CARDEA_GRANT_INVALID' }
        const write = (who: Principal, context = {}) =>
          house.governed
            .as(who, { ticket, ...context })('payments')
            .where({ id: 2 })
            .update({ status: 'freed' })
        await expect(write(alice)).rejects.toMatchObject(invalid)
        await expect(write({ ...olga, issuer: 'https://other' })).rejects.toMatchObject(invalid)
        await expect(write(olga, { agent: { framework: 'x', id: 'bot' } })).rejects.toMatchObject(invalid)
        await expect(
          write({ subject: 'bot', issuer, kind: 'agent', onBehalfOf: olga }),
        ).rejects.toMatchObject(invalid)
        expect(await write(olga)).toBe(1)
        opened.now += 10 * MINUTE
        await expect(write(olga)).rejects.toMatchObject(invalid)
      })
    })

    test('is reviewed afterwards, by somebody else with the role, once', async () => {
      await within(async (house, people) => {
        const { ticket } = await house.governed.breakGlass(olga, plea)
        const queue = people.queue()
        expect(await queue.review(ticket, sue, 'fine', 'test')).toMatchObject({ counted: false })
        opened.now += 10 * MINUTE
        expect((await queue.list(sue, { unreviewed: true })).map(({ id }) => id)).toEqual([ticket])
        const reviewers: [Approver, string][] = [
          [{ ...olga, groups: ['security'], kind: 'human' }, 'my own'],
          [{ subject: 'o2', issuer, email: 'Olga@corp.example', groups: ['security'] }, 'my own, again'],
          [bob, 'without the role'],
          [{ ...sue, kind: 'service' }, 'no person'],
          [sue, '  '],
        ]
        for (const [reviewer, words] of reviewers) {
          expect(await queue.review(ticket, reviewer, words, 'test')).toMatchObject({ counted: false })
        }
        expect(await queue.review(ticket, sue, 'two statements, both needed', 'test')).toMatchObject({
          counted: true,
        })
        expect(await queue.review(ticket, sue, 'again', 'test')).toMatchObject({ counted: false })
        expect(await queue.list(sue, { unreviewed: true })).toEqual([])
        expect(house.trail()).toMatch(/"event":"approval\.review"/)
      })
    })
  })
}
