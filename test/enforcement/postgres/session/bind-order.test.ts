/** A Bind waits for its Execute; what a client sends between the two must not make it another statement's. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import {
  closeMessage,
  describePortal,
  executeMessage,
  parseMessage,
  plainBind,
} from '../../../../src/enforcement/postgres/session/requests.js'
import { cString, message } from '../../../../src/enforcement/upstream/postgres/messages.js'
import { describePostgres } from '../../../support/databases.js'
import { openWire, type Wire } from '../kit.js'
import { rawClient } from '../raw-client.js'

const SYNC = message('S')
const HARMLESS = 'select id from payments where id = 1'
/** A write that policy lets pass, so that no read-only bracket stands in the way of another. */
const ALLOWED = "update payments set status = 'x' where id = 1"
const FORBIDDEN = 'drop table victim'

describePostgres('a Bind that waits', () => {
  let wire: Wire
  beforeAll(async () => {
    wire = await openWire()
  })
  afterAll(async () => {
    await wire.close()
  })
  beforeEach(async () => {
    await wire.sql('create table if not exists victim (id int)')
  })
  const ask = async (...parts: readonly Buffer[]): Promise<string> => {
    const client = await rawClient(wire.port)
    const rounds = parts.filter(part => part[0] === 0x53 || part[0] === 0x51).length
    client.send(...parts)
    const answers = await client.ready(rounds)
    client.socket.destroy()
    return answers.map(({ type }) => type).join('')
  }
  const query = (text: string): Buffer => message('Q', cString(text))
  const run = (portal: string): Buffer => executeMessage(portal, 0)

  test.each<[string, readonly Buffer[]]>([
    [
      'Parse of the unnamed statement',
      [parseMessage('', ALLOWED), plainBind('p', ''), parseMessage('', FORBIDDEN), run('p'), SYNC],
    ],
    [
      'Close and Parse of a name',
      [
        parseMessage('s', ALLOWED),
        plainBind('p', 's'),
        closeMessage('S', 's'),
        parseMessage('s', FORBIDDEN),
        run('p'),
        SYNC,
      ],
    ],
    [
      'DEALLOCATE and PREPARE, executed',
      [
        query('begin'),
        parseMessage('s', ALLOWED),
        plainBind('p', 's'),
        ...[parseMessage('', 'deallocate s'), plainBind('', ''), run('')],
        ...[parseMessage('', `prepare s as ${FORBIDDEN.replace('drop table', 'delete from')}`)],
        ...[plainBind('', ''), run(''), run('p'), SYNC],
      ],
    ],
    [
      'DEALLOCATE and PREPARE as a simple query',
      [
        query('begin'),
        parseMessage('s', ALLOWED),
        plainBind('p', 's'),
        query('deallocate s; prepare s as delete from victim'),
        run('p'),
        SYNC,
        query('commit'),
      ],
    ],
  ])('is not bound to what came after it: %s', async (_, parts) => {
    await wire.sql('insert into victim values (1)')
    await ask(...parts)
    expect(await wire.sql('select count(*)::int > 0 as it from victim')).toEqual([{ it: true }])
  })

  test.each([
    ['executed', run('p')],
    ['described', describePortal('p')],
    ['left', Buffer.alloc(0)],
  ])('is given up where it is refused: %s', async (_, then) => {
    const refused = [parseMessage('s', FORBIDDEN), plainBind('p', 's'), then, SYNC]
    const parts = [query('begin'), ...refused, SYNC, query('rollback'), query('select 1')]
    expect(await ask(...parts.filter(({ length }) => length > 0))).toMatch(/^CZ12?EZZCZTDCZ$/)
  })

  test('is answered in its place, whatever follows', async () => {
    const prepare = parseMessage('s', HARMLESS)
    expect(await ask(prepare, plainBind('p', 's'), plainBind('q', 's'), run('p'), run('q'), SYNC)).toBe(
      '122DCDCZ',
    )
    expect(await ask(prepare, plainBind('', 's'), plainBind('', 's'), run(''), SYNC)).toBe('122DCZ')
    expect(await ask(prepare, plainBind('p', 's'), closeMessage('P', 'p'), SYNC)).toBe('123Z')
    expect(await ask(prepare, plainBind('p', 's'), parseMessage('t', HARMLESS), run('p'), SYNC)).toBe(
      '121DCZ',
    )
    expect(
      await ask(prepare, plainBind('p', 's'), plainBind('q', 's'), describePortal('p'), run('p'), SYNC),
    ).toBe('122TDCZ')
    expect(await ask(prepare, plainBind('', 's'), query('select 1'))).toBe('12TDCZ')
  })
})
