/** The search of a run's artefacts is able to find what must not be there, wherever it was left. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'

const CARD = '4532015112830366'
const root = new URL('../../', import.meta.url)

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cardea-artefacts-'))
})
// What is planted here is no artefact: it goes for good, file by file.
afterEach(() => {
  spawnSync('rm', ['-rf', directory])
})

function node(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  })
  return { status, text: stdout + stderr }
}

const search = (path = directory) =>
  node(['--import', './test/support/typescript.mjs', 'test/support/artefacts/search.ts', path])

test('nothing there is no proof', () => {
  expect(search()).toMatchObject({ status: 1, text: expect.stringContaining('nothing to search') })
})

test('finds a card in a trail, in a log, in an error text and in an odd place, and says where and not what', () => {
  writeFileSync(join(directory, 'clean'), `{"seq":1,"at":1764402600000,"pan":"453201******0366"}\n`)
  expect(search()).toMatchObject({ status: 0 })
  mkdirSync(join(directory, 'audit'))
  const planted: Readonly<Record<string, string>> = {
    'audit/segment.jsonl': `{"seq":1}\n{"seq":2,"statement":"select '${CARD}'"}\n`,
    log: `${'x'.repeat((1 << 20) - 8)}${CARD} over the edge of a chunk`,
    errors: `"DatabaseError: Key (pan)=(4532 0151 1283 0366)"\n`,
    store: `\0\0binary\0${CARD}\0`,
    codes: '{"cvv":"123"}',
  }
  for (const [name, text] of Object.entries(planted)) writeFileSync(join(directory, name), text)
  const { status, text } = search()
  expect(status).toBe(1)
  for (const name of Object.keys(planted)) expect(text).toContain(`${name}: `)
  expect(text).toContain('5 found in 6 files')
  expect(text).not.toContain('4532')
})

test('in a database of the tests only the tables of Cardea are looked at', () => {
  const Database = createRequire(import.meta.url)('better-sqlite3') as new (
    file: string,
  ) => { exec(sql: string): void; close(): void }
  const fill = (name: string, sql: string): void => {
    const database = new Database(join(directory, name))
    database.exec(sql)
    database.close()
  }
  fill('shop.db', `create table cards (pan); insert into cards values ('${CARD}'); create table cardea_x (a)`)
  expect(search()).toMatchObject({ status: 0 })
  fill('store.db', `create table cardea_x (a); insert into cardea_x values ('note ${CARD}')`)
  fill(
    'mixed.db',
    `create table cards (pan); create table cardea_y (a); insert into cardea_y values ('${CARD}')`,
  )
  const { text } = search()
  expect([text.includes('store.db'), text.includes('mixed.db'), text.includes('shop.db')]).toEqual([
    true,
    true,
    false,
  ])
})

test('what a process removes from its temporary directory, and what it prints, is kept', () => {
  const [temporary, kept] = [join(directory, 'tmp'), join(directory, 'kept')]
  for (const path of [temporary, kept]) mkdirSync(path)
  const script = `
    import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
    import { rm } from 'node:fs/promises'
    for (const remove of [rmSync, rm]) {
      const folder = mkdtempSync(process.env.TMPDIR + '/x-')
      writeFileSync(folder + '/trail', 'card ${CARD}')
      await remove(folder, { recursive: true, force: true })
    }
    rmSync(process.env.TMPDIR + '/never', { force: true })
    console.error('printed ${CARD}')`
  const { status } = node(
    ['--import', './test/support/artefacts/keep.mjs', '--input-type=module', '-e', script],
    {
      TMPDIR: temporary,
      CARDEA_ARTEFACTS: kept,
    },
  )
  expect(status).toBe(0)
  expect(readdirSync(temporary)).toEqual([])
  expect(search(kept).text).toContain('3 found in 3 files')
})
