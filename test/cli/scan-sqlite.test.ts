/** `cardea scan` on SQLite files. */
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import Sqlite from 'better-sqlite3'
import { cards, scanned, verdicts } from './scan-kit.js'
import { cardea, inDirectory } from './support.js'

const PANS = cards(60)

async function over(
  fill: (file: Sqlite.Database) => void,
  use: (url: string) => Promise<void>,
): Promise<void> {
  await inDirectory(async at => {
    const path = at('shop.db')
    const file = new Sqlite(path)
    fill(file)
    file.close()
    const digest = async () =>
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex')
    const before = await digest()
    await use(`sqlite:${path}`)
    expect(await digest()).toBe(before)
  })
}

describe('cardea scan on SQLite', () => {
  test('finds numbers in every type of value, whatever the column is declared as', () =>
    over(
      file => {
        file.exec(`create table types (rowid text, "a.b ""c" text, whole integer, floating real, raw blob, packed blob, doc text, any_of, n int,
          derived text as (upper("a.b ""c")) virtual)`)
        const insert = file.prepare(
          'insert into types values (?, ?, cast(? as integer), cast(? as real), ?, ?, ?, ?, ?)',
        )
        PANS.forEach((pan, at) => {
          insert.run(
            `r${at}`,
            pan,
            pan,
            pan,
            Buffer.from(pan),
            Buffer.from(pan, 'hex'),
            `{"n":${pan}}`,
            at % 2 ? pan : Buffer.from(pan),
            at,
          )
        })
        file.exec(
          'create view shown as select whole from types; create table none_yet (x); create virtual table words using fts5(body)',
        )
        file.exec(`insert into words values ('card ${PANS[0]}')`)
      },
      async url => {
        const { code, report } = await scanned(url)
        expect([code, report.unread]).toEqual([1, []])
        expect(verdicts(report)).toEqual(
          Object.fromEntries(
            ['a.b "c', 'whole', 'floating', 'raw', 'packed', 'doc', 'any_of', 'derived'].map(column => [
              `main.types.${column}`,
              'pan',
            ]),
          ),
        )
        expect(report.holding).toMatchObject([{ relation: 'words', column: 'body', values: 1 }])
        expect(report.skipped).toMatchObject([{ relation: 'shown' }])
      },
    ))

  test('looks all over a large table, also one without row numbers', () =>
    over(
      file => {
        file.exec(
          'create table many (ref text); create table by_key (k text primary key, ref text) without rowid',
        )
        for (const table of ['many (ref)', 'by_key (ref, k)']) {
          const insert = file.prepare(`insert into ${table} values (?${table.includes('k') ? ', ?' : ''})`)
          const fill = file.transaction(() => {
            for (let at = 0; at < 6_000; at++) {
              const ref = at < 3_000 ? 'none' : (PANS[at % 60] ?? '')
              if (table.startsWith('many')) insert.run(ref)
              else insert.run(ref, `k${String(at).padStart(6, '0')}`)
            }
          })
          fill()
        }
      },
      async url => {
        const { report } = await scanned(url)
        expect(report.rows).toBeLessThanOrEqual(2 * 1_010)
        const [key, many] = [...report.found, ...report.holding].sort((a, b) =>
          a.relation < b.relation ? -1 : 1,
        )
        expect(key).toMatchObject({ relation: 'by_key', verdict: 'pan', sample: 'ends' })
        expect(many).toMatchObject({ relation: 'many', holds: 'pan' })
      },
    ))

  test('an error that quotes a value is told by its code', () =>
    over(
      file => {
        file.exec(`create table bad (id int, pan text)`)
        for (const pan of PANS) file.prepare('insert into bad values (1, ?)').run(`${pan}`)
        file.exec("alter table bad add column j as (json_extract('{}', pan)) virtual")
      },
      async url => {
        const { code, report } = await scanned(url)
        expect(code).toBe(2)
        expect(report.unread).toEqual([
          { schema: 'main', relation: 'bad', columns: ['j'], why: 'could not be read (SQLITE_ERROR)' },
        ])
        expect(verdicts(report)).toEqual({ 'main.bad.pan': 'pan' })
      },
    ))

  test('a file that is no database is an error', () =>
    inDirectory(async at => {
      await writeFile(at('x.db'), `card ${PANS[0]} `.repeat(500))
      const { code, out, err } = await cardea('scan', `sqlite:${at('x.db')}`)
      expect([code, out]).toEqual([2, ''])
      expect(err).not.toMatch(/\d{9}/)
    }))
})
