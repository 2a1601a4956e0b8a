/** Budgets in process: whatever way rows take, what was released never exceeds what the policy gives. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Knex } from 'knex'
import { type BudgetStore, memoryBudgetStore, type Principal } from '../../src/index.js'
import { type Engine, issuer, openHouse, POLICY, type TestHouse } from '../main-job/house.js'
import { describeMariadb, describePostgres } from '../support/databases.js'
import { handClock } from './kit.js'

const HOUR_MS = 3_600_000
const EXCEEDED = 'CARDEA_BUDGET_EXCEEDED'

const BUDGETED = `${POLICY}
exceptions:
  - { id: see-cards, lifts: pci/pan-output, when: { column: '*.cards.pan' }, reason: cards are masked }
  - { id: clean-up, lifts: pci/write-approval, when: { kind: delete, writes: '*.spare' }, reason: scratch data }
limits:
  budgets:
    - { per: principal, window: 1h, rows: 20, distinctPans: 3 }
    - { per: session, rows: 15 }
`

const SETUP = `create table spare (id int primary key, note varchar(100));
insert into spare (id, note) values ${Array.from({ length: 40 }, (_, at) => `(${at + 1}, 'spare')`).join(', ')};
`

const codeOf = async (work: PromiseLike<unknown>): Promise<unknown> => {
  try {
    await work
    return 'released'
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
}

const SUITES: readonly [Engine, (name: string, body: () => void) => void][] = [
  ['postgres', describePostgres],
  ['mysql', describeMariadb],
  ['sqlite', describe],
]

for (const [engine, suite] of SUITES) {
  suite(`budgets on ${engine}`, () => {
    const clock = handClock()
    let gone = false
    let house: TestHouse
    beforeAll(async () => {
      const memory = memoryBudgetStore({ clock })
      const store: BudgetStore = {
        ...memory,
        charge: (...given) =>
          gone ? Promise.reject(new Error('the network is down')) : memory.charge(...given),
      }
      house = await openHouse({ engine, policy: BUDGETED, setup: SETUP, also: { budgets: { store } } })
    })
    afterAll(() => house.close())

    let people = 0
    /** Nobody has seen this one before. */
    const somebody = (): Principal => ({ subject: `person ${++people}`, issuer, roles: ['support'] })
    const as = (who: Principal, session?: string): Knex =>
      house.governed.as(who, session === undefined ? {} : { session })
    const one = (who: Principal, session?: string) => codeOf(as(who, session)('spare').first('id'))
    const rows = (who: Principal, count: number, session?: string) =>
      codeOf(as(who, session)('spare').select('id').limit(count))

    test('many small reads and one large read come to the same', async () => {
      const who = somebody()
      expect(await rows(who, 21)).toBe(EXCEEDED)
      for (let at = 0; at < 4; at++) expect(await rows(who, 5)).toBe('released')
      for (const count of [1, 5, 100]) expect(await rows(who, count)).toBe(EXCEEDED)
      expect(await codeOf(as(who)('spare').count({ n: '*' }))).toBe(EXCEEDED)
    })

    test('an aggregate is one row, however many it is over', async () => {
      const who = somebody()
      for (let at = 0; at < 20; at++)
        expect(await codeOf(as(who)('spare').count({ n: '*' }))).toBe('released')
      expect(await codeOf(as(who)('spare').count({ n: '*' }))).toBe(EXCEEDED)
    })

    test('card numbers count once, masked as they are', async () => {
      const who = somebody()
      const cards = () => as(who)('cards').orderBy('id').select('id', 'pan')
      for (let at = 0; at < 3; at++) expect(await cards().limit(2)).toHaveLength(2)
      expect(await codeOf(cards().offset(1).limit(3))).toBe(EXCEEDED)
      expect(await cards().offset(1).limit(2)).toHaveLength(2)
      // Used up: nothing that shows a card runs any more, and everything else does.
      expect(await codeOf(cards().limit(1))).toBe(EXCEEDED)
      expect(await codeOf(as(who)('cards').count({ n: 'pan' }))).toBe('released')
      expect(await rows(who, 5)).toBe('released')
    })

    test('a stream is cut before the batch that would go above', async () => {
      const who = somebody()
      const seen: unknown[] = []
      const reading = (async () => {
        for await (const row of as(who)('spare').select('id').stream({ highWaterMark: 4 })) seen.push(row)
      })()
      expect(await codeOf(reading)).toBe(EXCEEDED)
      expect(seen.length).toBeLessThanOrEqual(15)
      // What was not released was not charged.
      const left = 20 - seen.length
      expect(await rows(who, left)).toBe(left > 15 ? EXCEEDED : 'released')
    })

    test('a stream that its reader leaves has cost what it gave at least', async () => {
      const who = somebody()
      const leave = async () => {
        for await (const _ of as(who)('spare').select('id').stream({ highWaterMark: 2 })) break
      }
      const ends: unknown[] = []
      for (let read = 0; read < 21; read++) ends.push(await codeOf(leave()))
      expect(ends.at(-1)).toBe(EXCEEDED)
    })

    test('of readers at once no more get rows than there are left', async () => {
      const who = somebody()
      const ends = await Promise.all(Array.from({ length: 8 }, () => rows(who, 6)))
      expect(ends.sort()).toEqual([...Array(5).fill(EXCEEDED), ...Array(3).fill('released')])
    })

    test('another session, agent, spelling or door is the same principal, and another principal is not', async () => {
      const who = somebody()
      const bot: Principal = { subject: 'bot', issuer, kind: 'agent', onBehalfOf: who }
      const spelled = { ...who, subject: ` ${who.subject.toUpperCase()}`, roles: ['other'] }
      expect(await rows(who, 4, 's1')).toBe('released')
      expect(await rows(spelled, 4, 's2')).toBe('released')
      expect(await rows(bot, 4)).toBe('released')
      expect(await rows({ ...bot, subject: 'other bot' }, 4)).toBe('released')
      const door = house.governed.statements(who, { point: 'http', session: 's3' })
      const select = (count: number) => door.run(`select id from spare limit ${count}`, [])
      expect(await select(4)).toMatchObject({ kind: 'released' })
      for (const name of [who, spelled, bot, { ...bot, subject: 'third bot' }])
        expect(await one(name)).toBe(EXCEEDED)
      expect(await select(1)).toMatchObject({ kind: 'refused', refusal: { code: EXCEEDED } })
      expect(await one({ ...who, issuer: 'https://other.example' })).toBe('released')
      expect(await one({ ...bot, onBehalfOf: somebody() })).toBe('released')
    })

    test('a session has a budget of its own, which nobody else can use up', async () => {
      const who = somebody()
      expect(await rows(who, 15, 's')).toBe('released')
      expect(await one(who, 's')).toBe(EXCEEDED)
      expect(await one(who, 't')).toBe('released')
      expect(await one(somebody(), 's')).toBe('released')
      // Of both budgets or of none.
      expect(await rows(who, 5, 't')).toBe(EXCEEDED)
      expect(await rows(who, 4, 't')).toBe('released')
    })

    test('time ends a window; a clock that is set does not', async () => {
      const who = somebody()
      expect(await rows(who, 15)).toBe('released')
      expect(await rows(who, 5)).toBe('released')
      for (const set of [365 * 24 * HOUR_MS, -2 * 365 * 24 * HOUR_MS, 365 * 24 * HOUR_MS]) {
        clock.set(set)
        expect(await one(who)).toBe(EXCEEDED)
      }
      clock.pass(HOUR_MS - 1)
      expect(await one(who)).toBe(EXCEEDED)
      clock.pass(1)
      expect(await one(who)).toBe('released')
    })

    test('the refusal says which budget, how much and until when, and is on record as it was told', async () => {
      const who = somebody()
      await rows(who, 15, 's')
      const until = new Date(Math.ceil((clock.now() + HOUR_MS) / 1_000) * 1_000).toISOString().slice(0, 19)
      const refusal = async (count: number) => {
        const error: unknown = await as(who)('spare')
          .select('id')
          .limit(count)
          .catch((error: unknown) => error)
        expect(error).toMatchObject({ name: 'ObligationError', code: EXCEEDED, rule: expect.any(String) })
        const { reason, decisionId } = error as { reason: string; decisionId: string }
        // An intent and its outcome may be one line or two, of one id.
        const lines = house.trail().split('\n')
        const begun = lines.find(line => line.includes(decisionId)) ?? '{}'
        const { id } = JSON.parse(begun) as { id: string }
        const record = lines.filter(line => line.includes(id)).join('\n')
        expect(record).toContain(JSON.stringify(reason).slice(1, -1))
        expect(record).toContain('"status":"refused"')
        return reason
      }
      const scope = 'the budget of 20 rows per principal within 1h'
      expect(await refusal(6)).toBe(
        `the result would exceed ${scope}; nothing was released; 5 are left: ask for fewer, or wait until ${until}Z`,
      )
      await rows(who, 5)
      expect(await refusal(1)).toMatch(`${scope} is used up; nothing ran; wait until ${until}Z`)
    })

    test('a store that cannot be asked refuses', async () => {
      const who = somebody()
      expect(await one(who)).toBe('released')
      gone = true
      expect(await one(who)).toBe('CARDEA_BUDGET_UNAVAILABLE')
      expect(await codeOf(as(who)('spare').select('id').stream().toArray())).toBe('CARDEA_BUDGET_UNAVAILABLE')
      gone = false
      expect(await one(who)).toBe('released')
    })

    if (engine !== 'mysql')
      test('rows that a write gives back count, and a write without any does not', async () => {
        const who = somebody()
        const remove = (...ids: number[]) =>
          as(who, 's').raw(`delete from spare where id in (${ids.map(() => '?').join()}) returning note`, ids)
        expect(await codeOf(remove(1))).toBe('released')
        expect(await rows(who, 13, 's')).toBe('released')
        expect(await codeOf(remove(2))).toBe('released')
        expect(await codeOf(remove(3))).toBe(EXCEEDED)
        expect(await codeOf(as(who, 's')('spare').where({ id: 4 }).del())).toBe('released')
        expect(await house.raw('spare').where('id', '<', 6).orderBy('id').pluck('id')).toEqual([3, 5])
      })
  })
}
