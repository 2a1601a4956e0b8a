/** The same masked values whatever the door and the database. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Knex } from 'knex'
import type pg from 'pg'
import { decodeCell } from '../../../src/enforcement/postgres/cells/decode.js'
import {
  definePolicy,
  fileTrail,
  type GovernanceOptions,
  GovernedConnection,
  parsePolicy,
} from '../../../src/index.js'
import { rawClient } from '../../enforcement/postgres/cells/raw-rows.js'
import { openWire, type Wire } from '../../enforcement/postgres/kit.js'
import { cellsOf } from '../../enforcement/postgres/rows/frames.js'
import { describeMariadb, describePostgres, mariadb } from '../../support/databases.js'
import { MASTERCARD, VISA } from '../support.js'

const KEY = Buffer.from('a key of thirty-two bytes or more!')
const masking = { key: KEY, id: 'k1' }
const POLICY = `
version: 1
labels:
  - { column: '*.people.pan', label: pan }
  - { column: '*.charges.card', label: pan }
  - { column: '*.people.email', label: email }
  - { column: '*.people.born', label: birth }
  - { column: '*.people.hired', label: hired }
  - { column: '*.people.seen', label: seen }
  - { column: '*.people.salary', label: salary }
  - { column: '*.people.points', label: points }
  - { column: '*.people.account', label: account }
  - { column: '*.people.profile', label: profile }
  - { column: '*.kinds.*', label: profile }
maskers:
  pan: hash
  email: tokenise
  birth: { generalise: decade }
  hired: { generalise: month }
  seen: { generalise: year }
  salary: { generalise: 10000 }
  points: { generalise: 100 }
  account: tokenise
  profile: hash
rules: [{ id: all, effect: allow }]
`
const SELECT =
  'select id, pan, email, born, hired, seen, salary, points, account, profile from people order by id'
const tables = (types: { stamp: string; json: string }): readonly string[] => [
  `create table people (id int primary key, pan varchar(40), email varchar(80), born date, hired date,
     seen ${types.stamp}, salary numeric(12,2), points int, account bigint, profile ${types.json})`,
  'create table charges (id int primary key, card bigint, amount int)',
  `insert into people (id, pan, email, born, hired, seen, salary, points, account, profile) values
     (1, '${VISA}', 'ada@corp.example', '1987-05-06', '2019-11-30', '2024-02-29 23:59:58', 52300.75, 1234, 9007199254740993, '{"a": [1, "x"]}'),
     (2, '5555-5555-5555-4444', 'bo@corp.example', '1990-01-01', '2020-01-01', '2024-01-01 00:00:00', -0.50, -1, 42, '{"b": 2}'),
     (3, null, null, null, null, null, null, null, null, null)`,
  `insert into charges values (10, ${VISA}, 5), (11, ${MASTERCARD}, 7)`,
]

/** Types of PostgreSQL, each with two values. */
const KINDS = [
  ['bool', 'true', 'false'],
  ['int2', '-7', '42'],
  ['int8', '9007199254740993', '0'],
  ['float4', '0.1', '1e20'],
  ['float8', '0.1', '-1e300'],
  ['numeric', '12.3400', "'NaN'"],
  ['bytea', "'\\x00ff'", "'text'"],
  ['uuid', "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "'00000000-0000-0000-0000-000000000000'"],
  ['date', "'1987-05-06'", "'2024-02-29'"],
  ['timestamp', "'1987-05-06 07:08:09.123'", "'2024-02-29 00:00:00'"],
  ['timestamptz', "'1987-05-06 07:08:09.123+02'", "'2024-02-29 00:00:00Z'"],
  ['time', "'07:08:09'", "'00:00:00'"],
  ['interval', "'1 day 02:03:04'", "'1 year'"],
  ['json', `'{"b": [1, null], "a": "x"}'`, "'[]'"],
  ['jsonb', `'"text"'`, "'12.5'"],
  ['text[]', "array['x', null]", "'{}'"],
  ['int4[]', 'array[1, 2]', 'array[3]'],
  ['date[]', "array['1987-05-06'::date]", "array['2024-02-29'::date]"],
  ['inet', "'192.0.2.7/24'", "'::1'"],
  ['point', "'(1,2.5)'", "'(0,0)'"],
  ['char(5)', "'x'", "'abcde'"],
  ['xml', "'<a>1</a>'", "'<b/>'"],
] as const

function kinds(): readonly string[] {
  const row = (at: 1 | 2) => KINDS.map(kind => kind[at]).join(', ')
  return [
    `create table kinds (${KINDS.map(([type], at) => `k${at} ${type}`).join(', ')})`,
    `insert into kinds values (${row(1)}), (${row(2)})`,
  ]
}

interface Shown {
  readonly [column: string]: unknown
}

/** Drivers differ in the types that they give; a mask is its text. */
const texts = (rows: readonly Shown[]): Shown[] =>
  rows.map(row =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        value instanceof Date
          ? `${value.getFullYear()}-${value.getMonth() + 1}-${value.getDate()} ${value.getHours()}`
          : value === null
            ? null
            : String(value),
      ]),
    ),
  )

/** As the door tells them: what a mask leaves of a date or a number is one. */
const TYPES = [23, 1043, 1043, 1082, 1082, 1114, 1700, 23, 25, 25]
const HASH = expect.stringMatching(/^hmac:k1:[\w-]{28}$/)
const EXPECTED = [
  {
    id: '1',
    pan: HASH,
    email: expect.stringMatching(/^~[a-zA-Z]{15}$/),
    born: '1980-1-1 0',
    hired: '2019-11-1 0',
    seen: '2024-1-1 0',
    salary: '50000',
    points: '1200',
    account: expect.stringMatching(/^~[a-zA-Z]{15}$/),
    profile: HASH,
  },
  {
    id: '2',
    pan: HASH,
    email: expect.stringMatching(/^~[a-zA-Z]{14}$/),
    born: '1990-1-1 0',
    hired: '2020-1-1 0',
    seen: '2024-1-1 0',
    salary: '-10000',
    points: '-100',
    account: expect.stringMatching(/^~[a-zA-Z]{11}$/),
    profile: HASH,
  },
  {
    id: '3',
    pan: null,
    email: null,
    born: null,
    hired: null,
    seen: null,
    salary: null,
    points: null,
    account: null,
    profile: null,
  },
]
const ada = { subject: 'ada', issuer: 'https://login.corp.example' }

async function governed(config: Knex.Config, also: Partial<GovernanceOptions> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'cardea-maskers-'))
  const connection = await GovernedConnection.open(config, {
    policy: parsePolicy(POLICY),
    audit: fileTrail({ directory, durability: 'os' }),
    masking,
    ...also,
  })
  return {
    connection,
    trail: () =>
      readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
        .join('\n'),
    async close() {
      await connection.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** What PostgreSQL's in-process door shows, for the others to be compared with. */
describePostgres('through PostgreSQL', () => {
  let wire: Wire
  let rows: Shown[]

  beforeAll(async () => {
    wire = await openWire({
      policy: POLICY,
      tables: [...tables({ stamp: 'timestamp', json: 'jsonb' }), ...kinds()].join(';'),
      also: { masking },
    })
    const { rows: found } = (await wire.governed.as(ada).raw(SELECT)) as { rows: Shown[] }
    rows = texts(found)
  }, 60_000)
  afterAll(() => wire.close())

  test('in process', () => {
    expect(rows).toEqual(EXPECTED)
  })

  test.each([
    ['simple', {}],
    ['prepared', { values: [0] }],
  ])('at the door: text, %s', async (_name, how) => {
    const client = await wire.connect()
    try {
      const text = 'values' in how ? SELECT.replace('order', 'where id > $1 order') : SELECT
      const result = await client.query({ text, ...how } as pg.QueryConfig)
      expect(result.fields.map(({ dataTypeID }) => dataTypeID)).toEqual(TYPES)
      expect(texts(result.rows)).toEqual(rows)
    } finally {
      await client.end()
    }
  })

  // Of bare bytes: node-postgres takes every binary value for text.
  test.each(['text', 'binary'] as const)('at the door: %s, described before it is run', async format => {
    const client = await rawClient(`postgres://bot:any@127.0.0.1:${wire.port}/billing`)
    try {
      const result = await client.query(SELECT, format)
      expect(result.fields.map(({ type }) => type)).toEqual(TYPES)
      const read = result.rows
        .flatMap(cellsOf)
        .map(cells =>
          Object.fromEntries(
            cells.map((cell, at) => [
              result.fields[at]?.name,
              cell === null ? null : decodeCell(TYPES[at] ?? 0, format, cell),
            ]),
          ),
        )
      expect(texts(read)).toEqual(rows)
    } finally {
      client.end()
    }
  })

  test('in another DateStyle nothing of a date is shown that it would not be in ISO', async () => {
    const client = await wire.connect()
    try {
      await client.query('set datestyle = German')
      const { rows: shown } = await client.query({
        text: 'select born, hired, seen from people where id = 1',
        types: { getTypeParser: () => (text: string) => text },
      } as unknown as pg.QueryConfig)
      expect(shown).toEqual([{ born: null, hired: null, seen: null }])
    } finally {
      await client.end()
    }
  })

  test('two results join by hash, whatever the PAN is written as and stored in', async () => {
    const people = (await wire.governed.as(ada).raw('select id, pan from people')) as { rows: Shown[] }
    const charges = (await wire.governed.as(ada).raw('select card, amount from charges')) as { rows: Shown[] }
    const amounts = new Map(charges.rows.map(({ card, amount }) => [card, amount]))
    expect(people.rows.map(({ id, pan }) => [id, amounts.get(pan)])).toEqual([
      [1, 5],
      [2, 7],
      [3, undefined],
    ])
  })

  test.each(['text', 'binary'] as const)(
    'a value of any type has one hash, in process and at the door: %s',
    async format => {
      const select = 'select * from kinds order by 1'
      const { rows: inside } = (await wire.governed.as(ada).raw(select)) as { rows: Shown[] }
      expect(inside.flatMap(row => Object.values(row))).toHaveLength(2 * KINDS.length)
      for (const value of inside.flatMap(row => Object.values(row))) expect(value).toEqual(HASH)
      const client = await rawClient(`postgres://bot:any@127.0.0.1:${wire.port}/billing`)
      try {
        const { fields, rows: outside } = await client.query(select, format)
        const read = outside
          .flatMap(cellsOf)
          .map(cells => Object.fromEntries(cells.map((cell, at) => [fields[at]?.name, cell?.toString()])))
        const byFirst = (one: Shown, other: Shown) => (String(one['k0']) < String(other['k0']) ? -1 : 1)
        expect(read.sort(byFirst)).toEqual([...inside].sort(byFirst))
      } finally {
        client.end()
      }
    },
  )

  test('what is computed from such a column stays redacted', async () => {
    const { rows: shown } = (await wire.governed
      .as(ada)
      .raw('select lower(pan) p, salary + 1 s, extract(year from born) y from people where id = 1')) as {
      rows: Shown[]
    }
    expect(shown).toEqual([{ p: '[redacted]', s: '[redacted]', y: '[redacted]' }])
  })

  test('the record counts by masker, and holds no value and no key', async () => {
    await wire.governed.as(ada).raw(SELECT)
    const trail = wire.trail()
    expect(trail).toContain('"generalise:salary":2')
    expect(trail).toContain('"hash:pan":2')
    expect(trail).toContain('"tokenise:email":2')
    for (const secret of [VISA, MASTERCARD, 'ada@corp', KEY.toString(), KEY.toString('base64')]) {
      expect(trail).not.toContain(secret)
    }
    // By themselves: hashes and ids have such digits in them now and then.
    expect(trail).not.toMatch(/(?<![\w-])(?:52300|1987)(?!\w)/)
  })

  test('explain names the maskers', async () => {
    const { decision } = await wire.governed.explain(SELECT, [], ada)
    expect(decision.obligations.mask).toEqual(
      expect.arrayContaining([
        { method: 'hash', label: 'pan' },
        { method: 'generalise', label: 'birth', to: 'decade' },
      ]),
    )
  })

  test('another policy takes effect on a statement that is known already', async () => {
    const salaries = async () => {
      const { rows: found } = (await wire.governed.as(ada).raw('select salary from people order by id')) as {
        rows: Shown[]
      }
      return found[0]?.['salary']
    }
    expect(await salaries()).toBe('50000')
    await wire.governed.replacePolicy(parsePolicy(POLICY.replace('10000', '50')))
    expect(await salaries()).toBe('52300')
    await wire.governed.replacePolicy(parsePolicy(POLICY))
    expect(await salaries()).toBe('50000')
  })
})

describeMariadb('through MariaDB', () => {
  test('the same values', async () => {
    const database = await mariadb.database()
    const { host, port, user, password, database: name } = database
    const config: Knex.Config = {
      client: 'mysql2',
      connection: {
        host,
        port,
        user,
        password,
        database: name,
        supportBigNumbers: true,
        bigNumberStrings: true,
      },
    }
    const { default: knex } = await import('knex')
    const plain = knex(config)
    for (const table of tables({ stamp: 'datetime', json: 'json' })) await plain.raw(table)
    const house = await governed(config)
    try {
      const [rows] = (await house.connection.as(ada).raw(SELECT)) as [Shown[]]
      expect(texts(rows)).toEqual(EXPECTED)
      expect(house.trail()).toContain('"generalise:birth":1')
      expect(house.trail()).not.toContain(VISA)
    } finally {
      await house.close()
      await plain.destroy()
      await database.drop()
    }
  }, 60_000)
})

describe('through SQLite', () => {
  test('the same values', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'cardea-sqlite-'))
    const config: Knex.Config = {
      client: 'better-sqlite3',
      connection: { filename: join(directory, 'people.db') },
      useNullAsDefault: true,
    }
    const { default: knex } = await import('knex')
    const plain = knex(config)
    for (const table of tables({ stamp: 'datetime', json: 'text' })) await plain.raw(table)
    await plain.destroy()
    const house = await governed(config)
    try {
      const rows = (await house.connection.as(ada).raw(SELECT)) as Shown[]
      const [first] = texts(rows)
      // Dates are texts here.
      const dates = { born: '1980-01-01', hired: '2019-11-01', seen: '2024-01-01 00:00:00' }
      expect(first).toEqual({ ...EXPECTED[0], ...dates })
      expect(rows[2]).toMatchObject({ pan: null, salary: null })
    } finally {
      await house.close()
      rmSync(directory, { recursive: true, force: true })
    }
  }, 60_000)
})

describe('without a key', () => {
  const sqlite: Knex.Config = { client: 'better-sqlite3', connection: ':memory:', useNullAsDefault: true }
  const plain = definePolicy({ version: 1, maskers: { ssn: 'last4' } })
  const keyed = definePolicy({
    version: 1,
    maskers: { ssn: 'hash', email: 'tokenise', age: { generalise: 10 } },
  })
  const open = (policy: GovernanceOptions['policy'], key?: Uint8Array) =>
    governed(sqlite, {
      policy,
      masking: key === undefined ? undefined : { key },
    } as Partial<GovernanceOptions>)

  test('a policy that hashes does not start, and says which labels need one', async () => {
    await expect(open(keyed)).rejects.toThrow(/ssn, email by hash or tokenise.*masking: \{ key \}/)
    await expect(open(keyed, Buffer.alloc(16, 'xyz'))).rejects.toThrow(/32 random bytes/)
  })

  test('nor does it take over; the old one stays in force', async () => {
    const house = await open(plain)
    try {
      await expect(house.connection.replacePolicy(keyed)).rejects.toMatchObject({
        code: 'CARDEA_CONFIGURATION',
      })
      const { decision } = await house.connection.explain('select 1', [], ada)
      expect(decision.policyHash).toBe(plain.hash)
    } finally {
      await house.close()
    }
  })
})
