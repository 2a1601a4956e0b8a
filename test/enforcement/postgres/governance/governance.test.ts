/**
 * The statement corpus through the PostgreSQL door, by node-postgres in text and in binary: what comes back is the
 * same on twin databases byte by byte, and the decision, the rows and the record are those of the same statement
 * in process. A tap on the socket hears every byte. All of the corpus, and more random statements:
 *
 *   CARDEA_GOVERNANCE=all CARDEA_GOVERNANCE_RANDOM=2000 npm test -- test/enforcement/postgres/governance
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { loadCommandReader } from '../../../../src/analysis/session-commands.js'
import { Chance } from '../../../generator/chance.js'
import { Generator } from '../../../generator/queries.js'
import { SPELLINGS } from '../../../generator/spelling.js'
import { allowedVerdicts } from '../../../support/corpus.js'
import { describePostgres } from '../../../support/databases.js'
import { agent, tablesOf } from '../../../support/twins.js'
import { cardNumbers } from '../../governance/card-numbers.js'
import { comparable, difference, repeatsColumn, repeatsName, same, whole } from '../../governance/compare.js'
import { recordsBySession } from '../../governance/records.js'
import { randomStatements, SEED, sampled } from '../../governance/sample.js'
import { inText, outline, toldIn } from './compare.js'
import { numbered, openTwinDoor, type TwinDoor } from './doors.js'
import { found } from './listener.js'
import { askBoth, inProcessForm, type Observed, observe, ownForm } from './run.js'

const FORMATS = ['text', 'binary'] as const
const RANDOM = randomStatements(60)

describePostgres('the corpus through the door', () => {
  const asked = sampled('postgres', 11)
  const observed: Observed[] = []
  let a: TwinDoor
  let b: TwinDoor
  beforeAll(
    async () => {
      ;[a, b] = await Promise.all([openTwinDoor('A'), openTwinDoor('B')])
      const reader = await loadCommandReader('postgres')
      for (const one of asked) observed.push(await observe({ a, b }, text => reader.read(text), one))
    },
    60_000 + asked.length * 500,
  )
  afterAll(() => Promise.all([a.close(), b.close()]))

  const wrong = (isWrong: (one: Observed) => unknown): object[] =>
    observed.flatMap(each => {
      const what = isWrong(each)
      return what === undefined ? [] : [{ id: each.one.id, sql: each.one.sql, what }]
    })

  test('twins answer alike, in every message', () => {
    expect(wrong(({ varies, ...answers }) => difference(answers, varies ? outline : whole))).toEqual([])
  })

  test(
    'random statements: twins answer alike, in every message',
    async () => {
      const generator = new Generator(new Chance(SEED), SPELLINGS.postgres)
      const leaks: object[] = []
      let rows = 0
      for (let count = 0; count < RANDOM; count++) {
        const text = generator.statement()
        const { facts } = await a.wire.governed.explain(text, [], agent)
        const undone = !facts.analyzable || !facts.readOnly
        const answers = await askBoth({ a, b }, { text, values: [], undone })
        rows += answers.text[0].rows.length
        const what = difference(answers, whole)
        if (what !== undefined) leaks.push({ text, what })
      }
      expect({ seed: SEED, leaks }).toEqual({ seed: SEED, leaks: [] })
      expect(rows).toBeGreaterThan(RANDOM)
    },
    60_000 + RANDOM * 500,
  )

  test('every verdict is that of the corpus, and a denial is 42501 with its rule', () => {
    expect(
      wrong(({ one, decision, inProcess, text, binary }) => {
        if (!allowedVerdicts(one).includes(decision.effect)) return decision
        if (decision.effect !== 'deny' || inProcess === undefined) return undefined
        const told = [...text, ...binary].map(({ error, rows, columns }) => ({
          state: error?.['C'],
          reason: error?.['M'],
          detail: error?.['D']?.replace(/decision \w{26}$/, 'decision ID'),
          rows: rows.length + columns.length,
        }))
        const should = {
          state: '42501',
          reason: `cardea: ${decision.reason}`,
          detail: `CARDEA_POLICY_DENIED, rule ${decision.rule}, decision ID`,
          rows: 0,
        }
        return told.every(each => same(each, should)) ? undefined : told
      }),
    ).toEqual([])
  })

  test('rows, columns, counts and errors are those that come in process', () => {
    expect(
      wrong(({ inProcess, varies, text: [text], binary: [binary] }) => {
        if (inProcess === undefined) return undefined
        if ('error' in inProcess)
          return same(inText(inProcess.error), toldIn(text)) ? undefined : toldIn(text)
        if (text.error !== undefined || binary.error !== undefined) return text.error ?? binary.error
        if (varies) return undefined
        if (ownForm(text) !== ownForm(binary) || text.tag !== binary.tag)
          return [ownForm(text), ownForm(binary)]
        const form = inProcessForm(text)
        // In process a row is an object: of columns of one name it knows the last.
        const { fields } = repeatsName(text.columns.map(({ name }) => name)) ? inProcess : form
        return same({ ...form, fields }, inProcess) ? undefined : { ...form, inProcess }
      }),
    ).toEqual([])
  })

  test('every record is that of the same statement in process', () => {
    const sessions = recordsBySession(a.wire.trail())
    const bare = new Set(observed.filter(each => each.varies).map(({ one }) => numbered(one).text))
    for (const format of FORMATS) {
      for (const [statement, records] of sessions.get(format) ?? [])
        if (records.some(repeatsColumn)) bare.add(statement)
    }
    const of = (session: string, statement: string): readonly string[] => {
      const records = sessions.get(session)?.get(statement) ?? []
      // A text of several statements is judged by its parts at the door, so that there may be more of one kind.
      return [...new Set(records.map(each => JSON.stringify(comparable(each, bare.has(statement)))))]
    }
    const statements = [...(sessions.get('process')?.keys() ?? [])].filter(
      statement => !/^(begin;|rollback)$/i.test(statement),
    )
    expect(
      statements.flatMap(statement => {
        const [process, text, binary] = ['process', ...FORMATS].map(session => of(session, statement))
        return same(process, text) && same(process, binary) ? [] : [{ statement, process, text, binary }]
      }),
    ).toEqual([])
    expect(statements.length).toBeGreaterThan(asked.length * 0.8)
  })

  test('no card number in any byte that the door has sent, by digits or by the detector', () => {
    for (const { twin, door } of [
      { twin: 'A', door: a },
      { twin: 'B', door: b },
    ] as const) {
      const secrets = cardNumbers(tablesOf('postgres', twin))
      const heard = door.tap.heard()
      const text = heard.toString('latin1')
      expect(secrets.length).toBeGreaterThan(3)
      expect(secrets.filter(secret => text.includes(secret))).toEqual([])
      expect(found(heard)).toEqual([])
    }
  })

  test('the listener hears what nobody masks', async () => {
    const rows = await a.wire.sql('select pan from cards')
    const heard = Buffer.from(JSON.stringify(rows))
    expect(cardNumbers(tablesOf('postgres', 'A')).some(secret => heard.includes(secret))).toBe(true)
    expect(found(heard).length).toBeGreaterThan(0)
  })

  test('enough of every outcome was seen', () => {
    const count = (holds: (each: Observed) => boolean) => observed.filter(holds).length
    expect(count(({ decision }) => decision.effect === 'deny')).toBeGreaterThan(asked.length / 10)
    expect(count(({ decision }) => decision.effect === 'require_approval')).toBeGreaterThan(asked.length / 20)
    expect(count(({ text: [{ rows }] }) => rows.length > 0)).toBeGreaterThan(asked.length / 4)
    expect(
      count(({ binary: [{ columns }] }) => columns.some(({ format }) => format === 'binary')),
    ).toBeGreaterThan(10)
  })
})
