/** What third-party suites have found: answers of the server's that a session must not lose. */
import { once } from 'node:events'
import net from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import pg from 'pg'
import { allowAllPolicy } from '../../../../src/testing/index.js'
import { describePostgres } from '../../../support/databases.js'
import { openWire, type Wire } from '../kit.js'

describePostgres('a session under a policy that allows everything', () => {
  let wire: Wire
  let client: pg.Client
  const told = new Map<string, string>()
  beforeAll(async () => {
    wire = await openWire({ also: { policy: allowAllPolicy() } })
    client = await wire.connect({ options: '-c datestyle=Postgres,DMY -c extra_float_digits=0' })
    // Knows nothing of who sent it: the last word of the server counts.
    const wireOf = (client as unknown as { connection: NodeJS.EventEmitter }).connection
    wireOf.on('parameterStatus', (message: { parameterName: string; parameterValue: string }) =>
      told.set(message.parameterName, message.parameterValue),
    )
  })
  afterAll(async () => {
    await client.end()
    await wire.close()
  })
  const style = async (): Promise<unknown> => (await client.query('show datestyle')).rows[0]?.DateStyle

  test.each([
    ['simple', 'select from payments where id < 4'],
    ['extended', { text: 'select from payments where id < $1', values: [4] }],
    ['named', { name: 'none', text: 'select from payments where id < $1', values: [4] }],
    ['again', { name: 'none', text: 'select from payments where id < $1', values: [4] }],
  ])('rows without columns are described before they come: %s', async (_, query) => {
    expect((await client.query(query as string)).rows).toEqual([{}, {}, {}])
    const { rows } = await client.query("update payments set status = 'open' where id = 1")
    expect(rows).toEqual([])
  })

  test('what the server says before it fails comes before the failure', async () => {
    const heard: (string | undefined)[] = []
    const listen = (notice: { message?: string | undefined }): number => heard.push(notice.message)
    client.on('notice', listen)
    const text = "do $$ begin raise notice 'one'; raise warning 'two'; perform 1 / 0; end $$"
    await expect(client.query(text)).rejects.toThrow('division by zero')
    client.off('notice', listen)
    expect(heard).toEqual(['one', 'two'])
  })

  test('an error comes with all that the server says of it', async () => {
    await client.query(
      "create function failing() returns int language plpgsql as 'begin return nothing; end'",
    )
    await expect(client.query('select failing()')).rejects.toMatchObject({
      code: '42703',
      internalQuery: 'nothing',
      internalPosition: '1',
      where: expect.stringContaining('failing()'),
      file: expect.stringMatching(/\.c$/),
      line: expect.stringMatching(/^\d+$/),
      routine: 'errorMissingColumn',
    })
  })

  test.each(['reset datestyle', 'reset DateStyle', 'set datestyle to default', 'reset all', 'discard all'])(
    '%s goes back to what the client asked for at start',
    async text => {
      await client.query("set datestyle to 'German'")
      expect(await style()).toBe('German, DMY')
      await client.query(text)
      expect(await style()).toBe('Postgres, DMY')
      expect(told.get('DateStyle')).toBe('Postgres, DMY')
      await client.query({ text, values: [] })
      expect(await style()).toBe('Postgres, DMY')
    },
  )

  test('in a block that is rolled back nothing was reset', async () => {
    await client.query("set datestyle to 'German'")
    await client.query('begin')
    await client.query('reset datestyle')
    expect(await style()).toBe('Postgres, DMY')
    await client.query('set transaction isolation level serializable')
    await client.query('rollback')
    expect(await style()).toBe('German, DMY')
    await client.query("reset datestyle; set datestyle to 'SQL'; reset datestyle")
    expect(await style()).toBe('Postgres, DMY')
  })

  test.each([
    "set client_encoding to 'latin1'",
    "set names 'sjis'",
    'set standard_conforming_strings = off',
    "set local client_encoding = 'sql_ascii'",
  ])('%s fails, whatever policy says, and the session goes on', async text => {
    await expect(client.query(text)).rejects.toMatchObject({ code: '22023' })
    await client.query('begin')
    await expect(client.query(text)).rejects.toMatchObject({ code: '22023' })
    await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' })
    await client.query('rollback')
    expect((await client.query("set client_encoding to 'utf-8'")).command).toBe('SET')
    expect((await client.query("select 'a\\b' as it")).rows).toEqual([{ it: 'a\\b' }])
  })

  test('SET LOCAL to the default lasts as long as its transaction', async () => {
    await client.query("set datestyle to 'German'")
    await client.query('begin')
    await client.query('set local datestyle to default')
    expect(await style()).toBe('Postgres, DMY')
    await client.query('commit')
    expect(await style()).toBe('German, DMY')
    await client.query('reset datestyle')
  })

  test('an implicit transaction that fails takes back what it reset', async () => {
    await client.query("set datestyle to 'German'")
    await expect(client.query('reset datestyle; select 1/0')).rejects.toThrow('division by zero')
    expect(await style()).toBe('German, DMY')
  })

  test('an answer does not wait for what the client has asked for next', async () => {
    const other = await wire.connect({ pipeline: true } as pg.ClientConfig)
    await wire.sql('create table gate (id int)')
    const holder = new pg.Client(wire.database.url)
    await holder.connect()
    await holder.query('begin; lock table gate')
    const held = holder.query('select 1')
    const [first, second] = [other.query('select 1 as one'), other.query('select count(*) from gate')]
    expect((await first).rows).toEqual([{ one: 1 }])
    await held
    await holder.query('commit')
    expect((await second).rows).toEqual([{ count: '0' }])
    await Promise.all([other.end(), holder.end()])
  })

  test.each([
    'select pg_terminate_backend(pg_backend_pid())',
    'select pg_terminate_backend(pg_backend_pid()), pg_sleep(10)',
  ])('a connection that the server ends is told in its own words: %s', async text => {
    const other = await wire.connect()
    other.on('error', () => {})
    await expect(other.query(text)).rejects.toMatchObject({
      severity: 'FATAL',
      code: '57P01',
      message: 'terminating connection due to administrator command',
    })
  })

  test('a client that leaves before it has begun is not answered', async () => {
    const socket = net.connect(wire.port, '127.0.0.1')
    let answer = 0
    socket.on('data', chunk => {
      answer += chunk.length
    })
    // What a driver sends that leaves before it has begun: Terminate.
    socket.write(Buffer.from([0x58, 0, 0, 0, 4]))
    await once(socket, 'close')
    expect(answer).toBe(0)
  })
})
