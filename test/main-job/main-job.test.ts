/** The main job end to end, on a real PostgreSQL, through the public surface only: what engines.test.ts does not ask of every engine. */
import { fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { type ApprovalCallback, type AuditSink, fileTrail, verifyTrail } from '../../src/index.js'
import { describePostgres, postgres } from '../support/databases.js'
import { openHouse, POLICY, type TestHouse } from './house.js'
import { expectUnseen } from './seen.js'

const PANS = [
  '4111111111111111',
  '5555555555554444',
  '378282246310005',
  '2223003122003222',
  '6212348977359580003',
  '3530111333300000',
  '4111117783374242',
]

describePostgres('an agent at work', () => {
  let house: TestHouse
  beforeAll(async () => {
    house = await openHouse()
  })
  afterAll(() => house.close())

  test.each([
    `select substr(pan, 1, 9) || '-' as x from cards`,
    'select to_jsonb(c) as x from (select pan from cards) c',
    'select (select pan from cards where id = 1) || 1 as x',
    'select array_agg(pan) as x from cards',
  ])('gets nothing of a card number from %s', async sql => {
    let rows: Record<string, unknown>[]
    try {
      rows = (await house.db.raw(sql)).rows
    } catch (error) {
      expect(error).toMatchObject({ code: 'CARDEA_POLICY_DENIED' })
      return
    }
    for (const row of rows) expect(String(row['x'])).not.toMatch(/\d{4}/)
  })

  test('reads a table that somebody else made a moment ago', async () => {
    await house.raw.raw('create table fresh as select 7 as n; alter table fresh add column m int default 8')
    expect(await house.db('fresh').select('n', 'm')).toEqual([{ n: 7, m: 8 }])
  })

  test('a refused statement reaches no database; an allowed one does', async () => {
    await expect(house.db.raw('delete from payments /* marker_refused */')).rejects.toThrow()
    await expect(house.db('payments').whereRaw('true /* marker_refused */').del()).rejects.toThrow()
    await house.db.raw('select count(*) from payments /* marker_allowed */')
    const log = await postgres.serverLog()
    expect(log).toContain('marker_allowed')
    expect(log).not.toContain('marker_refused')
  })
})

describePostgres('when a control fails', () => {
  test('a trail that cannot take the intent stops execution', async () => {
    let broken = false
    const sink: AuditSink = {
      name: 'failing',
      durable: true,
      write: async () => {
        if (broken) throw new Error('disk full')
      },
      close: async () => {},
    }
    const house = await openHouse({ audit: [sink] })
    try {
      await house.db.raw('select 1 as one /* marker_before_fault */')
      broken = true
      for (const sql of [
        'select 1 as one /* marker_after_fault */',
        'update payments set note = null where id = 1 /* marker_after_fault */',
      ]) {
        await expect(house.db.raw(sql)).rejects.toMatchObject({ code: 'CARDEA_AUDIT_UNAVAILABLE' })
      }
      const log = await postgres.serverLog()
      expect(log).toContain('marker_before_fault')
      expect(log).not.toContain('marker_after_fault')
    } finally {
      await house.close().catch(() => {})
    }
  })

  test('an approver that is killed while asked denies', async () => {
    const script = join(await temporary(), 'approver.cjs')
    writeFileSync(script, `process.on('message', () => {}); setInterval(() => {}, 1000)`)
    const approver: ApprovalCallback = () =>
      new Promise((resolve, reject) => {
        const child = fork(script)
        child.on('exit', () => reject(new Error('the approver is gone')))
        child.on('message', () => resolve({ decision: 'approved', approver: { subject: 'b', issuer: 'i' } }))
        child.on('spawn', () => child.kill('SIGKILL'))
      })
    const house = await openHouse({ approval: approver })
    try {
      const update = house.db('payments').where({ id: 1 }).update({ status: 'stolen' })
      await expect(update).rejects.toMatchObject({ code: 'CARDEA_APPROVAL_UNAVAILABLE' })
      expect(await house.raw('payments').where({ status: 'stolen' })).toEqual([])
    } finally {
      await house.close()
    }
  })

  test('a lost database connection is on record and releases nothing', async () => {
    const house = await openHouse()
    try {
      const slow = house.db.raw(
        'select count(*) from payments a, payments b, payments c, payments d, payments e, payments f, payments g, payments h',
      )
      const outcome = expect(slow).rejects.toThrow()
      for (;;) {
        const cut = await house.raw.raw(
          `select pg_terminate_backend(pid) from pg_stat_activity where query like 'select count(*) from payments a%' and datname = current_database()`,
        )
        if (cut.rows.length > 0) break
      }
      await outcome
      expect(house.trail()).toContain('"status":"failed"')
      await house.governed.close()
      expect(await verifyTrail(house.directory)).toMatchObject({ status: 'whole' })
    } finally {
      await house.close()
    }
  })
})

describePostgres('what nobody would label', () => {
  test('a generated column carries the labels of what it is made of', async () => {
    const house = await openHouse({
      setup: `alter table cards add tail text generated always as (right(pan, 9)) stored,
              add shout text generated always as (upper(brand)) stored`,
    })
    try {
      const rows = await house.db('cards').select('tail', 'shout').where({ id: 1 })
      expect(rows).toEqual([{ tail: '[redacted]', shout: 'VISA' }])
    } finally {
      await house.close()
    }
  })

  test('the values that the catalog keeps for old rows of a new column are refused', async () => {
    const house = await openHouse()
    try {
      const read = house.db.raw('select attname, attmissingval from pg_attribute limit 1')
      await expect(read).rejects.toMatchObject({ code: 'CARDEA_POLICY_DENIED', rule: 'pci/system-catalog' })
      expect((await house.db.raw('select attname from pg_attribute limit 1')).rows).toHaveLength(1)
    } finally {
      await house.close()
    }
  })

  test('an answer that no process could hold ends its connection, not the process', async () => {
    const house = await openHouse()
    try {
      const huge = house.db.raw(`select repeat('x', 540000000) as x`)
      await expect(huge).rejects.toMatchObject({ code: 'CARDEA_CONNECTION_FAILED' })
      const stream = house.db.select(house.db.raw(`repeat('x', 540000000) as x`)).stream()
      await expect(stream.toArray()).rejects.toMatchObject({ code: 'CARDEA_CONNECTION_FAILED' })
      expect((await house.db.raw('select 1 as one')).rows).toEqual([{ one: 1 }])
    } finally {
      await house.close()
    }
  })
})

describePostgres('at start', () => {
  test('a label rule that labels nothing is said aloud and put on record', async () => {
    const emit = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const house = await openHouse({ policy: `${POLICY}  - { column: public.cards.pna, label: pan }\n` })
    try {
      const warnings = emit.mock.calls.map(([text]) => String(text))
      expect(warnings).toHaveLength(1)
      expect(warnings[0]).toContain('public.cards.pna')
      const load = house
        .trail()
        .split('\n')
        .find(line => line.includes('"policy.load"'))
      expect(load).toContain('public.cards.pna')
    } finally {
      emit.mockRestore()
      await house.close()
    }
  })
})

describePostgres('card numbers', () => {
  test('stand in no trail, error or approval request: not from rows, literals or bindings', async () => {
    const spaced = '4111 1111 1111 1111'
    await expectUnseen(PANS, {}, async ({ db, governed }, attempt) => {
      await attempt(db('cards').select('pan', 'id'))
      await attempt(db.raw('select note from payments order by id'))
      await attempt(db.raw(`select id from payments where note = '${spaced}'`))
      await attempt(db.raw('select id from payments where note = ?', [spaced]))
      await attempt(db.raw(`select '4111111' || '111111111' as split`))
      await attempt(db('cards').where({ pan: PANS[0] }).select('id'))
      await attempt(db.raw(`select id from cards where pan = '${PANS[1]}'`))
      await attempt(db('cards').insert({ id: 90, customer_id: 1, pan: PANS[2], brand: 'amex' }))
      await attempt(db('cards').insert({ id: 1, customer_id: 1, pan: PANS[2], brand: 'amex' }))
      await attempt(db('cards').insert({ id: 91, customer_id: 999, pan: PANS[3], brand: 'x' }).returning('*'))
      await attempt(db.raw('select cast(pan as int) from cards'))
      await attempt(db.raw('select cast(note as int) from payments where id = 3'))
      await attempt(db.raw(`selekt '${PANS[4]}'`))
      await attempt(db.raw(`select 1 as "${PANS[5]}"`))
      await attempt(db.raw(`select '${PANS[5]}' from nowhere`))
      await attempt(db('payments').where({ id: 1 }).update({ note: PANS[6] }))
      await attempt(db.raw(`delete from payments where note like '%${PANS[0]}%'`))
      await attempt(db.raw('select ?::text as echo', [Number(PANS[0])]))
      await attempt(db('payments').select('note').stream().toArray())
      const named = governed.as({ subject: `user ${PANS[0]}`, issuer: 'i' }, { session: PANS[1] ?? '' })
      await attempt(named('payments').select('id').limit(1))
    })
  })
})

describePostgres('a durable trail with fsync', () => {
  test('holds intent and outcome of everything that ran, and one record of what did not', async () => {
    const directory = await temporary()
    const house = await openHouse({ audit: [fileTrail({ directory })], policy: POLICY })
    await Promise.all(
      Array.from({ length: 64 }, (_, i) => house.db('payments').where({ id: i }).select('id')),
    )
    await expect(house.db('payments').del()).rejects.toThrow()
    await house.close()
    const report = await verifyTrail(directory)
    expect(report).toMatchObject({ status: 'whole', openIntents: 0 })
    expect(report.records).toBeGreaterThanOrEqual(64 + 1)
  })
})

async function temporary(): Promise<string> {
  const { mkdtemp } = await import('node:fs/promises')
  const { tmpdir } = await import('node:os')
  return mkdtemp(join(tmpdir(), 'cardea-main-'))
}
