/**
 * The statement corpus through the MySQL door, by mysql2 in text and prepared: what comes back is the same on twin
 * databases byte by byte, and the decision, the rows and the record are those of the same statement in process. A tap
 * on the socket hears every byte. All of the corpus, and more random statements:
 *
 *   CARDEA_GOVERNANCE=all CARDEA_GOVERNANCE_RANDOM=2000 npm test -- test/enforcement/mysql/governance
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { loadCommandReader } from '../../../../src/analysis/session-commands.js'
import { Chance } from '../../../generator/chance.js'
import { Generator } from '../../../generator/queries.js'
import { SPELLINGS } from '../../../generator/spelling.js'
import { allowedVerdicts } from '../../../support/corpus.js'
import { describeMariadb } from '../../../support/databases.js'
import { agent, tablesOf } from '../../../support/twins.js'
import { cardNumbers } from '../../governance/card-numbers.js'
import { comparable, difference, repeatsColumn, same } from '../../governance/compare.js'
import { recordsBySession } from '../../governance/records.js'
import { randomStatements, SEED, sampled } from '../../governance/sample.js'
import { atPreparing, inText, outline, toldIn, unordered, unorderedRecord } from './compare.js'
import { openTwinDoor, type TwinDoor } from './doors.js'
import { found, foundBeside } from './listener.js'
import { askBoth, inProcessForm, type Observed, observe } from './run.js'

const FORMATS = ['text', 'binary'] as const
const RANDOM = randomStatements(20)

describeMariadb('the corpus through the MySQL door', () => {
  const asked = sampled('mysql', 47)
  const observed: Observed[] = []
  let a: TwinDoor
  let b: TwinDoor
  beforeAll(
    async () => {
      ;[a, b] = await Promise.all([openTwinDoor('A'), openTwinDoor('B')])
      const reader = await loadCommandReader('mysql')
      for (const one of asked) observed.push(await observe({ a, b }, text => reader.read(text), one))
    },
    60_000 + asked.length * 2_000,
  )
  afterAll(() => Promise.all([a.close(), b.close()]))

  const wrong = (isWrong: (one: Observed) => unknown): object[] =>
    observed.flatMap(each => {
      const what = isWrong(each)
      return what === undefined ? [] : [{ id: each.one.id, sql: each.one.sql, what }]
    })

  test('twins answer alike, in every packet', () => {
    expect(wrong(({ varies, ...answers }) => difference(answers, varies ? outline : unordered))).toEqual([])
  })

  test(
    'random statements: twins answer alike, in every packet',
    async () => {
      const generator = new Generator(new Chance(SEED), SPELLINGS.mysql)
      const leaks: object[] = []
      let rows = 0
      for (let count = 0; count < RANDOM; count++) {
        const text = generator.statement()
        const { facts } = await a.wire.governed.explain(text, [], agent)
        const undone = !facts.analyzable || !facts.readOnly
        const answers = await askBoth({ a, b }, { text, values: [], undone })
        rows += answers.text[0].rows.length
        const what = difference(answers, unordered)
        if (what !== undefined) leaks.push({ text, what })
      }
      expect({ seed: SEED, leaks }).toEqual({ seed: SEED, leaks: [] })
      expect(rows).toBeGreaterThan(RANDOM)
    },
    60_000 + RANDOM * 2_000,
  )

  test('every verdict is that of the corpus, and a denial is 1142 with its rule', () => {
    expect(
      wrong(({ one, decision, inProcess, text, binary }) => {
        if (!allowedVerdicts(one).includes(decision.effect)) return decision
        if (decision.effect !== 'deny' || inProcess === undefined) return undefined
        const answers = [...text, ...binary].map(answer => ({
          ...toldIn(answer),
          rows: answer.rows.length + answer.columns.length,
        }))
        const { rule } = decision
        const reason = decision.reason.replaceAll(text[0].database, 'DATABASE')
        const should = {
          errno: 1142,
          message: `cardea: [CARDEA_POLICY_DENIED, rule ${rule}] ${reason}`,
          rows: 0,
        }
        return answers.every(each => same(each, should)) ? undefined : answers
      }),
    ).toEqual([])
  })

  test('rows, columns, counts and errors are those that come in process', () => {
    expect(
      wrong(({ one: { bindings }, inProcess, varies, text: [text], binary: [binary] }) => {
        if (inProcess === undefined) return undefined
        if ('error' in inProcess) {
          const should = inText(inProcess.error, text.database)
          const told = [text, ...(atPreparing(binary) ? [] : [binary])].map(toldIn)
          return told.every(each => same(each, should)) ? undefined : { told, should }
        }
        if (text.error !== undefined || binary.error !== undefined) return text.error ?? binary.error
        if (varies) return undefined
        const [asText, prepared] = [inProcessForm(text), inProcessForm(binary)]
        // mysql2 writes values into a text by itself, and a column may be named after them.
        const fits = same(prepared, inProcess) && (bindings !== undefined || same(asText, inProcess))
        return fits ? undefined : { asText, prepared, inProcess }
      }),
    ).toEqual([])
  })

  test('every record is that of the same statement in process', () => {
    const sessions = recordsBySession(a.wire.trail())
    const bare = new Set(observed.filter(each => each.varies).map(({ one }) => a.spelled(one.sql)))
    for (const format of FORMATS) {
      for (const [statement, records] of sessions.get(format) ?? [])
        if (records.some(repeatsColumn)) bare.add(statement)
    }
    const of = (session: string, statement: string): readonly string[] => {
      const records = (sessions.get(session)?.get(statement) ?? []).map(withoutValues)
      return [
        ...new Set(
          records.map(each => JSON.stringify(unorderedRecord(comparable(each, bare.has(statement))))),
        ),
      ]
    }
    const statements = [...(sessions.get('process')?.keys() ?? [])].filter(
      statement => !/^(begin;|rollback)$/i.test(statement),
    )
    const isBound = new Set(
      observed.filter(({ one }) => one.bindings !== undefined).map(({ one }) => a.spelled(one.sql)),
    )
    const isUnprepared = new Set(
      observed.filter(({ binary: [own] }) => atPreparing(own)).map(({ one }) => a.spelled(one.sql)),
    )
    expect(
      statements.flatMap(statement => {
        const [process, text, binary] = ['process', ...FORMATS].map(session => of(session, statement))
        const fits =
          (isBound.has(statement) || same(process, text)) &&
          (same(process, binary) || (isUnprepared.has(statement) && binary?.length === 0))
        return fits ? [] : [{ statement, process, text, binary }]
      }),
    ).toEqual([])
    expect(statements.length).toBeGreaterThan(asked.length * 0.7)
  })

  test('no card number in any byte that the door has sent, by digits or by the detector', () => {
    for (const { twin, door } of [
      { twin: 'A', door: a },
      { twin: 'B', door: b },
    ] as const) {
      const secrets = cardNumbers(tablesOf('mysql', twin))
      const heard = door.tap.heard()
      const text = heard.toString('latin1')
      expect(secrets.length).toBeGreaterThan(3)
      expect(secrets.filter(secret => text.includes(secret))).toEqual([])
      expect(found(door.answers())).toEqual([])
      expect(foundBeside(heard)).toEqual([])
    }
  })

  test('the listener hears what nobody masks', async () => {
    const rows = (await a.wire.sql('select pan from cards')).map(({ pan }) => [pan])
    const answer = { columns: [], rows, error: undefined, affected: undefined, database: '', lines: [] }
    expect(found([answer]).length).toBeGreaterThan(0)
  })

  test('enough of every outcome was seen', () => {
    const count = (holds: (each: Observed) => boolean) => observed.filter(holds).length
    expect(count(({ decision }) => decision.effect === 'deny')).toBeGreaterThan(asked.length / 10)
    expect(count(({ decision }) => decision.effect === 'require_approval')).toBeGreaterThan(asked.length / 20)
    expect(count(({ text: [{ rows }] }) => rows.length > 0)).toBeGreaterThan(asked.length / 5)
    expect(count(({ binary: [{ rows }] }) => rows.length > 0)).toBeGreaterThan(asked.length / 5)
  })
})

/** A statement that is denied whatever its values are is refused before it has any. */
function withoutValues(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { status } = record['outcome'] as { readonly status: string }
  return status === 'refused' ? { ...record, bindings: [] } : record
}
