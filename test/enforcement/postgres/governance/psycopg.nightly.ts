/** psycopg 3 is told of a statement what every client is told, in each of its ways of asking. By `.ci/nightly`. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describePostgres } from '../../../support/databases.js'
import { tablesOf } from '../../../support/twins.js'
import { cardNumbers } from '../../governance/card-numbers.js'
import type { Case } from '../../governance/cases.js'
import type { TwinDoor } from '../../governance/twin-door.js'
import type { Answer } from './answer.js'
import { casesAt } from './cases.js'
import { openTwinDoor } from './doors.js'

type Told = readonly [state: string, rows: number, message?: string]
const SCRIPT = fileURLToPath(new URL('psycopg_modes.py', import.meta.url))
const WAYS = ['plain', 'binary', 'prepared', 'bound', 'client_side', 'pipeline', 'server_cursor'] as const

describePostgres('psycopg through the door', () => {
  let door: TwinDoor<Answer>
  let cases: readonly Case[]
  let told: Readonly<Record<string, Readonly<Record<string, Told>>>>
  beforeAll(async () => {
    door = await openTwinDoor('A', 'denied')
    cases = await casesAt(door, 100)
    const place = `host=127.0.0.1 port=${door.tap.port} dbname=billing user=bot password=any sslmode=disable`
    const child = spawn(process.env['CARDEA_PSYCOPG_PYTHON'] ?? 'python3', [SCRIPT])
    child.stdin.end(JSON.stringify([place, cases]))
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
    if (err !== '') throw new Error(err)
    told = JSON.parse(out) as typeof told
  }, 300_000)
  afterAll(() => door.close())

  test.each(WAYS)('%s: each its SQLSTATE, its reason and its rows', way => {
    const wrong = cases.flatMap<object>(({ id, state, rows, effect, reason, text }) => {
      const found = told[way]?.[id]
      if (found === undefined) return way === 'server_cursor' ? [] : [{ id, missing: true }]
      const denied = effect === 'deny' && found[2] !== `cardea: ${reason}`
      // Preparing reads nothing: a form that is newer than the server is refused by the server, before anybody asks.
      if (way === 'prepared' && effect !== 'deny' && found[0] === '42601') return []
      const fits = found[0] === state && (state !== '00000' || found[1] === rows) && !denied
      return fits ? [] : [{ id, text, found, should: [state, rows, reason] }]
    })
    expect(wrong).toEqual([])
    expect(Object.keys(told[way] ?? {}).length).toBeGreaterThan(60)
  })

  test('no card number was heard on the way', () => {
    const heard = door.tap.heard().toString('latin1')
    expect(cardNumbers(tablesOf('postgres', 'A')).filter(secret => heard.includes(secret))).toEqual([])
  })
})
