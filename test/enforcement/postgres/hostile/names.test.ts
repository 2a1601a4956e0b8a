/** Names that the gateway and the server could take for different things. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { PAN } from '../../../support/billing.js'
import { describePostgres } from '../../../support/databases.js'
import { openWire, type Wire } from '../kit.js'
import {
  bind,
  close,
  errorOf,
  execute,
  parse,
  query,
  type RawClient,
  rawClient,
  SYNC,
} from '../raw-client.js'

describePostgres('names that mean two things', () => {
  let wire: Wire
  let client: RawClient
  beforeAll(async () => {
    wire = await openWire()
  })
  afterAll(() => wire.close())
  beforeEach(async () => {
    await wire.sql(`truncate cards; insert into cards values (1, '${PAN}'), (2, '5500005555555559')`)
  })

  const asked = (...parts: readonly Buffer[]) => client.exchange(...parts, SYNC)
  const say = async (...texts: readonly string[]) => {
    for (const text of texts) await client.exchange(query(text))
  }
  const open = async () => {
    client = await rawClient(wire.port)
  }
  const untouched = async () => {
    expect(await wire.sql('select count(*)::int as n from cards')).toEqual([{ n: 2 }])
    expect(client.heard().includes(PAN)).toBe(false)
    client.socket.destroy()
  }

  const LONG = 'a'.repeat(63)
  /** A write that the policy lets pass, so that no read-only bracket stands in the way of another. */
  const ALLOWED = "update payments set status = 'x' where id = 1"

  test('a statement whose name the server cuts short is not judged as another', async () => {
    await open()
    await asked(parse(`${LONG}x`, ALLOWED))
    await asked(parse(`${LONG}y`, 'delete from cards'))
    await asked(close('S', `${LONG}y`))
    await asked(parse(`${LONG}y`, 'delete from cards'))
    await asked(bind('', `${LONG}x`), execute(''))
    await untouched()
  })

  test('a portal whose name the server cuts short is not run as another', async () => {
    await open()
    await asked(
      ...[parse('safe', ALLOWED), parse('bad', 'delete from cards'), bind(`${LONG}x`, 'safe')],
      ...[close('P', `${LONG}y`), bind(`${LONG}y`, 'bad'), execute(`${LONG}x`)],
    )
    await untouched()
  })

  test.each([
    ['cardea_read_only', 'delete from cards'],
    ['cardea_savepoint', 'delete from cards'],
    ['cardea_roll_back', 'delete from cards'],
  ])('SQL does not put a statement in the place of %s', async (name, bad) => {
    await open()
    await client.exchange(query('select id from payments'))
    await say('begin', 'select id from payments', 'commit', `deallocate ${name}`, `prepare ${name} as ${bad}`)
    await say('select id from payments', 'begin', 'select id from payments', 'commit')
    await untouched()
  })

  test('SQL does not close or open a portal in the name of Cardea’s own', async () => {
    await open()
    await say('begin', 'declare cardea_portal cursor for select id from payments', 'close cardea_portal')
    await untouched()
  })

  test('a statement that is prepared anew under its name is judged anew', async () => {
    await open()
    await asked(parse('s', 'select id from payments'), bind('', 's'), execute(''))
    await asked(close('S', 's'))
    await asked(parse('s', 'delete from cards'))
    expect(errorOf(await asked(bind('', 's'), execute('')))?.['C']).toBe('42501')
    await untouched()
  })

  test('SQL’s DEALLOCATE and PREPARE change what a name of the protocol means', async () => {
    await open()
    await asked(parse('s', 'select id from payments'))
    await say('deallocate s', 'prepare s as delete from cards')
    expect(errorOf(await asked(bind('', 's'), execute('')))?.['C']).toBe('42501')
    expect(errorOf(await client.exchange(query('execute s')))?.['C']).toBe('42501')
    await untouched()
  })

  test('names in SQL are cut and folded as the server does', async () => {
    await open()
    await say(`prepare ${LONG}x as select 1`, `deallocate ${LONG}`, `prepare ${LONG}z as delete from cards`)
    expect(errorOf(await client.exchange(query(`execute ${LONG}x`)))?.['C']).toBe('42501')
    await untouched()
  })

  test('a cursor that is closed and opened anew is judged as what it is', async () => {
    await open()
    await say(
      ...['begin', 'declare c cursor with hold for select 1 as one', 'commit', 'close c', 'begin'],
      ...['declare c cursor for select id, pan from cards', 'fetch all from c', 'commit'],
    )
    await untouched()
  })

  test('a savepoint that brings a name back brings back no other meaning', async () => {
    await open()
    await say(
      'prepare s as select 1',
      'begin',
      'savepoint a',
      'deallocate s',
      'prepare s as delete from cards',
    )
    await say('rollback to savepoint a', 'execute s', 'rollback', 'execute s')
    await untouched()
  })

  test('a statement whose Parse failed has no name', async () => {
    await open()
    await asked(parse('s', 'select id from payments'))
    await asked(parse('s', 'delete from cards'))
    const answers = await asked(bind('', 's'), execute(''))
    expect(errorOf(answers)).toBeUndefined()
    await untouched()
  })
})
