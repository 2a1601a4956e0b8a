/** What a policy asks detectors for, on every engine and through every door: the same texts are left, and none of them in the trail. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openPlace, type Place, type Running, run } from '../../gateway/kit.js'
import { type Engine, openHouse, POLICY, type TestHouse } from '../../main-job/house.js'
import { describeMariadb, describePostgres } from '../../support/databases.js'

const MAIL = 'ada.lovelace@corp.example'
const SSN = '123-45-6789'
const IBAN = 'DE89370400440532013000'
const PHONE = '+44 20 7946 0958'
const BORN = '1984-03-05'
const TOKEN = `glpat-${'a1B2c3D4e5'.repeat(2)}`
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const hex = (text: string): string => Buffer.from(text).toString('hex')
const SECRETS = [MAIL, SSN, IBAN, PHONE, BORN, TOKEN].flatMap(text => [text, base64(text), hex(text)])

const DETECT = 'detect: [birth-date, email, iban, phone, secret, ssn]'
const document = JSON.stringify({ to: [MAIL], dob: BORN, api_key: TOKEN, n: 1 })
const encoded = `${base64(MAIL)} ${hex(IBAN)} ${base64(base64(SSN))}`

/** One row that holds all of them, and one that holds nothing. */
const tables = (json: string, bytes: string): string => `
create table people (id int primary key, email varchar(80), note varchar(400), doc ${json}, phone bigint, ssn int, dob date, raw ${bytes});
insert into people values (1, '${MAIL}', 'pay ${IBAN}, call ${PHONE}, token ${TOKEN}, ssn ${SSN}, see ${encoded}', '${document}', 4155550132, 123456789, '${BORN}', '${MAIL}');
insert into people values (2, null, 'plain', '{"n": 2}', null, null, null, null);
`
const SETUP: Readonly<Record<Engine, string>> = {
  postgres: tables('jsonb', 'bytea'),
  mysql: tables('json', 'varbinary(80)'),
  sqlite: tables('text', 'blob').replace(`'${MAIL}');`, `x'${hex(MAIL)}');`),
}
const SELECT = 'select id, email, note, doc, phone, ssn, dob, raw from people order by id'

interface Shown {
  readonly [column: string]: unknown
}

/** As text, whatever the driver makes of a type. */
function plain(row: Shown): Shown {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (Buffer.isBuffer(value)) return [name, value.toString()]
      if (name !== 'doc') return [name, value]
      return [name, typeof value === 'string' ? JSON.parse(value) : value]
    }),
  )
}
const R = '[redacted]'
const EXPECTED = [
  {
    id: 1,
    email: R,
    note: `pay ${R}, call ${R}, token ${R}, ssn ${R}, see ${R} ${R} ${R}`,
    doc: { to: [R], dob: R, api_key: R, n: 1 },
    phone: R,
    ssn: R,
    dob: R,
    raw: R,
  },
  { id: 2, email: null, note: 'plain', doc: { n: 2 }, phone: null, ssn: null, dob: null, raw: null },
]

/** Each makes the engine or the record say something of Ada. */
const STATEMENTS = [
  `select id from people where email = '${MAIL}' /* for ${MAIL} */`,
  `select '${SSN}' as x, '${base64(MAIL)}' as y`,
  `select nosuch from people where email = '${MAIL}'`,
  `selec '${MAIL}'`,
  `drop table people -- ${MAIL}`,
]

const found = (text: string): readonly string[] => SECRETS.filter(secret => text.includes(secret))

describe.each<[Engine, typeof describePostgres]>([
  ['postgres', describePostgres],
  ['mysql', describeMariadb],
  ['sqlite', describe as typeof describePostgres],
])('%s', (engine, describeEngine) => {
  describeEngine('in process', () => {
    let house: TestHouse
    beforeAll(async () => {
      house = await openHouse({ engine, policy: `${POLICY}\n${DETECT}\n`, setup: SETUP[engine] })
    }, 60_000)
    afterAll(() => house.close())

    const rowsOf = async (sql: string, bindings: readonly string[] = []): Promise<readonly Shown[]> => {
      const result: unknown = await house.db.raw(sql, bindings)
      if (engine === 'postgres') return (result as { rows: Shown[] }).rows
      return engine === 'mysql' ? (result as [Shown[]])[0] : (result as Shown[])
    }

    test('the same rows', async () => {
      expect((await rowsOf(SELECT)).map(plain)).toEqual(EXPECTED)
    })

    test('as a stream, and by the builder', async () => {
      const rows: Shown[] = []
      const query = house
        .db('people')
        .select('id', 'email', 'note', 'doc', 'phone', 'ssn', 'dob', 'raw')
        .orderBy('id')
      if (engine === 'sqlite') rows.push(...(await query))
      else for await (const row of query.stream()) rows.push(row)
      expect(rows.map(plain)).toEqual(EXPECTED)
    })

    test('errors, names and the record hold none of them', async () => {
      const said: unknown[] = [await rowsOf('select email from people where email = ?', [MAIL])]
      for (const sql of STATEMENTS) said.push(await rowsOf(sql).catch((error: unknown) => error))
      said.push(
        await house.db
          .raw('insert into people (id, email) values (1, ?)', [MAIL])
          .catch((error: unknown) => error),
      )
      const texts = said.map(one =>
        one instanceof Error ? `${one.stack} ${JSON.stringify(one)}` : JSON.stringify(one),
      )
      expect(texts.flatMap(found)).toEqual([])
      expect(found(house.trail())).toEqual([])
      expect(house.trail()).toContain('"birth-date":')
    })
  })
})

describePostgres('a gateway', () => {
  let place: Place
  let running: Running
  let token: string
  beforeAll(async () => {
    place = await openPlace()
    place.write('policy.yaml', `version: 1\nextends: pci-baseline\n${DETECT}\n`)
    await place.sql(SETUP.postgres)
    running = await run(place.config({ log: { level: 'debug' } }))
    token = await place.token()
  }, 60_000)
  afterAll(async () => {
    await running.gateway.close()
    await place.close()
  })

  const post = async (path: string, body: unknown): Promise<string> => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    }
    const response = await fetch(`${running.url}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    return response.text()
  }
  const tool = (name: string, given: unknown): Promise<string> =>
    post('/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: given } })

  test('HTTP and MCP answer with the same rows', async () => {
    const row = JSON.stringify(EXPECTED[0]?.note)
    const http = await post('/v1/query', { sql: SELECT, params: [] })
    const mcp = await tool('query', { sql: SELECT, params: [] })
    for (const text of [http, mcp]) {
      expect(found(text)).toEqual([])
      expect(text).toContain(row.slice(1, -1))
      expect(text.match(/\[redacted\]/g)?.length).toBeGreaterThanOrEqual(14)
    }
  })

  test('nothing else that they say holds any', async () => {
    const said: string[] = []
    for (const sql of STATEMENTS) {
      for (const path of ['/v1/query', '/v1/execute', '/v1/explain'])
        said.push(await post(path, { sql, params: [], reason: `for ${MAIL}` }))
      for (const name of ['query', 'execute', 'explain_policy'])
        said.push(await tool(name, { sql, params: [], reason: `for ${MAIL}` }))
    }
    said.push(running.log(), place.trail())
    expect(said.flatMap(found)).toEqual([])
  })
})
