/** Approvals as an agent lives through them: asked for, waited for, run once, by whoever asked and nobody else. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { frozenStatements } from '../../../src/agents/autogen.js'
import { systemClock } from '../../../src/util/clock.js'
import { openHouse, type TestHouse } from '../../main-job/house.js'
import { board, person, until } from '../../main-job/shared-queue.js'
import { describeMariadb, describePostgres } from '../../support/databases.js'
import { tell, workbenchOf } from './desk.js'

const bob = person('bob')

for (const [engine, describeEngine, mark] of [
  ['postgres', describePostgres, '$1'],
  ['mysql', describeMariadb, '?'],
] as const) {
  describeEngine(`a ticket of the workbench on ${engine}`, () => {
    const notices = board()
    const clock = {
      ahead: 0,
      now: () => systemClock.now() + clock.ahead,
      monotonic: () => systemClock.monotonic() + clock.ahead,
    }
    let house: TestHouse
    beforeAll(async () => {
      house = await openHouse({ engine, approval: notices, also: { clock } })
    })
    afterAll(() => house.close())

    const add = `update payments set amount = amount + 1 where id = ${mark}`
    const amount = async (id: number): Promise<number> =>
      Number((await house.raw('payments').where({ id }).first()).amount)
    const mine = (session: string, options = {}) => workbenchOf(house, { session }, options)

    test('is asked for once, and runs once when a person has approved', async () => {
      const tools = mine('a')
      const before = await amount(1)
      const asked = await tell(tools, 'execute', { sql: add, params: [1], reason: 'a late fee' })
      expect(asked).toEqual({
        status: 'approval_required',
        approval_id: expect.any(String),
        reason: expect.stringContaining('A person approves every change of data'),
        expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        next: expect.stringContaining('approval_status'),
        is_error: false,
        text: expect.any(String),
      })
      const { approval_id } = asked
      expect(await tell(tools, 'execute', { sql: add, params: [1] })).toMatchObject({ approval_id })
      expect(notices.told.at(-1)?.agent).toMatchObject({ claimedReason: 'a late fee' })
      expect(await tell(tools, 'approval_status', { approval_id })).toMatchObject({
        status: 'pending',
        expires_at: asked['expires_at'],
        is_error: false,
      })
      expect(await amount(1)).toBe(before)

      await notices.answer(String(approval_id), bob)
      expect(await tell(tools, 'approval_status', { approval_id })).toMatchObject({
        text: '{"status":"executed","affected_rows":1}',
        is_error: false,
      })
      expect(await tell(tools, 'approval_status', { approval_id })).toMatchObject({
        status: 'consumed',
        retryable: false,
        is_error: true,
      })
      expect(await amount(1)).toBe(before + 1)
    })

    test('that two calls present at once runs once, and the other says so', async () => {
      const [one, other] = [mine('b'), mine('b')]
      const frozen = frozenStatements({ clock })
      const [first, second] = [mine('b', { frozen }), mine('b', { frozen })]
      const before = await amount(2)
      const { approval_id } = await tell(first, 'execute', { sql: add, params: [2] })
      await notices.answer(String(approval_id), bob)
      const told = await Promise.all(
        [first, second, first, second].map(tools => tell(tools, 'approval_status', { approval_id })),
      )
      expect(told.map(({ status }) => status).sort()).toEqual([
        'consumed',
        'consumed',
        'consumed',
        'executed',
      ])
      expect(await amount(2)).toBe(before + 1)
      for (const tools of [one, other])
        expect(await tell(tools, 'approval_status', { approval_id })).toMatchObject({ status: 'consumed' })
    })

    test('of a process that is gone is good for the very same call, and for no other', async () => {
      const before = await amount(3)
      const { approval_id } = await tell(mine('c'), 'execute', { sql: add, params: [3] })
      await notices.answer(String(approval_id), bob)
      const tools = mine('c')
      expect(await tell(tools, 'approval_status', { approval_id })).toMatchObject({
        status: 'approved',
        next: 'Call execute again with the same sql and params and this approval_id.',
        is_error: false,
      })
      const swapped = [
        { sql: add, params: [4], approval_id },
        { sql: `${add} `, params: [3], approval_id },
        { sql: `delete from payments where id = ${mark}`, params: [3], approval_id },
      ]
      for (const args of swapped)
        expect(await tell(tools, 'execute', args)).toMatchObject({
          code: 'CARDEA_GRANT_INVALID',
          is_error: true,
        })
      expect(await tell(tools, 'execute', { sql: add, params: [3], approval_id })).toMatchObject({
        status: 'executed',
        affected_rows: 1,
      })
      expect(await amount(3)).toBe(before + 1)
    })

    test('that is made up, somebody else’s or of another conversation gets one and the same answer', async () => {
      const before = await amount(4)
      const frozen = frozenStatements({ clock })
      const { approval_id } = await tell(mine('d', { frozen }), 'execute', { sql: add, params: [4] })
      await notices.answer(String(approval_id), bob)
      const others = [
        workbenchOf(house, { session: 'd', who: { subject: 'mallory', issuer: 'x' } }, { frozen }),
        workbenchOf(house, { session: 'd', agent: { framework: 'autogen', id: 'other' } }, { frozen }),
        mine('elsewhere', { frozen }),
      ]
      const texts = new Set<string>()
      for (const tools of others) {
        texts.add((await tell(tools, 'approval_status', { approval_id })).text)
        texts.add((await tell(tools, 'execute', { sql: add, params: [4], approval_id })).text)
      }
      const forged = ['01ARZ3NDEKTSV4RRFFQ69G5FAV', 'approved', "' or 1=1 --", 'é', '../..', '0'.repeat(400)]
      for (const made of forged) {
        texts.add((await tell(mine('d', { frozen }), 'approval_status', { approval_id: made })).text)
        texts.add((await tell(mine('d'), 'execute', { sql: add, params: [4], approval_id: made })).text)
      }
      expect([...texts]).toEqual([expect.stringContaining('No approval of yours is known')])
      expect(await amount(4)).toBe(before)
    })

    test('tells the approver’s words when it is denied', async () => {
      const tools = mine('e')
      const { approval_id } = await tell(tools, 'execute', { sql: add, params: [5] })
      await notices.answer(String(approval_id), bob, 'denied', 'not before Monday')
      expect(await tell(tools, 'approval_status', { approval_id })).toMatchObject({
        status: 'denied',
        code: 'CARDEA_APPROVAL_DENIED',
        reason: expect.stringContaining('not before Monday'),
        retryable: false,
        is_error: true,
      })
      expect(await tell(tools, 'execute', { sql: add, params: [5] })).toMatchObject({
        code: 'CARDEA_APPROVAL_LIMIT',
        retryable: true,
      })
    })

    test('presented by a caller that has given up stays a ticket, and nothing runs', async () => {
      const tools = mine('f')
      const before = await amount(6)
      const { approval_id } = await tell(tools, 'execute', { sql: add, params: [6] })
      await notices.answer(String(approval_id), bob)
      const gone = await tell(tools, 'approval_status', { approval_id }, AbortSignal.abort())
      expect(gone).toMatchObject({ code: 'CARDEA_ABANDONED', is_error: true })
      expect(await amount(6)).toBe(before)
      expect(await tell(tools, 'approval_status', { approval_id })).toMatchObject({ status: 'executed' })
      expect(await amount(6)).toBe(before + 1)
    })

    test('is not given where the call waits; what waited too long never runs', async () => {
      const before = await amount(7)
      const told = notices.told.length
      const tools = mine('g', { approval: 'wait', budgetMs: 150 })
      const waited = tell(tools, 'execute', { sql: add, params: [7] })
      const { id } = await notices.next(told)
      expect(await waited).toMatchObject({ code: 'CARDEA_ABANDONED', is_error: true })
      expect(await notices.answer(id, bob)).toMatchObject({ counted: false })
      expect(await tell(tools, 'approval_status', { approval_id: id })).toMatchObject({ is_error: true })
      expect(await amount(7)).toBe(before)

      const patient = mine('h', { approval: 'wait' })
      const next = tell(patient, 'execute', { sql: add, params: [7] })
      await until(() => notices.told.length > told + 1)
      await notices.answer(notices.told.at(-1)?.id ?? '', bob)
      expect(await next).toMatchObject({ status: 'executed', affected_rows: 1 })
    })

    test('for a read is used by the same call, and the rows come back masked', async () => {
      const tools = mine('i')
      const asked = await tell(tools, 'query', { sql: 'select id, pan from cards order by id', max_rows: 2 })
      expect(asked.status).toBe('approval_required')
      await notices.answer(String(asked['approval_id']), bob)
      expect(await tell(tools, 'approval_status', { approval_id: asked['approval_id'] })).toMatchObject({
        status: 'ok',
        rows: [
          [1, '411111******1111'],
          [2, '555555******4444'],
        ],
        masked: { pan: 2 },
        truncated: true,
      })
    })

    test('is used up by what the database refuses', async () => {
      const tools = mine('j')
      const sql = `update payments set card_id = ${mark} where id = 9`
      const { approval_id } = await tell(tools, 'execute', { sql, params: [4711] })
      await notices.answer(String(approval_id), bob)
      expect(await tell(tools, 'approval_status', { approval_id })).toMatchObject({
        status: 'failed',
        retryable: false,
        next: expect.stringContaining('used up'),
      })
      expect(await tell(tools, 'approval_status', { approval_id })).toMatchObject({ status: 'consumed' })
    })

    test('that nobody decides, or nobody uses, expires', async () => {
      const tools = mine('k')
      const before = await amount(8)
      const undecided = await tell(tools, 'execute', { sql: add, params: [8] })
      clock.ahead += 16 * 60_000
      const unused = await tell(tools, 'execute', { sql: add, params: [8] })
      await notices.answer(String(unused['approval_id']), bob)
      clock.ahead += 6 * 60_000
      for (const { approval_id } of [undecided, unused])
        expect(await tell(tools, 'approval_status', { approval_id })).toMatchObject({
          status: 'expired',
          code: 'CARDEA_APPROVAL_TIMEOUT',
          retryable: true,
          is_error: true,
        })
      expect(await amount(8)).toBe(before)
    })
  })
}
