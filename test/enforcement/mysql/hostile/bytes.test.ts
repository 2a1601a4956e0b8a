/** What no driver sends, or does: a session in the smallest pieces, and bytes of one that have been changed on the way. */
import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import mysql from 'mysql2/promise'
import { packet } from '../../../../src/enforcement/upstream/mysql/packets.js'
import { COMMAND, int } from '../../../../src/enforcement/upstream/mysql/wire.js'
import { PAN } from '../../../support/billing.js'
import { describeMariadb } from '../../../support/databases.js'
import { answerTo, command, execute, query, type RawClient, rawClient } from '../raw-client.js'
import { openWire, type Wire } from '../wire.js'

const RUNS = Number(process.env['CARDEA_BYTES_RUNS'] ?? 25)

describeMariadb('hostile bytes at the MySQL door', () => {
  let wire: Wire
  beforeAll(async () => {
    wire = await openWire({ limits: { packetBytes: 1_048_576 } })
  })
  afterAll(() => wire.close())

  const expectAlive = async (): Promise<void> => {
    for (let tries = 0; tries < 300 && wire.used() > 0; tries++) await pause(20)
    expect(wire.used()).toBe(0)
    const client = await rawClient(wire.port)
    const packets = await answerTo(client, query('select id, pan from cards where id = 1'))
    expect(Buffer.concat(packets).includes('411111******1111')).toBe(true)
    client.socket.destroy()
    expect(await wire.sql('select count(*) as n from cards')).toEqual([{ n: 2 }])
    expect(await wire.sql('select count(*) as n from payments')).toEqual([{ n: 20 }])
  }
  /** Card numbers, as text and as the binary protocol writes a BIGINT. */
  const NUMBER = Buffer.alloc(8)
  NUMBER.writeBigInt64LE(BigInt(PAN))
  const expectSilence = (heard: Buffer): void => {
    expect(heard.includes(PAN)).toBe(false)
    expect(heard.includes(NUMBER)).toBe(false)
  }

  /** What a client says goes on in pieces of so many bytes. */
  async function inPieces(size: number, work: (port: number) => Promise<unknown>): Promise<unknown> {
    const server = net.createServer(client => {
      const door = net.connect(wire.port, '127.0.0.1').setNoDelay(true)
      door.on('error', () => client.destroy()).pipe(client)
      client.on('error', () => door.destroy()).once('close', () => door.destroy())
      let sent = Promise.resolve()
      client.on('data', chunk => {
        for (let at = 0; at < chunk.length; at += size) {
          const piece = chunk.subarray(at, at + size)
          sent = sent.then(() => new Promise(resolve => void door.write(piece, () => setImmediate(resolve))))
        }
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    try {
      return await work((server.address() as net.AddressInfo).port)
    } finally {
      server.close()
    }
  }

  async function session(port: number): Promise<unknown> {
    const client = await mysql.createConnection({
      ...{ host: '127.0.0.1', port, user: 'bot', password: 'any', database: 'billing' },
    })
    try {
      const said: unknown[] = [
        (await client.query('select id, pan, number, note from cards order by id'))[0],
        (
          await client.execute('select n, name from numbers where n < ? and name <> ?', [4, 'é'.repeat(300)])
        )[0],
        await client.query('drop table cards').catch(({ errno }) => errno),
      ]
      await client.beginTransaction()
      said.push((await client.execute('update payments set status = ? where id = ?', ['in pieces', 3]))[0])
      await client.rollback()
      return said
    } finally {
      client.destroy()
    }
  }

  test('a session in pieces of any size is the same session', async () => {
    const whole = await session(wire.port)
    expect(JSON.stringify(whole)).toContain('411111******1111')
    for (const size of [1, 2, 3, 5, 64]) expect(await inPieces(size, session)).toEqual(whole)
  })

  /** A whole session behind the sign-in, packet by packet; ids of statements are guessed. */
  const SESSION: readonly Buffer[] = [
    query('select id, pan, number, note from cards'),
    command(COMMAND.stmtPrepare, 'select pan, number from cards where id = ?'),
    execute(1, Buffer.from([0, 1]), int(3, 2), int(1, 4)),
    query("update payments set status = 'x' where id = 1"),
    command(COMMAND.stmtSendLongData, int(1, 4), int(0, 2), '1'),
    query('select count(*) from numbers where n < 100'),
    command(COMMAND.stmtClose, int(1, 4)),
    command(COMMAND.ping),
  ]

  async function survive(send: (client: RawClient) => void): Promise<void> {
    const client = await rawClient(wire.port)
    send(client)
    client.socket.end()
    await Promise.race([
      new Promise(resolve => client.socket.once('close', resolve)),
      pause(5_000, undefined, { ref: false }),
    ])
    expectSilence(client.bytes())
    client.socket.destroy()
  }

  test('packets with bytes changed, left out or doubled are refused one by one, and nobody else notices', async () => {
    const mutation = fc.record({
      at: fc.nat(),
      kind: fc.constantFrom('flip', 'drop', 'double', 'cut'),
      bit: fc.nat({ max: 7 }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: SESSION.length - 1 }),
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        async (which, mutations) => {
          const changed = mutations.reduce<Buffer>((bytes, { at, kind, bit }) => {
            const place = at % Math.max(1, bytes.length)
            const [head, byte = 0, tail] = [bytes.subarray(0, place), bytes[place], bytes.subarray(place + 1)]
            if (kind === 'flip') return Buffer.concat([head, Buffer.from([byte ^ (1 << bit)]), tail])
            if (kind === 'double') return Buffer.concat([head, Buffer.from([byte, byte]), tail])
            return kind === 'drop' ? Buffer.concat([head, tail]) : head
          }, SESSION[which] as Buffer)
          await survive(({ socket }) => {
            for (const [at, payload] of SESSION.entries())
              socket.write(packet(at === which ? changed : payload))
          })
        },
      ),
      { numRuns: RUNS },
    )
    await expectAlive()
  })

  test('a stream with bytes changed anywhere, lengths and numbers too, ends the session or is refused', async () => {
    const stream = Buffer.concat(SESSION.map(payload => packet(payload)))
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: stream.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, by) => {
          const changed = Buffer.from(stream)
          changed[at] = (changed[at] as number) ^ by
          await survive(({ socket }) => void socket.write(changed))
        },
      ),
      { numRuns: RUNS },
    )
    await expectAlive()
  })

  test('bytes at random behind the sign-in end the session or are refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), bytes =>
        survive(({ socket }) => void socket.write(Buffer.from(bytes))),
      ),
      { numRuns: RUNS },
    )
    await expectAlive()
  })
})
