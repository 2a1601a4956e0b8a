/** `cardea scan` on SQLite files. */
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import Sqlite from 'better-sqlite3'
import { parsePolicy } from '../../src/policy/load.js'
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

  test('looks for other labels where it is asked to', () =>
    over(
      file => {
        file.exec(`create table people (id integer primary key, name text, mail text, account text, mobile text, ssn text, born text,
          updated text, key_text text, note text)`)
        const insert = file.prepare('insert into people values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
        for (let at = 0; at < 30; at++) {
          insert.run(
            at,
            `Ada ${at}`,
            `ada${at}@example.test`,
            at % 2 ? 'DE89370400440532013000' : 'GB82WEST12345698765432',
            `+49 30 1234${String(at).padStart(4, '0')}`,
            `123-45-${6700 + at}`,
            `19${50 + at}-03-04`,
            `20${10 + (at % 10)}-03-04`,
            `ghp_${'aB3dE6gH9jK2mN5pQ8sT'.repeat(2).slice(at % 4, 36 + (at % 4))}`,
            at === 3 ? 'write to bo@example.test' : 'none',
          )
        }
      },
      async url => {
        expect(await cardea('scan', url)).toMatchObject({ code: 0 })
        const all = ['birth-date', 'email', 'iban', 'phone', 'secret', 'ssn'].flatMap(name => [
          '--detect',
          name,
        ])
        const { code, report } = await scanned(url, ...all)
        expect(code).toBe(1)
        expect(verdicts(report)).toEqual({
          'main.people.mail': 'email',
          'main.people.account': 'iban',
          'main.people.mobile': 'phone',
          'main.people.ssn': 'ssn',
          'main.people.born': 'birth-date',
          'main.people.key_text': 'secret',
        })
        expect(report.found.every(({ verdict }) => verdict === 'label')).toBe(true)
        expect(report.holding).toMatchObject([{ column: 'note', holds: 'email', values: 1, of: 30 }])
        await inDirectory(async at => {
          await writeFile(at('policy.yaml'), 'version: 1\nextends: pci-baseline\ndetect: [email]\n')
          const asked = await scanned(url, '--policy-file', at('policy.yaml'), '--detect', 'iban')
          expect(Object.values(verdicts(asked.report))).toEqual(['email', 'iban'])
        })
        const { out } = await cardea('scan', url, '--policy', '--detect', 'email')
        expect(parsePolicy(out).labels).toEqual([{ column: 'main.people.mail', label: 'email' }])
        expect(await cardea('scan', url, '--detect', 'horoscope')).toMatchObject({ code: 2 })
      },
    ))

  test('takes the database and its policy from a configuration of the gateway', () =>
    over(
      file => {
        file.exec('create table cards (pan text)')
        for (const pan of PANS) file.prepare('insert into cards values (?)').run(pan)
      },
      url =>
        inDirectory(async at => {
          const source = (policy: string) => `{ url: '${url}', environment: test, policy: ${policy} }`
          const config = (sources: string) => `version: 1
dataSources: { ${sources} }
audit: { directory: audit }
identity:
  oidc: { issuer: https://login.corp.example, audience: https://db.corp.example }
store: memory
http: { port: 8443 }
operator: { port: 9464 }
`
          const policy = 'version: 1\nextends: pci-baseline\n'
          await writeFile(at('bare.yaml'), policy)
          await writeFile(at('policy.yaml'), `${policy}labels: [{ column: cards.pan, label: pan }]\n`)
          await writeFile(at('one.yaml'), config(`shop: ${source('policy.yaml')}`))
          await writeFile(
            at('two.yaml'),
            config(`shop: ${source('policy.yaml')}, other: ${source('bare.yaml')}`),
          )
          const scan = (...argv: readonly string[]) => cardea('scan', '--config', ...argv)
          expect(await scan(at('one.yaml'))).toMatchObject({ code: 0, err: '' })
          expect(await scan(at('two.yaml'), '--data-source', 'shop')).toMatchObject({ code: 0 })
          expect(await scan(at('two.yaml'), '--data-source', 'other')).toMatchObject({ code: 1 })
          expect(await scan(at('one.yaml'), '--policy-file', at('bare.yaml'))).toMatchObject({ code: 1 })
          const unclear = await scan(at('two.yaml'))
          expect([unclear.code, unclear.err]).toEqual([2, expect.stringContaining('shop, other')])
        }),
    ))

  test('a file that is no database is an error', () =>
    inDirectory(async at => {
      await writeFile(at('x.db'), `card ${PANS[0]} `.repeat(500))
      const { code, out, err } = await cardea('scan', `sqlite:${at('x.db')}`)
      expect([code, out]).toEqual([2, ''])
      expect(err).not.toMatch(/\d{9}/)
    }))
})
