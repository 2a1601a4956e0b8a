/** Large reads as lines: what they say, how they end, what they cost. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openHouse, type TestHouse } from '../../main-job/house.js'
import { describeMariadb, describePostgres } from '../../support/databases.js'
import { type Answer, type Door, houseEntrance, openDoor, POLICY } from './kit.js'
import type { Orders } from './streaming.child.js'

const MASKED = `${POLICY}
limits: { maxRows: 5000000, timeout: 2m }
`
const lines = { accept: 'application/x-ndjson' }
const parsed = ({ text }: Answer): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))

for (const [engine, describeEngine] of [
  ['postgres', describePostgres],
  ['mysql', describeMariadb],
] as const) {
  describeEngine(`rows as lines on ${engine}`, () => {
    let house: TestHouse
    let door: Door
    beforeAll(async () => {
      house = await openHouse({
        engine,
        policy: MASKED,
        setup: 'create table many (n int primary key, pan text, note text);\n',
      })
      const row = (n: number) => ({ n, pan: '4111111111111111', note: `row ${n} `.padEnd(1_000, '-') })
      for (let at = 0; at < 3; at += 1) {
        await house.raw('many').insert(Array.from({ length: 1_000 }, (_, n) => row(at * 1_000 + n)))
      }
      door = await openDoor({ entrance: houseEntrance(house) })
    })
    afterAll(async () => {
      await door.close()
      await house.close()
    })
    const outcomes = (): string[] =>
      [...house.trail().matchAll(/"status":"(\w+)"/g)].map(([, status = '']) => status)

    test('columns, then rows, then how it ended', async () => {
      const answer = await door.post(
        '/v1/query',
        { sql: 'select id, pan, pan from cards order by id' },
        lines,
      )
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-ndjson'])
      const [first, ...rest] = parsed(answer)
      expect(first).toEqual({ columns: ['id', 'pan', 'pan'] })
      expect(rest[0]).toEqual([1, '411111******1111', '411111******1111'])
      expect(rest.at(-1)).toEqual({ status: 'ok', row_count: 7, masked: { pan: 14 } })
      expect(rest).toHaveLength(8)
      expect(answer.text).not.toContain('4111111111111111')
    })

    test('more rows than a batch, and as many as are wanted', async () => {
      const all = parsed(
        await door.post('/v1/query', { sql: 'select n from many order by n', params: null }, lines),
      )
      expect(all.slice(1, -1)).toEqual(Array.from({ length: 3_000 }, (_, n) => [n]))
      const some = parsed(
        await door.post('/v1/query', { sql: 'select n from many order by n', max_rows: 700 }, lines),
      )
      expect(some).toHaveLength(702)
      expect(some.at(-1)).toEqual({ status: 'ok', row_count: 700, truncated: true })
    })

    test('what does not run is one line, and says its code to who asks', async () => {
      const cases = [
        [{ sql: 'delete from payments' }, { status: 'denied', rule: 'no-deletes' }, 403],
        [{ sql: 'update payments set note = null where id = 1' }, { status: 'invalid' }, 400],
        [{ sql: 'select 1', limit: 1 }, { status: 'invalid' }, 400],
        [{ sql: 'select 1', params: [{}] }, { status: 'invalid' }, 400],
        [{ sql: 'select\0 1' }, { status: 'invalid' }, 400],
      ] as const
      for (const [body, expected, code] of cases) {
        const answer = await door.post('/v1/query', body, { ...lines, prefer: 'status=http' })
        expect([answer.status, parsed(answer)]).toEqual([code, [expect.objectContaining(expected)]])
      }
      const failed = await door.post('/v1/query', { sql: 'select nope from cards' }, lines)
      expect(parsed(failed).at(-1)).toMatchObject({ status: expect.stringMatching(/failed|denied/) })
      expect((await house.raw('payments').where({ id: 1 }).first()).note).not.toBeNull()
    })

    test('cells are what the tool makes of them', async () => {
      const kinds =
        engine === 'postgres'
          ? "select 9007199254740993::int8 as a, 1.5::float8 as b, '-0'::float8 as c, 'NaN'::float8 as d, 1e21::float8 as e, 12.50::numeric(6,2) as f, date '2026-01-31' as g, timestamp '2026-01-31 12:00' as h, timestamptz '2026-01-31 12:00+01' as i, '{\"a\":[1]}'::jsonb as j, array[1,2] as k, '\\xdeadbeef'::bytea as l, true as m, null as n"
          : "select cast(9007199254740993 as signed) as a, 1.5e0 as b, 1e21 as c, cast(12.5 as decimal(6,2)) as d, date '2026-01-31' as e, timestamp '2026-01-31 12:00:00' as f, x'deadbeef' as g, null as h"
      const whole = await door.post('/v1/query', { sql: kinds })
      const [, row] = parsed(await door.post('/v1/query', { sql: kinds }, lines))
      expect(whole.body).toMatchObject({ status: 'ok', rows: [row] })
    })

    test('an error on the way is the last line', async () => {
      const answer = await door.post(
        '/v1/query',
        { sql: 'select 10 / (n - 2500) from many order by n' },
        lines,
      )
      if (engine === 'mysql') return expect(parsed(answer).at(-1)).toMatchObject({ status: 'ok' })
      expect(parsed(answer).at(-1)).toMatchObject({ status: 'failed', code: '22012' })
      return undefined
    })

    test('a client that goes away ends the read, on record, and gives the connection back', async () => {
      const before = outcomes().filter(status => status === 'cut').length
      const big = 'select a.n, b.note from many a, many b where b.n < 10'
      for (let at = 0; at < 5; at += 1) {
        const abort = new AbortController()
        const response = await fetch(`${door.url}/v1/query`, {
          method: 'POST',
          headers: { authorization: 'Bearer token-of-alice', 'content-type': 'application/json', ...lines },
          body: JSON.stringify({ sql: big }),
          signal: abort.signal,
        })
        const reader = response.body?.getReader()
        await reader?.read()
        abort.abort()
        await reader?.read().catch(() => {})
      }
      const cut = () => outcomes().filter(status => status === 'cut' || status === 'failed').length - before
      for (let tries = 0; cut() < 5 && tries < 300; tries += 1) await sleep(50)
      expect(cut()).toBe(5)
      // Four connections are all there are.
      expect((await door.post('/v1/query', { sql: 'select 1 as one' })).body['status']).toBe('ok')
    })
  })
}

describePostgres('three hundred thousand rows', () => {
  test('leave the process as large as it was, however slowly they are read', async () => {
    const house = await openHouse({
      policy: MASKED,
      setup:
        "create table large as select i as n, '4111111111111111' as pan, repeat('x', 50) as note from generate_series(1, 300000) i;",
    })
    const policy = MASKED.replace('labels:', "labels:\n  - { column: '*.large.pan', label: pan }")
    const child = fork(fileURLToPath(new URL('./streaming.child.ts', import.meta.url)), {
      execArgv: ['--import', fileURLToPath(new URL('../../support/typescript.mjs', import.meta.url))],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    try {
      child.send({ config: house.config, policy, trail: join(house.directory, 'child') } satisfies Orders)
      const [{ url }] = (await once(child, 'message')) as [{ url: string }]
      const read = async (sql: string, pauseMs: number): Promise<{ count: number; last: string }> => {
        const response = await fetch(`${url}/v1/query`, {
          method: 'POST',
          headers: { authorization: 'Bearer token-of-alice', 'content-type': 'application/json', ...lines },
          body: JSON.stringify({ sql }),
        })
        let [count, tail] = [0, Buffer.alloc(0)]
        await sleep(pauseMs)
        for await (const chunk of response.body ?? []) {
          for (const byte of chunk) if (byte === 10) count += 1
          tail = Buffer.concat([tail, chunk]).subarray(-200)
        }
        return { count, last: tail.toString().trimEnd().split('\n').at(-1) ?? '' }
      }
      const size = async (): Promise<{ highest: number; now: number }> => {
        child.send('size')
        return ((await once(child, 'message')) as [{ highest: number; now: number }])[0]
      }
      await read('select n, pan, note from large where n <= 20000', 0)
      const idle = (await size()).highest
      const { count, last } = await read('select n, pan, note from large', 500)
      const { highest } = await size()
      expect(count).toBe(300_002)
      expect(JSON.parse(last)).toEqual({ status: 'ok', row_count: 300_000, masked: { pan: 300_000 } })
      process.stdout.write(
        `three hundred thousand rows: ${Math.round(idle)} MiB before, ${Math.round(highest)} MiB at most\n`,
      )
      expect(highest - idle).toBeLessThan(60)
    } finally {
      child.kill('SIGKILL')
      await house.close()
    }
  }, 120_000)
})
