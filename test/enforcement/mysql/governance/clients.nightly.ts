/**
 * The mariadb command-line client and PyMySQL are told of a statement what every client is told. By `.ci/nightly`.
 */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describeMariadb } from '../../../support/databases.js'
import { tablesOf } from '../../../support/twins.js'
import { cardNumbers } from '../../governance/card-numbers.js'
import { type Case, casesOf } from '../../governance/cases.js'
import type { TwinDoor } from '../../governance/twin-door.js'
import type { Answer } from './answer.js'
import { openTwinDoor } from './doors.js'

const SCRIPT = fileURLToPath(new URL('pymysql_modes.py', import.meta.url))
/** What the command-line client takes for its own, strips, or waits for more of; and values that nobody gives. */
const NOT_PLAIN = /[;\\\0?%#\n]|--|\/\*|\bvault\b|^\s*(help|use|source|delimiter|status)\b/i
const WAYS = ['plain', 'unbuffered', 'dictionaries'] as const

type Told = readonly [errno: number, rows: number, message?: string]

describeMariadb('clients of the MySQL door in other languages', () => {
  let door: TwinDoor<Answer>
  let cases: readonly Case[]
  beforeAll(async () => {
    door = await openTwinDoor('A', 'denied')
    cases = await casesOf({
      engine: 'mysql',
      governed: door.wire.governed,
      notPlain: NOT_PLAIN,
      number: 150,
      async ask(sql) {
        const { error, rows } = await door.ask({ text: sql, values: [], undone: false }, 'text')
        return { state: String(error?.errno ?? 0), rows: rows.length }
      },
    })
  }, 300_000)
  afterAll(() => door.close())

  async function run(program: string, args: readonly string[], input: string) {
    const child = spawn(program, args, { env: { PATH: process.env['PATH'], MYSQL_PWD: 'any' } })
    child.stdin.end(input)
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
    return { out, err }
  }
  /** Of each case: its error number, rows and message. */
  const expectTold = (told: ReadonlyMap<string, Told>): void => {
    const wrong = cases.flatMap<object>(({ id, state, rows, effect, reason }) => {
      const found = told.get(id)
      const isDenied = effect !== 'deny' || found?.[2]?.endsWith(`] ${reason}`) === true
      const fits = String(found?.[0]) === state && found?.[1] === rows && isDenied
      return fits ? [] : [{ id, found, should: [state, rows, reason] }]
    })
    expect(wrong).toEqual([])
    for (const effect of ['allow', 'require_approval', 'deny'])
      expect(cases.filter(each => each.effect === effect).length).toBeGreaterThan(20)
  }

  test('a script for the mariadb client: each its error, its reason and its rows', async () => {
    const script = cases.map(({ text, id }) => `${text};\nselect '@@ ${id}';\n`).join('')
    const place = ['-h', '127.0.0.1', '-P', String(door.tap.port), '-u', 'bot', '--skip-ssl', 'billing']
    const { out, err } = await run('mariadb', ['--no-defaults', '--batch', '--force', '-N', ...place], script)
    const told = new Map<string, Told>()
    let rows = 0
    for (const line of out.split('\n')) {
      if (line.startsWith('@@ ')) {
        told.set(line.slice(3), [0, rows])
        rows = 0
      } else rows += 1
    }
    for (const [, errno = '', line = '', message = ''] of err.matchAll(
      /^ERROR (\d+) \(\w+\) at line (\d+): (.*)$/gm,
    )) {
      const id = cases[(Number(line) - 1) / 2]?.id ?? ''
      told.set(id, [Number(errno), told.get(id)?.[1] ?? 0, message])
    }
    expectTold(told)
  })

  test.each(WAYS)('PyMySQL, %s: each its error, its reason and its rows', async way => {
    const python = process.env['CARDEA_PYMYSQL_PYTHON'] ?? 'python3'
    const { out, err } = await run(python, [SCRIPT, way], JSON.stringify([door.tap.port, cases]))
    expect(err).toBe('')
    expectTold(new Map(Object.entries(JSON.parse(out) as Record<string, Told>)))
  })

  test('no card number was heard on the way', () => {
    const heard = door.tap.heard().toString('latin1')
    expect(cardNumbers(tablesOf('mysql', 'A')).filter(secret => heard.includes(secret))).toEqual([])
  })
})
