/**
 * The reader beside a real MariaDB, which is asked to prepare what the reader reads: what the server takes
 * must be read, what is read must be taken, and no name of the text may be missing from what was read.
 * CARDEA_FUZZ_MUTANTS and CARDEA_FUZZ_SEED make longer runs.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import mysql from 'mysql2/promise'
import type { Statement } from '../../../src/analysis/relational.js'
import { type Database, describeMariadb, mariadb } from '../../support/databases.js'
import { read, verdict } from './kit.js'
import { mutants, mysqlSeeds, pieces, seeds } from './mutants.js'

const COUNT = Number(process.env['CARDEA_FUZZ_MUTANTS'] ?? 1500)
const SEED = Number(process.env['CARDEA_FUZZ_SEED'] ?? 20260811)
const TIMEOUT = 30_000 + COUNT * 10

/** What the server says when it cannot parse. */
const SYNTAX = new Set([1064, 1149, 1479])
/** What it says when it could, and a name or a number of columns is wrong. */
const NAMES = new Set([
  1051, 1052, 1054, 1055, 1056, 1060, 1066, 1110, 1111, 1136, 1140, 1146, 1222, 1241, 1247, 1248, 1295, 1305,
])
/** MariaDB 10.11 falls over a column with its database's name in a query with USING. */
const DEADLY = /\.\s*\S+\s*\..*\busing\b/is

const SCHEMA = [
  'create table customers (id int primary key, name varchar(100), email varchar(100), ssn varchar(20))',
  'create table cards (id int primary key, customer_id int, pan varchar(20), exp_month int, exp_year int, cvv varchar(4), brand varchar(20))',
  'create table payments (id int primary key, card_id int, amount decimal(10, 2), status varchar(10), note varchar(100), fulltext (note), fulltext (status, note))',
]

type Judgement = 'taken' | 'syntax' | 'other'

describeMariadb('the reader beside MariaDB', () => {
  let database: Database
  let connection: mysql.Connection

  beforeAll(async () => {
    database = await mariadb.database()
    connection = await mysql.createConnection(database.url)
    await connection.query("set sql_mode = 'IGNORE_SPACE,STRICT_TRANS_TABLES'")
    for (const sql of SCHEMA) await connection.query(sql)
  })

  afterAll(async () => {
    await connection.end()
    await database.drop()
  })

  /** Prepares, never executes. */
  async function judge(sql: string): Promise<Judgement> {
    try {
      await connection.query('prepare p from ?', [sql])
      return 'taken'
    } catch (error) {
      const { errno = 0 } = error as { readonly errno?: number }
      if (errno <= 0) throw error
      return SYNTAX.has(errno) ? 'syntax' : NAMES.has(errno) ? 'taken' : 'other'
    }
  }

  test('every seed is read, and parsed by the server', async () => {
    const refused: string[] = []
    for (const sql of seeds) {
      if (verdict(sql) !== 'read' || (await judge(sql)) === 'syntax') refused.push(sql)
    }
    expect(refused).toEqual([])
    expect(seeds.length).toBeGreaterThan(250)
  })

  test(
    'mutants: hardly any false refusal, hardly anything read that the server refuses',
    async () => {
      const counts = { taken: 0, read: 0, falselyRefused: 0, falselyRead: 0 }
      for (const sql of mutants(COUNT, SEED)) {
        if (DEADLY.test(sql)) continue
        const judgement = await judge(sql)
        const isRead = verdict(sql) === 'read'
        if (judgement === 'taken') counts.taken += 1
        if (isRead) counts.read += 1
        if (judgement === 'taken' && !isRead) counts.falselyRefused += 1
        if (judgement === 'syntax' && isRead && read(sql).type !== 'utility') counts.falselyRead += 1
      }
      expect(counts.taken).toBeGreaterThan(COUNT / 10)
      expect(counts.read).toBeGreaterThan(COUNT / 10)
      // Words written against numbers, names without a table before their point: refused on purpose.
      expect(counts.falselyRefused / counts.taken).toBeLessThan(0.03)
      // What MySQL 8 takes, and built-ins with too many arguments.
      expect(counts.falselyRead / counts.read).toBeLessThan(0.03)
    },
    TIMEOUT,
  )
})

test('the seeds of MySQL 8 are read', () => {
  expect(mysqlSeeds.filter(sql => verdict(sql) !== 'read')).toEqual([])
})

/** Every name of the twin schema becomes one of its own: `pan` → `pan_7`. */
function distinct(sql: string): { readonly text: string; readonly names: readonly string[] } {
  const names: string[] = []
  const text = pieces(sql)
    .map(piece => {
      if (
        !/^(?:cards|customers|payments|id|pan|cvv|brand|exp_year|card_id|customer_id|amount|note)$/.test(
          piece,
        )
      )
        return piece
      names.push(`${piece}_${names.length}`)
      return names[names.length - 1]
    })
    .join('')
  return { text, names }
}

/** Names that are no data: of indexes, partitions, locked tables, character sets, options. */
function isLabel(text: string, name: string): boolean {
  return [
    `(?:index|key|join|by|partition)\\s*\\([^()]*${name}`,
    `\\bof\\s[^()]*${name}`,
    `(?:collate|set|charset|using|=|\\{)\\s*${name}`,
    `@[\\w.]*${name}`,
    `/\\*.*${name}.*\\*/`,
    `--.*${name}`,
    `#.*${name}`,
    `create table \\w+ \\([^()]*${name}`,
  ].some(pattern => new RegExp(pattern, 'i').test(text))
}

function strings(value: unknown, into: Set<string>): Set<string> {
  if (typeof value === 'string') into.add(value)
  else if (typeof value === 'object' && value !== null)
    for (const part of Object.values(value)) strings(part, into)
  return into
}

const KINDS: Readonly<Record<string, RegExp>> = {
  select: /^(?:query|copy)$/,
  values: /^query$/,
  table: /^query$/,
  insert: /^insert$/,
  replace: /^insert$/,
  update: /^(?:multi-)?update$/,
  delete: /^(?:multi-)?delete$/,
  with: /^(?:query|copy|(?:multi-)?(?:update|delete))$/,
  explain: /^(?:explain|utility)$/,
  analyze: /^(?:explain|utility)$/,
}

test(
  'every name of a statement is in what was read of it, and its kind is that of its first word',
  () => {
    const missing: string[] = []
    const wrong: string[] = []
    let checked = 0
    for (const mutant of [...seeds, ...mysqlSeeds, ...mutants(COUNT * 3, SEED + 1)]) {
      const { text, names } = distinct(mutant)
      if (verdict(text) !== 'read') continue
      const statement: Statement = read(text)
      const first = /^(?:\s|\(|\/\*.*?\*\/)*([a-z]+)/i.exec(text)?.[1]?.toLowerCase() ?? ''
      if (KINDS[first]?.test(statement.type) === false) wrong.push(text)
      if (statement.type === 'utility') continue
      checked += names.length
      const known = strings(statement, new Set())
      for (const name of names) if (!known.has(name) && !isLabel(text, name)) missing.push(`${name}: ${text}`)
    }
    expect(wrong).toEqual([])
    expect(missing).toEqual([])
    expect(checked).toBeGreaterThan(COUNT)
  },
  TIMEOUT,
)
