/** Statements as values, for doors that speak a protocol of their own; and a policy that gives way to another. */
import { describe, expect, test } from '@jest/globals'
import { parsePolicy } from '../../src/index.js'
import type { Outcome } from '../../src/model/governor.js'
import { isStream, plainRows, type Row } from '../../src/model/result.js'
import type { Statements } from '../../src/model/statements.js'
import { describeMariadb, describePostgres } from '../support/databases.js'
import { alice, openHouse, POLICY, type TestHouse } from './house.js'
import { board, person } from './shared-queue.js'

const bob = person('bob')
const agent = { framework: 'autogen', id: 'bot' }

const TWO_RULES = `
version: 1
labels:
  - { column: '*.cards.pan', label: pan }
rules:
  - { id: reads, effect: allow, when: { kind: [select] } }
`
const WRITES = `
version: 1
rules:
  - { id: writes, effect: allow, when: { kind: [update] } }
`
const NO_READS = `
version: 1
labels:
  - { column: '*.cards.pan', label: pan }
  - { column: '*.payments.status', label: secret }
rules:
  - { id: writes, effect: allow, when: { kind: [update] } }
`

for (const [engine, describeEngine, mark] of [
  ['postgres', describePostgres, '$1'],
  ['mysql', describeMariadb, '?'],
  ['sqlite', describe, '?'],
] as const) {
  describeEngine(`statements on ${engine}`, () => {
    async function within(
      work: (house: TestHouse, mine: Statements, notices: ReturnType<typeof board>) => Promise<void>,
      policy = POLICY,
    ): Promise<void> {
      const notices = board()
      const house = await openHouse({ engine, approval: notices, policy, connections: 2 })
      try {
        await work(house, house.governed.statements(alice, { agent, session: 's1', point: 'http' }), notices)
      } finally {
        await house.close()
      }
    }
    const update = `update payments set status = 'refunded' where id = ${mark}`
    const status = async ({ raw }: TestHouse): Promise<string> =>
      (await raw('payments').where({ id: 2 }).first()).status
    const ticketIn = (outcome: Outcome): string =>
      outcome.kind === 'refused' ? (outcome.refusal.ticket ?? '') : ''

    test('a read comes back masked, with the count of what was masked', async () => {
      await within(async (house, mine) => {
        const outcome = await mine.run(`select id, pan from cards where id = ${mark}`, [1])
        if (outcome.kind !== 'released' || isStream(outcome.result)) throw new Error(outcome.kind)
        expect(JSON.stringify(outcome.result.rows)).toMatch(/\d{6}\*+\d{4}/)
        expect(outcome.masked()).toEqual({ pan: 1 })
        expect(house.trail()).toContain('"point":"http"')
      }, TWO_RULES)
    })

    test('rows come in batches, and the connection is free again however the reading ends', async () => {
      await within(async (_, mine) => {
        const read = async (enough: number): Promise<Row[]> => {
          const outcome = await mine.run('select id, pan from cards', [], { batch: 1 })
          if (outcome.kind !== 'released' || !isStream(outcome.result)) throw new Error(outcome.kind)
          const rows: Row[] = []
          for await (const batch of outcome.result.batches) {
            rows.push(...plainRows(batch))
            if (rows.length >= enough) break
          }
          if (enough === Number.POSITIVE_INFINITY) expect(outcome.masked()['pan']).toBe(rows.length)
          return rows
        }
        const all = await read(Number.POSITIVE_INFINITY)
        expect(all.length).toBeGreaterThan(1)
        expect(JSON.stringify(all)).toMatch(/\d{6}\*+\d{4}/)
        // Two connections: what was not given back would be missed here.
        for (let round = 0; round < 4; round += 1) expect(await read(1)).toHaveLength(1)
        expect((await mine.run('select count(*) from cards', [])).kind).toBe('released')
      }, TWO_RULES)
    })

    test('refusals and the database’s own errors are values; what cannot be a statement rejects', async () => {
      await within(async (_, mine) => {
        expect(await mine.run('delete from payments', [])).toMatchObject({
          kind: 'refused',
          refusal: { code: 'CARDEA_POLICY_DENIED' },
        })
        expect(await mine.explain('delete from payments', [])).toMatchObject({ decision: { effect: 'deny' } })
        await expect(mine.run('', [])).rejects.toMatchObject({ code: 'CARDEA_SURFACE_REFUSED' })
        await expect(mine.run(`select ${mark}`, [() => 1])).rejects.toMatchObject({
          code: 'CARDEA_BINDING_REFUSED',
        })
        const gone = await mine.run('select id from cards', [], { signal: AbortSignal.abort() })
        expect(gone).toMatchObject({ kind: 'refused', refusal: { code: 'CARDEA_ABANDONED' } })
      })
    })

    test('a ticket stands for its own caller, agent, session and nobody else', async () => {
      await within(async (house, mine, notices) => {
        const before = await status(house)
        const asked = await mine.run(update, [2], {
          approval: { mode: 'ticket' },
          claimedReason: 'a dispute',
        })
        const ticket = ticketIn(asked)
        expect(asked).toMatchObject({ kind: 'refused', refusal: { code: 'CARDEA_APPROVAL_PENDING' } })
        expect(await mine.standing(ticket)).toMatchObject({ ticket, state: 'pending', useBy: null })
        for (const [who, context] of [
          [
            { ...alice, subject: 'mallory' },
            { agent, session: 's1' },
          ],
          [alice, { agent: { ...agent, id: 'other' }, session: 's1' }],
          [alice, { agent, session: 's2' }],
          [alice, { session: 's1' }],
        ] as const) {
          expect(await house.governed.statements(who, context).standing(ticket)).toBeNull()
        }
        expect(await mine.standing('01ARZ3NDEKTSV4RRFFQ69G5FAV')).toBeNull()

        await notices.answer(ticket, bob)
        expect(await mine.standing(ticket)).toMatchObject({ state: 'approved' })
        expect(await status(house)).toBe(before)
        expect((await mine.run(update, [2], { approval: { ticket } })).kind).toBe('released')
        expect(await status(house)).toBe('refunded')
        expect(await mine.standing(ticket)).toMatchObject({ state: 'consumed' })
      })
    })

    test('another policy takes over, labels and all; approvals under the old one are void', async () => {
      await within(async (house, mine, notices) => {
        const ticket = ticketIn(await mine.run(update, [2], { approval: { mode: 'ticket' } }))
        await notices.answer(ticket, bob)
        const before = await status(house)

        await house.governed.replacePolicy(parsePolicy(NO_READS, { file: 'next.yaml' }))
        expect(await mine.run('select id from cards', [])).toMatchObject({ kind: 'refused' })
        expect(await mine.standing(ticket)).toMatchObject({ state: 'approved' })
        expect(await mine.explain('select status from payments', [])).toMatchObject({
          facts: { output: [{ lineage: { sources: [{ labels: ['secret'] }] } }] },
        })
        const other = POLICY.replace('label: ssn', 'label: secret')
        await house.governed.replacePolicy(parsePolicy(other, { file: 'other.yaml' }))
        expect(await mine.run(update, [2], { approval: { ticket } })).toMatchObject({
          kind: 'refused',
          refusal: { code: 'CARDEA_GRANT_INVALID' },
        })
        expect(await status(house)).toBe(before)

        await house.governed.replacePolicy(parsePolicy(POLICY, { file: 'policy.yaml' }))
        expect((await mine.run('select id from cards', [])).kind).toBe('released')
        expect(house.trail().match(/"policy\.load"/g)).toHaveLength(4)
      })
    })

    test('an approval that people give after the policy was replaced lets nothing run', async () => {
      await within(async (house, mine, notices) => {
        const before = await status(house)
        const waiting = mine.run(update, [2])
        while (notices.told.length === 0) await new Promise(resolve => setTimeout(resolve, 5))
        await house.governed.replacePolicy(parsePolicy(TWO_RULES, { file: 'next.yaml' }))
        await notices.answer(notices.told[0]?.id ?? '', bob)
        expect((await waiting).kind).toBe('refused')
        expect(await status(house)).toBe(before)
      })
    })

    if (engine !== 'sqlite')
      test('a write whose caller gives up stays only if the caller is told so, however close the race', async () => {
        await within(async (house, mine) => {
          for (let round = 0; round < 12; round += 1) {
            await house.raw('payments').where({ id: 2 }).update({ status: 'before' })
            const holder = await house.raw.transaction()
            await holder('payments').where({ id: 2 }).update({ amount: round })
            const caller = new AbortController()
            const writing = mine.run(update, [2], { signal: caller.signal })
            await new Promise(resolve => setTimeout(resolve, 100))
            const freed = round % 2 === 0 ? holder.commit() : undefined
            if (round % 3 > 0) await new Promise(resolve => setTimeout(resolve, round % 3))
            caller.abort()
            await (freed ?? holder.commit())
            const outcome = await writing
            expect([outcome.kind, await status(house)]).toEqual(
              outcome.kind === 'released' ? ['released', 'refunded'] : ['refused', 'before'],
            )
          }
        }, WRITES)
      })

    test('a stream that nobody begins to read gives its connection back', async () => {
      await within(async (_, mine) => {
        for (let round = 0; round < 4; round += 1) {
          const outcome = await mine.run('select id from cards', [], { batch: 1 })
          if (outcome.kind !== 'released' || !isStream(outcome.result)) throw new Error(outcome.kind)
          await outcome.result.batches[Symbol.asyncIterator]().return?.()
        }
        expect((await mine.run('select count(*) from cards', [])).kind).toBe('released')
      }, TWO_RULES)
    })

    test('a policy that cannot be put on record does not take over', async () => {
      await within(async (house, mine) => {
        await house.governed.close()
        await expect(
          house.governed.replacePolicy(parsePolicy(NO_READS, { file: 'next.yaml' })),
        ).rejects.toMatchObject({ name: expect.stringMatching(/Error/) })
        await expect(mine.run('select id from cards', [])).rejects.toBeDefined()
      })
    })
  })
}
