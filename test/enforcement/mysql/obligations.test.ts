/** What policy asks of every door, asked of this one: packs, budgets, approvals, limits in time. */
import { expect, test } from '@jest/globals'
import { PAN } from '../../support/billing.js'
import { describeMariadb } from '../../support/databases.js'
import { openWire, POLICY, type Wire, type WireOptions } from './wire.js'

const PROTECTED = new RegExp(`ann@corp|DE8937|536-22|1984-0|1512 ?34|hunter2|${PAN}`)

describeMariadb('obligations at the MySQL door', () => {
  const within = async (options: WireOptions, work: (wire: Wire) => Promise<void>): Promise<void> => {
    const wire = await openWire(options)
    try {
      await work(wire)
    } finally {
      await wire.close()
    }
  }

  test('packs that the policy names find what they look for, in texts and prepared statements', () =>
    within(
      {
        policy: `${POLICY}detect: [ssn, iban, email, phone, birth-date, secret]\n`,
        tables: `create table people (id int primary key, note varchar(200), dob date, phone bigint,
            account decimal(20) zerofill, doc json, raw varbinary(100));
          insert into people values (1, 'write to ann@corp.example, DE89370400440532013000, 536-22-8726',
            '1984-03-07', 4915123456789, ${PAN}, '{"password": "hunter2-x9"}', 'call +49 1512 3456789')`,
      },
      async wire => {
        const client = await wire.connect()
        for (const [rows] of [
          await client.query('select * from people'),
          await client.execute('select * from people where id = ?', [1]),
        ]) {
          const text = JSON.stringify(rows, (_key, value: unknown) =>
            value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
          )
          expect(text).not.toMatch(PROTECTED)
          expect(text).toContain('write to ')
          expect(text).toContain('411111******1111')
        }
        expect(JSON.stringify(wire.records())).not.toMatch(PROTECTED)
      },
    ))

  test('a budget of rows and cards is charged before anything leaves, and refuses what is beyond it', () =>
    within(
      {
        policy: `${POLICY}limits: { budgets: [{ per: principal, window: 1h, rows: 10, distinctPans: 1 }] }\n`,
      },
      async wire => {
        const client = await wire.connect()
        const card = 'select pan from cards where id = ?'
        const mallory = await wire.connect({ password: 'mallory' })
        await expect(mallory.query('select pan from cards')).rejects.toMatchObject({
          errno: 1226,
          message: expect.stringContaining('CARDEA_BUDGET_EXCEEDED'),
        })
        await expect(client.query('select n from numbers where n < 100')).rejects.toMatchObject({
          errno: 1226,
        })
        expect((await client.query('select n from numbers where n < 3'))[0]).toHaveLength(2)
        const large = client.query('select n, name from numbers where n < 9000')
        await expect(large).rejects.toMatchObject({ errno: 1226 })
        expect((await client.execute(card, [1]))[0]).toEqual([{ pan: '411111******1111' }])
        await expect(client.execute(card, [2])).rejects.toMatchObject({ errno: 1226 })
      },
    ))

  test('what a person has to approve waits for that, runs once, and says so where it is denied', () => {
    let answer: 'approved' | 'denied' = 'approved'
    return within(
      {
        also: {
          approval: async () => ({
            decision: answer,
            approver: { subject: 'bob', issuer: 'https://login.corp.example' },
            reason: 'asked and answered',
          }),
        },
      },
      async wire => {
        const client = await wire.connect()
        await client.execute('insert into payments (id, status, amount) values (?, ?, ?)', [900, 'new', 1])
        expect(await wire.sql('select count(*) n from payments where id = 900')).toEqual([{ n: 1 }])
        answer = 'denied'
        const denied = client.execute('insert into payments (id, status, amount) values (?, ?, ?)', [
          901,
          'new',
          1,
        ])
        await expect(denied).rejects.toMatchObject({ errno: 1142 })
        expect(await wire.sql('select count(*) n from payments where id = 901')).toEqual([{ n: 0 }])
        const records = JSON.stringify(wire.records())
        expect(records).toContain('"approvers":[{"issuer":"https://login.corp.example","subject":"bob"}]')
      },
    )
  })

  test('a statement that takes too long is stopped at the server, and the session goes on', () =>
    within({ policy: `${POLICY}limits: { timeout: 1s }\n` }, async wire => {
      const client = await wire.connect()
      const slow =
        'select count(*) from numbers a cross join numbers b cross join numbers c where a.name < b.name'
      await expect(client.query(slow)).rejects.toMatchObject({ errno: 3024 })
      expect((await client.query('select 1 as one'))[0]).toEqual([{ one: 1 }])
      expect(
        await wire.sql(
          `select count(*) n from information_schema.processlist where info like '%cross join%' and id <> connection_id()`,
        ),
      ).toEqual([{ n: 0 }])
    }))

  test('errors of the server quote no card number', () =>
    within({ also: {} }, async wire => {
      const client = await wire.connect()
      const texts = [
        `select cast('${PAN}' as inet4)`,
        `select * from cards where pan = '${PAN}' and nothere = 1`,
        `update payments set status = 'settled for ${PAN}' where id = 1`,
        `select json_extract('${PAN}x', '$.a' , 'oops ${PAN}')`,
      ]
      for (const text of texts) {
        const error = await client.query(text).then(
          () => undefined,
          (thrown: Error) => thrown,
        )
        expect(error?.message ?? '').not.toContain(PAN)
      }
      expect(JSON.stringify(wire.records())).not.toContain(PAN)
    }))
})
