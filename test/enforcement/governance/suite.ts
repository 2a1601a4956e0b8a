/**
 * The statement corpus through a door of a database's own protocol, by the engine's Node.js driver in text and in
 * binary: what comes back is the same on twin databases byte by byte, and the decision, the rows and the record are
 * those of the same statement in process. A tap on the socket hears every byte. All of the corpus, and more random
 * statements:
 *
 *   CARDEA_GOVERNANCE=all CARDEA_GOVERNANCE_RANDOM=2000 npm test -- test/enforcement/mysql/governance
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { loadCommandReader } from '../../../src/analysis/session-commands.js'
import { Chance } from '../../generator/chance.js'
import { Generator } from '../../generator/queries.js'
import { SPELLINGS } from '../../generator/spelling.js'
import { allowedVerdicts } from '../../support/corpus.js'
import { agent, tablesOf } from '../../support/twins.js'
import { cardNumbers } from './card-numbers.js'
import { comparable, difference, repeatsColumn, same } from './compare.js'
import type { Answer, DoorKind } from './door-kind.js'
import { type Observed, observe } from './observe.js'
import { recordsBySession } from './records.js'
import { randomStatements, SEED, sampled } from './sample.js'
import { askBoth, FORMATS, type TwinDoor } from './twin-door.js'

export function corpusThroughDoor<A extends Answer, Came>(kind: DoorKind<A, Came>): void {
  const { engine, sample } = kind
  const asked = sampled(engine, sample.leftOut)
  const random = randomStatements(sample.random)
  const observed: Observed<A, Came>[] = []
  let a: TwinDoor<A>
  let b: TwinDoor<A>
  beforeAll(
    async () => {
      ;[a, b] = await Promise.all([kind.open('A'), kind.open('B')])
      const reader = await loadCommandReader(engine)
      for (const one of asked) observed.push(await observe(kind, { a, b }, reader, one))
    },
    60_000 + asked.length * sample.msEach,
  )
  afterAll(() => Promise.all([a.close(), b.close()]))

  const wrong = (isWrong: (one: Observed<A, Came>) => unknown): object[] =>
    observed.flatMap(each => {
      const what = isWrong(each)
      return what === undefined ? [] : [{ id: each.one.id, sql: each.one.sql, what }]
    })

  test('twins answer alike, in every byte', () => {
    expect(
      wrong(({ varies, ...answers }) => difference(answers, varies ? kind.outline : kind.whole)),
    ).toEqual([])
  })

  test(
    'random statements: twins answer alike, in every byte',
    async () => {
      const generator = new Generator(new Chance(SEED), SPELLINGS[engine])
      const leaks: object[] = []
      let rows = 0
      for (let count = 0; count < random; count++) {
        const text = generator.statement()
        const { facts } = await a.wire.governed.explain(text, [], agent)
        const undone = !facts.analyzable || !facts.readOnly
        const answers = await askBoth({ a, b }, { text, values: [], undone })
        rows += answers.text[0].rows.length
        const what = difference(answers, kind.whole)
        if (what !== undefined) leaks.push({ text, what })
      }
      expect({ seed: SEED, leaks }).toEqual({ seed: SEED, leaks: [] })
      expect(rows).toBeGreaterThan(random)
    },
    60_000 + random * sample.msEach,
  )

  test('every verdict is that of the corpus, and a denial tells its rule and nothing else', () => {
    expect(
      wrong(({ one, decision, inProcess, text, binary }) => {
        if (!allowedVerdicts(one).includes(decision.effect)) return decision
        if (decision.effect !== 'deny' || inProcess === undefined) return undefined
        const should = { ...kind.denial(decision, text[0]), cells: 0 }
        const told = [...text, ...binary].map(answer => ({
          ...kind.denialTold(answer),
          cells: answer.rows.length + answer.columns.length,
        }))
        return told.every(each => same(each, should)) ? undefined : told
      }),
    ).toEqual([])
  })

  test('rows, columns, counts and errors are those that come in process', () => {
    expect(
      wrong(({ one, inProcess, varies, text: [text], binary: [binary] }) => {
        if (inProcess === undefined) return undefined
        if ('error' in inProcess) return kind.errorElse(inProcess.error, text, binary)
        if (text.error !== undefined || binary.error !== undefined) return text.error ?? binary.error
        return varies ? undefined : kind.cameElse(inProcess.came, text, binary, one)
      }),
    ).toEqual([])
  })

  test('every record is that of the same statement in process', () => {
    const sessions = recordsBySession(a.wire.trail())
    const textOf = ({ one }: Observed<A, Came>): string => a.spelled(kind.sent(one).text)
    const bare = new Set(observed.filter(({ varies }) => varies).map(textOf))
    for (const format of FORMATS) {
      for (const [statement, records] of sessions.get(format) ?? [])
        if (records.some(repeatsColumn)) bare.add(statement)
    }
    // A text of several statements is judged by its parts at the door, so that there may be more of one kind.
    const of = (session: string, statement: string): readonly string[] => {
      const records = (sessions.get(session)?.get(statement) ?? []).map(kind.record)
      return [...new Set(records.map(each => JSON.stringify(comparable(each, bare.has(statement)))))]
    }
    const unheard = {
      text: new Set(observed.filter(({ one, binary }) => kind.unheard(one, binary[0]).text).map(textOf)),
      binary: new Set(observed.filter(({ one, binary }) => kind.unheard(one, binary[0]).binary).map(textOf)),
    }
    const statements = [...(sessions.get('process')?.keys() ?? [])].filter(
      statement => !/^(begin;|rollback)$/i.test(statement),
    )
    expect(
      statements.flatMap(statement => {
        const process = of('process', statement)
        return FORMATS.flatMap(format => {
          const records = of(format, statement)
          const fits = same(process, records) || (unheard[format].has(statement) && records.length === 0)
          return fits ? [] : [{ statement, format, process, records }]
        })
      }),
    ).toEqual([])
    expect(statements.length).toBeGreaterThan(asked.length * sample.recorded)
  })

  test('no card number in any byte that the door has sent, by digits or by the detector', () => {
    for (const { twin, door } of [
      { twin: 'A', door: a },
      { twin: 'B', door: b },
    ] as const) {
      const secrets = cardNumbers(tablesOf(engine, twin))
      const heard = door.tap.heard().toString('latin1')
      expect(secrets.length).toBeGreaterThan(3)
      expect(secrets.filter(secret => heard.includes(secret))).toEqual([])
      expect(door.found()).toEqual([])
    }
  })

  test('the listener hears what nobody masks', async () => {
    const rows = await a.wire.sql('select pan from cards')
    const text = JSON.stringify(rows)
    expect(cardNumbers(tablesOf(engine, 'A')).some(secret => text.includes(secret))).toBe(true)
    expect(kind.heardIn(rows).length).toBeGreaterThan(0)
  })

  test('enough of every outcome was seen', () => {
    const count = (holds: (each: Observed<A, Came>) => boolean) => observed.filter(holds).length
    const some = asked.length * sample.withRows
    expect(count(({ decision }) => decision.effect === 'deny')).toBeGreaterThan(asked.length / 10)
    expect(count(({ decision }) => decision.effect === 'require_approval')).toBeGreaterThan(asked.length / 20)
    expect(count(({ text: [{ rows }] }) => rows.length > 0)).toBeGreaterThan(some)
    expect(count(each => kind.isBinary(each.binary[0]))).toBeGreaterThan(some)
  })
}
