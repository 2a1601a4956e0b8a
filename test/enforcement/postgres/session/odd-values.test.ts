/** Values and results that are not what they were taken for: bytes that are no UTF-8, a byte that is none, columns that have changed. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import pg from 'pg'
import { PAN, TABLES } from '../../../support/billing.js'
import { type Database, describePostgres, postgres } from '../../../support/databases.js'
import { recordsBySession } from '../../governance/records.js'
import { openWire, type Wire } from '../kit.js'
import {
  type Answer,
  bind,
  errorOf,
  execute,
  parse,
  query,
  type RawClient,
  rawClient,
  SYNC,
} from '../raw-client.js'

const FORMATS = [
  ['text', 0],
  ['binary', 1],
] as const

/** The cells of all rows, in order. */
function cells(answers: readonly Answer[]): (Buffer | null)[] {
  return answers
    .filter(({ type }) => type === 'D')
    .flatMap(({ body }) => {
      let at = 2
      return Array.from({ length: body.readInt16BE(0) }, () => {
        const length = body.readInt32BE(at)
        const cell = length < 0 ? null : body.subarray(at + 4, at + 4 + length)
        at += 4 + Math.max(0, length)
        return cell
      })
    })
}

async function ask(client: RawClient, text: string, format: number): Promise<readonly Answer[]> {
  return client.exchange(parse('', text), bind('', '', { results: [format] }), execute(''), SYNC)
}

/** Of a statement, in each session. */
const recorded = (wire: Wire, session: string, text: string): unknown =>
  recordsBySession(wire.trail()).get(session)?.get(text)

describePostgres('a database that knows of no encoding', () => {
  let wire: Wire
  beforeAll(async () => {
    wire = await openWire({
      database: withoutEncoding,
      tables: `${TABLES}
        create table notes (id int primary key, note text);
        insert into notes values
          (1, E'caf\\xe9 ${PAN} cr\\xe8me'),
          (2, E'\\xff${PAN}\\xfe'),
          (3, E'\\xc3${PAN}'),
          (4, E'nothing \\xf0\\x9f here'),
          (5, E'${PAN}\\xe2\\x82'),
          (11, E'caf\\xc3\\xa9 ${PAN}'),
          (12, E'\\xe2\\x82\\xac 12');
        insert into cards values (3, E'\\xff4222222222222\\xc3'), (4, E'\\xff\\xfe');`,
    })
  })
  afterAll(() => wire.close())

  const NOTES = 'select id, note from notes order by id'
  const CARDS = 'select id, pan from cards order by id'
  const inProcess = (text: string): Promise<{ rows: Record<string, unknown>[] }> =>
    wire.governed.as({ subject: 'alice', issuer: 'https://login.corp.example', roles: ['support'] }).raw(text)

  const inEveryFormat = async (text: string, check: (answers: readonly Answer[]) => void): Promise<void> => {
    for (const [name, format] of FORMATS) {
      const client = await rawClient(wire.port, { parameters: { options: `-c cardea.session=${name}` } })
      check(await ask(client, text, format))
      expect(cells(await client.exchange(query('select 1'))).map(String)).toEqual(['1'])
      expect(client.heard().includes(PAN)).toBe(false)
      expect(client.heard().includes('4222222222222')).toBe(false)
      client.socket.destroy()
    }
    expect(recorded(wire, 'text', text)).toHaveLength(1)
    expect(recorded(wire, 'binary', text)).toEqual(recorded(wire, 'text', text))
    expect(wire.trail()).not.toContain(PAN)
  }

  test.each([NOTES, CARDS])('bytes that are no UTF-8 do not leave it, and are told alike: %s', async text => {
    await inEveryFormat(text, answers => expect(errorOf(answers)).toMatchObject({ C: '22021' }))
    await expect(inProcess(text)).rejects.toMatchObject({ code: '22021' })
  })

  test('what is UTF-8 is decided, masked and recorded alike in every format and in process', async () => {
    const text = 'select note from notes where id > 10 order by id'
    const shown: string[][] = []
    await inEveryFormat(text, answers => shown.push(cells(answers).map(String)))
    shown.push((await inProcess(text)).rows.map(({ note }) => String(note)))
    expect(shown[0]).toHaveLength(2)
    expect(shown[1]).toEqual(shown[0])
    expect(shown[2]).toEqual(shown[0])
  })

  test('a statement that is no UTF-8 is refused, and the session goes on', async () => {
    const client = await rawClient(wire.port)
    const bytes = query('select id from notes where note = $$#$$')
    bytes[bytes.indexOf('#')] = 0xe9
    expect(errorOf(await client.exchange(bytes))).toBeDefined()
    client.send(query('select id from notes where id = 1'))
    expect(cells(await client.ready()).map(String)).toEqual(['1'])
    client.socket.destroy()
  })
})

describePostgres('a byte that is none', () => {
  let wire: Wire
  beforeAll(async () => {
    wire = await openWire({
      tables: `create table flags (id int, flag "char");
        insert into flags values (1, 'a'), (2, 0::"char"), (3, (-56)::"char"), (4, '7'), (5, null);`,
    })
  })
  afterAll(() => wire.close())

  test.each(['select flag from flags order by id', 'select array_agg(flag order by id) from flags'])(
    'is on record alike in both formats: %s',
    async text => {
      for (const [name, format] of FORMATS) {
        const client = await rawClient(wire.port, { parameters: { options: `-c cardea.session=${name}` } })
        expect(errorOf(await ask(client, text, format))).toBeUndefined()
        client.socket.destroy()
      }
      expect(recorded(wire, 'text', text)).toHaveLength(1)
      expect(recorded(wire, 'binary', text)).toEqual(recorded(wire, 'text', text))
    },
  )
})

describePostgres('columns that change between two equal texts', () => {
  let wire: Wire
  beforeAll(async () => {
    wire = await openWire()
  })
  afterAll(() => wire.close())

  const fieldsOf = (answers: readonly Answer[]) =>
    answers.filter(({ type }) => type === 'T').map(({ body }) => body.readInt16BE(0))

  test.each(['simple', 'extended', 'prepared'] as const)(
    '%s: judged, masked and told as they are now',
    async way => {
      await wire.sql('drop table if exists moving; create table moving (id int, note text)')
      await wire.sql(`insert into moving values (1, 'one')`)
      const client = await rawClient(wire.port)
      const text = 'select * from moving order by id'
      const run = async (): Promise<readonly Answer[]> => {
        if (way === 'simple') client.send(query(text))
        else if (way === 'extended')
          client.send(parse('', text), bind('', ''), describePortal, execute(''), SYNC)
        else client.send(bind('', 'kept'), describePortal, execute(''), SYNC)
        return client.ready()
      }
      if (way === 'prepared') {
        await client.exchange(parse('kept', text), SYNC)
      }
      // Nothing of a result that has another shape than was judged leaves; by then the change is known.
      const now = async (): Promise<readonly Answer[]> => {
        const answers = await run()
        if (errorOf(answers)?.['C'] !== '55000') return answers
        expect(cells(answers)).toEqual([])
        return run()
      }
      expect(fieldsOf(await now())).toEqual([2])
      expect(fieldsOf(await run())).toEqual([2])

      // Another session makes the second column another one, and puts a card number where none was.
      await wire.sql(`alter table moving add column more text; update moving set more = 'card ${PAN}'`)
      const wider = await now()
      if (way === 'prepared') expect(errorOf(wider)).toMatchObject({ C: '0A000' })
      else {
        expect(fieldsOf(wider)).toEqual([3])
        expect(cells(wider)).toHaveLength(3)
      }

      await wire.sql(`alter table moving drop column note; alter table moving rename more to note`)
      const narrower = await now()
      if (way !== 'prepared') {
        expect(fieldsOf(narrower)).toEqual([2])
        expect(String(cells(narrower)[1])).toMatch(/^card /)
      }

      // The same names, other types.
      await wire.sql(`alter table moving alter note type bytea using convert_to(note, 'UTF8')`)
      await now()
      await wire.sql(`alter table moving alter id type text using '${PAN}'`)
      await now()
      expect(client.heard().includes(PAN)).toBe(false)
      expect(client.heard().includes(Buffer.from(PAN).toString('hex'))).toBe(false)

      // A name that now means a labelled column is judged as one.
      await wire.sql(`drop table moving; create view moving as select id, pan as note from cards`)
      const labelled = await now()
      expect(client.heard().includes(PAN)).toBe(false)
      if (way !== 'prepared') expect(cells(labelled)).toHaveLength(4)
      expect(client.heard().includes('5500005555555559')).toBe(false)
      expect(cells(await client.exchange(query('select 1'))).map(String)).toEqual(['1'])
      client.socket.destroy()
      await wire.sql('drop view moving')
    },
  )
})

/** Describe, of the unnamed portal. */
const describePortal = Buffer.from([0x44, 0, 0, 0, 6, 0x50, 0])

async function withoutEncoding(): Promise<Database> {
  const usual = await postgres.database()
  const name = `${usual.database}_ascii`
  const admin = async (statement: string): Promise<void> => {
    const client = new pg.Client(usual.url)
    await client.connect()
    await client.query(statement)
    await client.end()
  }
  await admin(`create database ${name} template template0 encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C'`)
  const url = new URL(usual.url)
  url.pathname = name
  return {
    ...usual,
    url: url.href,
    database: name,
    async drop() {
      await admin(`drop database if exists ${name} with (force)`)
      await usual.drop()
    },
  }
}
