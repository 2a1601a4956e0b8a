/** What no driver sends, or does: bytes at random, halves of connections, values in a form that was not judged. */
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parsePolicy } from '../../../../src/index.js'
import { PAN, POLICY } from '../../../support/billing.js'
import { describePostgres } from '../../../support/databases.js'
import { openWire, type Wire } from '../kit.js'
import { bind, errorOf, execute, parse, query, rawClient, SYNC } from '../raw-client.js'

describePostgres('hostile bytes', () => {
  let wire: Wire
  beforeAll(async () => {
    wire = await openWire({ limits: { messageBytes: 1_048_576 } })
  })
  afterAll(() => wire.close())
  const alive = async (): Promise<void> => {
    const client = await wire.connect()
    expect((await client.query('select count(*)::int as n from cards')).rows).toEqual([{ n: 2 }])
    expect((await client.query('select count(*)::int as n from payments')).rows).toEqual([{ n: 20 }])
    await client.end()
  }
  const gone = async (): Promise<void> => {
    for (let tries = 0; tries < 100 && wire.sessions.size > 0; tries++) await pause(20)
    expect(wire.sessions.size).toBe(0)
  }

  test('bytes at random after login end the session or are refused, and nobody else notices', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async bytes => {
        const client = await rawClient(wire.port)
        client.send(Buffer.from(bytes))
        client.socket.end()
        await Promise.race([client.ended, pause(3_000)])
        expect(client.heard().includes(PAN)).toBe(false)
        client.socket.destroy()
      }),
      { numRuns: 60 },
    )
    await gone()
    await alive()
  })

  test('messages of known types with bodies at random are refused one by one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...'PBDECHSQFcdf'),
        fc.uint8Array({ maxLength: 80 }),
        async (type, body) => {
          const client = await rawClient(wire.port)
          const head = Buffer.alloc(5)
          head.write(type, 'latin1')
          head.writeInt32BE(body.length + 4, 1)
          client.send(head, Buffer.from(body), SYNC, query('select 1'))
          await Promise.race([client.ready(2), client.ended, pause(3_000)]).catch(() => {})
          expect(client.heard().includes(PAN)).toBe(false)
          client.socket.destroy()
        },
      ),
      { numRuns: 60 },
    )
    await gone()
    await alive()
  })

  test.each([
    [0, '42501', true],
    [1, '54000', false],
  ])('a whole Parse of the limit and %d bytes more: %s', async (more, code, goesOn) => {
    const client = await rawClient(wire.port)
    const text = 'select 1 as padded '
    const frame = parse('', text.padEnd(text.length + 1_048_576 + more - parse('', text).length))
    expect(frame.length).toBe(1_048_576 + more)
    client.send(frame, bind('', ''), execute(''), SYNC, query('select 1 as one'))
    if (goesOn) {
      expect(errorOf(await client.ready())?.['C']).toBe(code)
      expect(errorOf(await client.ready())).toBeUndefined()
    } else {
      await client.ended
      expect(errorOf(await client.ready())).toMatchObject({ S: 'FATAL', C: code })
    }
    client.socket.destroy()
    await gone()
  })

  test('a message beyond the limit ends the session with 54000 before it has come', async () => {
    const client = await rawClient(wire.port)
    const head = Buffer.from([0x51, 0x40, 0, 0, 0])
    client.send(head)
    await client.ended
    expect(client.heard().toString('latin1')).toContain('C54000')
    await gone()
  })

  test('a client that closes its half in the middle of its statement is gone, and so is its transaction', async () => {
    const client = await rawClient(wire.port)
    client.send(query('begin'), query("update payments set status = 'half' where id = 9"))
    await client.ready(2)
    client.socket.end()
    await Promise.race([once(client.socket, 'close'), pause(3_000)])
    await gone()
    expect(await wire.sql('select status from payments where id = 9')).toEqual([{ status: 'open' }])
  })

  test('a value in binary is the value that is judged and recorded, never a card number in the open', async () => {
    const client = await rawClient(wire.port)
    const big = Buffer.alloc(8)
    big.writeBigInt64BE(BigInt(PAN))
    const answers = await client.exchange(
      parse('', 'select id from payments where amount::int8 = $1'),
      bind('', '', { values: [big], formats: [1] }),
      execute(''),
      SYNC,
    )
    expect(errorOf(answers)).toBeUndefined()
    expect(wire.trail()).not.toContain(PAN)
    expect(wire.trail()).not.toContain(big.toString('hex'))
    expect(wire.trail()).toContain('411111******1111')
    client.socket.destroy()
  })

  test('a policy that is replaced in the middle of a transaction decides what comes after', async () => {
    const client = await wire.connect()
    await client.query('begin')
    await client.query("update payments set status = 'before' where id = 11")
    await wire.governed.replacePolicy(
      parsePolicy(POLICY.replace(/ {2}- \{ id: settle.*\n/, ''), { file: 'policy.yaml' }),
    )
    await expect(client.query("update payments set status = 'after' where id = 11")).rejects.toMatchObject({
      code: '42501',
    })
    await client.query('rollback')
    expect(await wire.sql('select status from payments where id = 11')).toEqual([{ status: 'open' }])
    await wire.governed.replacePolicy(parsePolicy(POLICY, { file: 'policy.yaml' }))
    await client.end()
  })
})
