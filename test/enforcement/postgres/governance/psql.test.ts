/** psql is told of a statement what every client is told: one script, each verdict many times. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describePostgres } from '../../../support/databases.js'
import { tablesOf } from '../../../support/twins.js'
import { cardNumbers } from '../../governance/card-numbers.js'
import type { Case } from '../../governance/cases.js'
import type { TwinDoor } from '../../governance/twin-door.js'
import type { Answer } from './answer.js'
import { casesAt } from './cases.js'
import { openTwinDoor } from './doors.js'

describePostgres('psql through the door', () => {
  let door: TwinDoor<Answer>
  let cases: readonly Case[]
  beforeAll(async () => {
    door = await openTwinDoor('A', 'denied')
    cases = await casesAt(door, 100)
  }, 120_000)
  afterAll(() => door.close())

  async function psql(input: string, ...more: readonly string[]): Promise<{ out: string; err: string }> {
    const place = `host=127.0.0.1 port=${door.tap.port} dbname=billing user=bot sslmode=disable`
    const env = { PATH: process.env['PATH'], PGPASSWORD: 'any' }
    const child = spawn('psql', ['-XqAtw', '-v', 'VERBOSITY=verbose', '-d', place, ...more], { env })
    child.stdin.end(input)
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
    return { out, err }
  }

  test('a script of a hundred statements: each its SQLSTATE, its reason and its rows', async () => {
    const script = cases.map(({ text, id }) => {
      return `${text};\n\\echo @@ ${id} :SQLSTATE :ROW_COUNT\n\\echo :LAST_ERROR_MESSAGE\n`
    })
    const { out, err } = await psql(script.join(''))
    const told = new Map(
      Array.from(out.matchAll(/^@@ (\S+) (\w{5}) (\d+)\n(.*)$/gm), ([, id, state, rows, message]) => {
        return [id, { state, rows: Number(rows), message: state === '00000' ? '' : message }]
      }),
    )
    for (const { id, effect, state, rows, reason } of cases) {
      const found = told.get(id)
      expect({ id, state: found?.state, rows: found?.rows }).toEqual({ id, state, rows })
      if (effect === 'deny')
        expect({ id, ...found }).toEqual({ id, state: '42501', rows: 0, message: `cardea: ${reason}` })
      if (effect === 'require_approval') expect(found?.state).toBe('42501')
    }
    const count = (word: string) => err.split(word).length - 1
    const of = (wanted: Case['effect']) => cases.filter(({ effect }) => effect === wanted).length
    expect(count('CARDEA_POLICY_DENIED')).toBe(of('deny'))
    expect(count('CARDEA_APPROVAL_DENIED')).toBe(of('require_approval'))
    expect(of('deny')).toBeGreaterThan(20)
    expect(of('require_approval')).toBeGreaterThan(20)
    expect(of('allow')).toBeGreaterThan(20)
  })

  test('of several statements in one text none runs where one is denied', async () => {
    const denied = cases.find(({ effect }) => effect === 'deny')?.text
    const { out, err } = await psql('', '-c', `select 41 + 1; ${denied}; select 43`)
    expect(out).toBe('')
    expect(err).toContain('42501')
    expect(await psql('', '-c', 'select 41 + 1; select 43')).toEqual({ out: '42\n43\n', err: '' })
  })

  test('no card number was heard on the way', () => {
    const heard = door.tap.heard().toString('latin1')
    expect(cardNumbers(tablesOf('postgres', 'A')).filter(secret => heard.includes(secret))).toEqual([])
  })
})
