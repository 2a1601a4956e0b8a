/** Every command that the protocol has a byte for, and every byte that it has none for. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { COMMAND, int, STATUS } from '../../../../src/enforcement/upstream/mysql/wire.js'
import { describeMariadb } from '../../../support/databases.js'
import { answerTo, command, errorIn, query, type RawClient, rawClient } from '../raw-client.js'
import { openWire, type Wire } from '../wire.js'

interface Disposed {
  readonly payload: Buffer
  /** An error number, or the first byte of another answer; undefined: nobody answers. */
  readonly answer: number | undefined
  /** The same of the byte alone. */
  readonly bare: number | undefined
}

const [OK, EOF] = [0x00, 0xfe]
const MALFORMED = 1835

/** All others are not offered: 1047. */
const GOVERNED: Readonly<Record<number, Disposed>> = {
  [COMMAND.initDb]: { payload: Buffer.from('payroll'), answer: 1044, bare: 1044 },
  [COMMAND.query]: { payload: Buffer.from('drop table cards'), answer: 1142, bare: 1065 },
  [COMMAND.statistics]: { payload: Buffer.alloc(0), answer: 0x55, bare: 0x55 },
  [COMMAND.processKill]: { payload: int(0x7fff_ffff, 4), answer: 1094, bare: MALFORMED },
  [COMMAND.ping]: { payload: Buffer.from('more'), answer: OK, bare: OK },
  [COMMAND.stmtPrepare]: { payload: Buffer.from('drop table cards'), answer: 1142, bare: 1065 },
  [COMMAND.stmtExecute]: {
    payload: Buffer.concat([int(1, 4), Buffer.alloc(1), int(1, 4)]),
    answer: 1243,
    bare: MALFORMED,
  },
  [COMMAND.stmtSendLongData]: {
    payload: Buffer.concat([int(1, 4), int(0, 2), Buffer.from('x')]),
    answer: undefined,
    bare: MALFORMED,
  },
  [COMMAND.stmtClose]: { payload: int(1, 4), answer: undefined, bare: MALFORMED },
  [COMMAND.stmtReset]: { payload: int(1, 4), answer: 1243, bare: MALFORMED },
  [COMMAND.setOption]: { payload: int(0, 2), answer: 1235, bare: MALFORMED },
  [COMMAND.resetConnection]: { payload: Buffer.from('more'), answer: OK, bare: OK },
}
const NOT_OFFERED: Disposed = { payload: Buffer.from('cards\0'), answer: 1047, bare: 1047 }
const BYTES = Array.from({ length: 256 }, (_, byte) => byte).filter(byte => byte !== COMMAND.quit)

describeMariadb('commands of the MySQL protocol', () => {
  let wire: Wire
  let client: RawClient
  beforeAll(async () => {
    wire = await openWire()
    client = await rawClient(wire.port)
  })
  afterAll(() => {
    client.socket.destroy()
    return wire.close()
  })

  const answerOf = async (payload: Buffer, answer: number | undefined): Promise<number | undefined> => {
    client.send(payload)
    if (answer === undefined) return undefined
    const said = await client.next()
    return errorIn(said)?.errno ?? said?.[0]
  }
  /** The session stands as it did: its transaction, its masks. */
  const expectUntouched = async (): Promise<void> => {
    const pong = await client.ask(command(COMMAND.ping))
    expect(pong?.readUInt16LE(3)).toBe(STATUS.autocommit | STATUS.inTransaction)
    const packets = await answerTo(client, query('select id, pan from cards where id = 1'))
    expect(packets.map(each => each.toString('latin1')).join('')).toContain('\u00011\u0010411111******1111')
    expect(packets).toHaveLength(5)
  }

  test.each(BYTES.map(byte => [`0x${byte.toString(16).padStart(2, '0')}`, byte] as const))(
    'command %s is governed or refused by name, and the session stands as it did',
    async (_, byte) => {
      await answerTo(client, query('begin'))
      const { payload, answer, bare } = GOVERNED[byte] ?? NOT_OFFERED
      expect(await answerOf(command(byte, payload), answer)).toBe(answer)
      expect(await answerOf(command(byte), bare)).toBe(bare)
      if (byte === COMMAND.resetConnection) await answerTo(client, query('begin'))
      await expectUntouched()
    },
  )

  test('an empty command is none', async () => {
    await answerTo(client, query('begin'))
    expect(await answerOf(Buffer.alloc(0), 1047)).toBe(1047)
    await expectUntouched()
  })

  test('several statements may be switched off, and not on', async () => {
    expect(await answerOf(command(COMMAND.setOption, int(1, 2)), EOF)).toBe(EOF)
    expect(await answerOf(command(COMMAND.setOption, int(2, 2)), 1235)).toBe(1235)
  })

  test('0x01 ends the session without a word, whatever stands behind it', async () => {
    const other = await rawClient(wire.port)
    other.send(command(COMMAND.quit, 'select 1'))
    other.send(query('select pan from cards'))
    expect(await other.next()).toBeUndefined()
  })
})
