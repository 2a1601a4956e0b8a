/**
 * Writes over connections that break, and calls that are sent again: a client like AutoGen's HttpTool (nulls for
 * what it leaves out, no eye for codes, closes the socket at its timeout), on real databases.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Entrance } from '../../../src/enforcement/entrance.js'
import type { Toolbox } from '../../../src/model/tool.js'
import { openHouse, type TestHouse } from '../../main-job/house.js'
import { describeMariadb, describePostgres } from '../../support/databases.js'
import { type Door, houseEntrance, openDoor, POLICY } from './kit.js'

for (const [engine, describeEngine] of [
  ['postgres', describePostgres],
  ['mysql', describeMariadb],
] as const) {
  describeEngine(`HTTP calls on ${engine}`, () => {
    let house: TestHouse
    let door: Door
    const amount = async (id: number): Promise<number> =>
      Number((await house.raw('payments').where({ id }).first()).amount)
    const raise = (id: number) => ({
      sql: `update payments set amount = amount + 1 where id = ${id}`,
      params: null,
      reason: null,
    })

    beforeAll(async () => {
      house = await openHouse({ engine, policy: POLICY })
      door = await openDoor({ entrance: houseEntrance(house) })
    })
    afterAll(async () => {
      await door.close()
      await house.close()
    })

    /** What HttpTool does: gives up, closes its socket, and says nothing. */
    const impatient = async (
      body: object,
      headers: Record<string, string> = {},
      url = door.url,
    ): Promise<'gave up' | string> => {
      const patience = new AbortController()
      const intents = (): number => house.trail().split('"phase":"intent"').length
      const before = intents()
      const leaving = (async () => {
        await sleep(400)
        // On a slow machine the statement may not have come to its lock by then: nothing would have begun.
        for (let tries = 0; tries < 100 && intents() === before; tries++) await sleep(50)
        await sleep(100)
        patience.abort()
      })()
      const response = await fetch(`${url}/v1/execute`, {
        method: 'POST',
        headers: { authorization: 'Bearer token-of-alice', 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
        signal: patience.signal,
      }).catch(() => undefined)
      await leaving
      return response === undefined ? 'gave up' : response.text()
    }

    /** Keeps the row locked while the work is done, so that whoever writes it has to wait. */
    const whileLocked = async <T>(id: number, work: () => Promise<T>): Promise<T> => {
      const lock = await house.raw.transaction()
      await lock('payments').where({ id }).forUpdate()
      try {
        return await work()
      } finally {
        await lock.rollback()
      }
    }

    test('a client that goes away takes its write with it; sent again, it learns that first and then may write', async () => {
      const before = await amount(2)
      await whileLocked(2, async () => {
        expect(await impatient(raise(2))).toBe('gave up')
        while (!house.trail().includes('CARDEA_ABANDONED')) await sleep(20)
      })
      expect(await amount(2)).toBe(before)
      const again = await door.post('/v1/execute', raise(2))
      expect(again.body).toMatchObject({ status: 'denied', code: 'CARDEA_ABANDONED', retryable: false })
      expect(again.headers.get('idempotent-replayed')).toBe('true')
      expect(await amount(2)).toBe(before)
      expect((await door.post('/v1/execute', raise(2))).body).toEqual({
        status: 'executed',
        affected_rows: 1,
      })
      expect(await amount(2)).toBe(before + 1)
    })

    test('a client that goes away while its answer is on the way gets it when it sends the call again', async () => {
      const before = await amount(3)
      const slow = await openDoor({ entrance: delayed(houseEntrance(house)) })
      try {
        expect(await impatient(raise(3), {}, slow.url)).toBe('gave up')
        while ((await amount(3)) === before) await sleep(20)
        const again = await slow.post('/v1/execute', raise(3))
        expect(again.body).toEqual({ status: 'executed', affected_rows: 1 })
        expect(again.headers.get('idempotent-replayed')).toBe('true')
        expect(await amount(3)).toBe(before + 1)
      } finally {
        await slow.close()
      }
    })

    test('a call with a key runs once, however often it is sent', async () => {
      const before = await amount(4)
      const headers = { 'idempotency-key': '"raise-4"' }
      const first = await door.post('/v1/execute', raise(4), headers)
      expect([first.body['status'], first.headers.get('idempotent-replayed')]).toEqual(['executed', null])
      for (const key of ['"raise-4"', 'raise-4']) {
        const again = await door.post('/v1/execute', raise(4), { 'idempotency-key': key })
        expect([again.text, again.headers.get('idempotent-replayed')]).toEqual([first.text, 'true'])
      }
      expect(await amount(4)).toBe(before + 1)

      const other = await door.post('/v1/execute', raise(5), { ...headers, prefer: 'status=http' })
      expect([other.status, other.body['code']]).toEqual([422, 'CARDEA_IDEMPOTENCY_KEY'])
      // Whose key it is counts.
      const bob = await door.post('/v1/execute', raise(4), {
        ...headers,
        authorization: 'Bearer token-of-bob',
      })
      expect(bob.headers.get('idempotent-replayed')).toBeNull()
      expect(await amount(4)).toBe(before + 2)
    })

    test('equal calls at once share one run', async () => {
      const before = await amount(6)
      const answers = await whileLocked(6, async () => {
        const calls = Array.from({ length: 5 }, () =>
          door.post('/v1/execute', raise(6), { 'idempotency-key': 'once' }),
        )
        await sleep(200)
        return calls
      })
      const bodies = (await Promise.all(answers)).map(({ body }) => body)
      expect(bodies).toEqual(Array(5).fill({ status: 'executed', affected_rows: 1 }))
      expect(await amount(6)).toBe(before + 1)
    })

    test('without a key, equal calls whose answers arrive all run', async () => {
      const before = await amount(8)
      for (const _ of [1, 2])
        expect((await door.post('/v1/execute', raise(8))).body['status']).toBe('executed')
      expect(await amount(8)).toBe(before + 2)
    })

    test.each(['', '"', '"a', 'a"b', 'ä', 'x'.repeat(256), '"a", "b"'])(
      'a key %j is refused, and nothing runs',
      async key => {
        const before = await amount(9)
        const { status, body } = await door.post('/v1/execute', raise(9), {
          'idempotency-key': Buffer.from(key).toString('latin1'),
        })
        expect([status, body['code']]).toEqual([400, 'CARDEA_REQUEST_REFUSED'])
        expect(await amount(9)).toBe(before)
      },
    )

    test('a read is given up as well', async () => {
      // Without a condition MySQL would multiply the tables' numbers of rows.
      const sql =
        'select count(*) from payments a, payments b, payments c, payments d, payments e, payments f, payments g, payments h where a.id + h.id > 0'
      const response = await fetch(`${door.url}/v1/query`, {
        method: 'POST',
        headers: { authorization: 'Bearer token-of-alice', 'content-type': 'application/json' },
        body: JSON.stringify({ sql }),
        signal: AbortSignal.timeout(300),
      }).catch(() => undefined)
      expect(response).toBeUndefined()
      const running =
        engine === 'postgres'
          ? "select count(*) as n from pg_stat_activity where state = 'active' and query like 'select count(*) from payments a%'"
          : "select count(*) as n from information_schema.processlist where info like 'select count(*) from payments a%'"
      let left = 1
      for (let tries = 0; left > 0 && tries < 50; tries += 1) {
        await sleep(100)
        const found = await house.raw.raw(running)
        left = Number((engine === 'postgres' ? found.rows : found[0])[0].n)
      }
      expect(left).toBe(0)
    })
  })
}

/** Writes at once, and lets nobody know for longer than the client waits. */
function delayed(entrance: Entrance): Entrance {
  return {
    ...entrance,
    admit(visitor) {
      const { tools, statements } = entrance.admit(visitor)
      const callTool: Toolbox['callTool'] = async (name, args) => {
        const result = await tools.callTool(name, args)
        await sleep(600)
        return result
      }
      return {
        statements,
        tools: { listTools: () => tools.listTools(), mayWrite: name => tools.mayWrite(name), callTool },
      }
    },
  }
}
