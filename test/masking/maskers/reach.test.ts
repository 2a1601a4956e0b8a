/** However a labelled column is reached, it comes out by the policy's masker, or with nothing of it shown: on every engine, at every door. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openWire, type Wire } from '../../enforcement/postgres/kit.js'
import { type Engine, openHouse, type TestHouse } from '../../main-job/house.js'
import { describeMariadb, describePostgres } from '../../support/databases.js'
import { MASTERCARD, VISA } from '../support.js'

const masking = { key: Buffer.from('a key of thirty-two bytes or more!'), id: 'k1' }
const policy = (pan: string): string => `
version: 1
labels: [{ column: '*.holders.pan', label: pan }, { column: '*.holders.mail', label: email }]
maskers: { pan: ${pan}, email: tokenise }
rules: [{ id: all, effect: allow }]
`
const TABLES = `
create table holders (id int primary key, pan varchar(40), mail varchar(60), note varchar(60));
insert into holders values (1, '${VISA}', 'ada@corp.example', 'harmless');
`

/** The column itself, under other names and through other statements. */
const DIRECT = [
  'select pan as x from holders',
  'select h.pan as x from holders h where h.id = 1',
  'select x from (select pan as x from holders) s',
  'with s as (select pan as x from holders) select x from s',
  'select x from (select id, pan as x from holders order by id limit 1) s',
  'select pan as x from holders union select pan from holders',
  'select a.pan as x from holders a join holders b on a.id = b.id',
]
/** A whole value as text is the value. */
const AS_TEXT: Readonly<Record<Engine, string>> = { postgres: 'varchar', mysql: 'char', sqlite: 'text' }
/** Anything that is made of it: nothing of it is shown. */
const DERIVED: Readonly<Record<Engine, readonly string[]>> = {
  postgres: [
    'select cast(pan as numeric) as x from holders',
    'select substring(pan from 1 for 8) as x from holders',
    `select json_build_object('a', pan) as x from holders`,
    `select json_build_object('a', pan)->>'a' as x from holders`,
    'select array_agg(pan) as x from holders',
    `select pan || '' as x from holders`,
    'select max(pan) as x from holders',
    'select reverse(pan) as x from holders',
    'select pan::float8::text as x from holders',
  ],
  mysql: [
    'select cast(pan as decimal(20)) as x from holders',
    'select substring(pan, 1, 8) as x from holders',
    `select json_object('a', pan) as x from holders`,
    `select json_extract(json_object('a', pan), '$.a') as x from holders`,
    `select concat(pan, '') as x from holders`,
    'select max(pan) as x from holders',
    'select reverse(pan) as x from holders',
    'select hex(pan) as x from holders',
  ],
  sqlite: [
    'select cast(pan as real) as x from holders',
    'select substr(pan, 1, 8) as x from holders',
    `select json_object('a', pan) as x from holders`,
    `select json_extract(json_object('a', pan), '$.a') as x from holders`,
    `select pan || '' as x from holders`,
    'select max(pan) as x from holders',
    'select hex(pan) as x from holders',
  ],
}
/** Two columns in one: what both maskers allow. */
const MIXED = 'select pan as x from holders union all select mail from holders'
const WITH_PLAIN = 'select pan as x from holders union all select note from holders'

const MASKERS = [
  ['hash', /^hmac:k1:[\w-]{28}$/],
  ['tokenise', /^~[a-zA-Z]{15}$/],
  ['first8', /^41111111\*{4}1111$/],
  ['last4', /^\*{12}1111$/],
  ['redact', /^\[redacted\]$/],
] as const

for (const [engine, suite] of [
  ['postgres', describePostgres],
  ['mysql', describeMariadb],
  ['sqlite', describe],
] as const) {
  suite(`a PAN on ${engine}`, () => {
    let house: TestHouse
    beforeAll(async () => {
      house = await openHouse({ engine, policy: policy('hash'), setup: TABLES, also: { masking } })
    }, 60_000)
    afterAll(() => house.close())

    const cells = async (sql: string): Promise<readonly unknown[]> => {
      const result: unknown = await house.db.raw(sql)
      const rows =
        engine === 'postgres'
          ? (result as { rows: unknown }).rows
          : engine === 'mysql'
            ? (result as unknown[])[0]
            : result
      return (rows as { x: unknown }[]).map(({ x }) => x)
    }

    test.each(MASKERS)(
      'is shown by %s however it is named, and redacted where it is changed',
      async (masker, form) => {
        const { parsePolicy } = await import('../../../src/index.js')
        await house.governed.replacePolicy(parsePolicy(policy(masker)))
        for (const sql of [...DIRECT, `select cast(pan as ${AS_TEXT[engine]}) as x from holders`])
          expect([sql, await cells(sql)]).toEqual([sql, [expect.stringMatching(form)]])
        for (const sql of DERIVED[engine]) expect([sql, await cells(sql)]).toEqual([sql, ['[redacted]']])
        const mixed = (await cells(MIXED)).map(String)
        if (masker !== 'tokenise') expect(mixed).toEqual(['[redacted]', '[redacted]'])
        expect(await cells(WITH_PLAIN)).toContainEqual(expect.stringMatching(form))
        expect(JSON.stringify([mixed, house.trail()])).not.toContain(VISA)
      },
    )
  })
}

describePostgres('at the door', () => {
  let wire: Wire
  beforeAll(async () => {
    wire = await openWire({ policy: policy('hash'), tables: TABLES, also: { masking } })
  }, 60_000)
  afterAll(() => wire.close())

  test('it is the same', async () => {
    const client = await wire.connect()
    for (const sql of [...DIRECT, ...DERIVED.postgres, MIXED]) {
      const { rows } = await client.query(sql)
      const form = DIRECT.includes(sql) ? /^hmac:k1:/ : /^\[redacted\]$/
      for (const { x } of rows) expect([sql, x]).toEqual([sql, expect.stringMatching(form)])
    }
    await client.end()
    expect(wire.trail()).not.toContain(VISA)
    expect(wire.trail()).not.toContain(MASTERCARD)
  })
})
