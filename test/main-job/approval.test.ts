/** What a person is shown, and what their yes is good for, on a real PostgreSQL. */
import { expect, test } from '@jest/globals'
import type { ApprovalRequest } from '../../src/index.js'
import { describePostgres } from '../support/databases.js'
import { alice, bob, openHouse } from './house.js'

describePostgres('an approver', () => {
  test('is told of triggers that a write sets off, and not of tables without any', async () => {
    const requests: ApprovalRequest[] = []
    const house = await openHouse({
      approval: async request => {
        requests.push(request)
        return { decision: 'denied', approver: bob, reason: 'only looking' }
      },
      setup: `
        create table plain (id int primary key, v text);
        create table watched (id int primary key, v text);
        create function note() returns trigger language plpgsql as 'begin return new; end';
        create trigger t before update on watched for each row execute function note();
      `,
    })
    try {
      for (const table of ['plain', 'watched']) {
        const update = house.db(table).where({ id: 1 }).update({ v: 'x' })
        await expect(update).rejects.toMatchObject({ code: 'CARDEA_APPROVAL_DENIED' })
      }
      const told = requests.map(({ summary }) =>
        summary.some(sentence => sentence.includes('sets off triggers')),
      )
      expect(told).toEqual([false, true])
    } finally {
      await house.close()
    }
  })

  test('approves one run of one statement: the same again asks again, and the requester cannot answer', async () => {
    const asked: string[] = []
    const house = await openHouse({
      approval: async (request, { answers: _ }) => {
        asked.push(request.statement)
        const approver = asked.length > 2 ? alice : bob
        return { decision: 'approved', approver, reason: `answer ${asked.length}` }
      },
    })
    const refund = () => house.db('payments').where({ id: 2 }).update({ status: 'refunded' })
    try {
      expect(await refund()).toBe(1)
      expect(await refund()).toBe(1)
      expect(asked).toHaveLength(2)
      await expect(refund()).rejects.toMatchObject({ code: 'CARDEA_APPROVAL_DENIED' })
    } finally {
      await house.close()
    }
  })

  test('sees the statement that runs: what changes in the database meanwhile voids the approval', async () => {
    const house = await openHouse({
      approval: async () => {
        await house.raw.raw('alter table payments add column secret_pan text')
        return { decision: 'approved', approver: bob, reason: 'yes' }
      },
    })
    try {
      const update = house.db('payments').where({ id: 1 }).update({ status: 'x' })
      await expect(update).rejects.toMatchObject({ code: 'CARDEA_GRANT_INVALID' })
      expect(await house.raw('payments').where({ status: 'x' })).toEqual([])
    } finally {
      await house.close()
    }
  })
})
