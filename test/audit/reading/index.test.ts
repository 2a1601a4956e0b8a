/** An index says what reading the whole trail says, whatever happened to either of them. */
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { openTrailIndex } from '../../../src/audit/index/trail-index.js'
import { type SearchFilter, type SearchOptions, search } from '../../../src/audit/search.js'
import { inDirectory } from '../kit.js'
import {
  at,
  event,
  filter,
  intent,
  outcome,
  sparseFilter,
  statement,
  step,
  TrailOfRecords,
  writer,
} from './kit.js'

async function all<T>(from: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const one of from) found.push(one)
  return found
}

const ids = async (directory: string, filter: SearchFilter, options: SearchOptions = {}) =>
  (await all(search(directory, filter, options))).map(one => (one.kind === 'event' ? one.record.id : one.id))

describe('an index', () => {
  test('finds what reading finds, in either order, while the trail grows', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { maxLength: 60 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.oneof(filter, sparseFilter), { minLength: 1, maxLength: 6 }),
        fc.option(fc.nat(8)),
        (stages, filters, limit) =>
          inDirectory(async parent => {
            const directory = join(parent, 'trail')
            const write = writer(new TrailOfRecords(directory))
            const index = join(parent, 'index')
            for (const steps of stages) {
              write(steps)
              for (const wanted of filters) {
                const expected = await all(search(directory, wanted))
                expect(await all(search(directory, wanted, { index }))).toEqual(expected)
                const reversed = expected.toReversed().slice(0, limit ?? undefined)
                const options = { reverse: true, ...(limit === null ? {} : { limit }) }
                expect(await all(search(directory, wanted, options))).toEqual(reversed)
                expect(await all(search(directory, wanted, { ...options, index }))).toEqual(reversed)
              }
            }
          }),
      ),
      { numRuns: 20 },
    ))

  test('over thousands of stories, more than one block and batch', () =>
    inDirectory(async parent => {
      const directory = join(parent, 'trail')
      const trail = new TrailOfRecords(directory)
      trail.append(intent('long', at(0), statement({ session: 'long' })))
      for (let part = 0; part < 5; part++) {
        trail.append(
          ...Array.from({ length: 2_000 }, (_, n) => {
            const number = part * 2_000 + n
            return outcome(`S-${number}`, at(number), {}, statement({ session: `session-${number % 7}` }))
          }),
        )
        trail.rotate()
      }
      trail.append(outcome('long', at(20_000), { status: 'cut' }))
      const index = join(parent, 'index')
      const wanted = { session: 'session-3', from: Date.parse(at(3_000)), to: Date.parse(at(9_000)) }
      const expected = await ids(directory, wanted)
      expect(expected).toHaveLength(857)
      expect(await ids(directory, wanted, { index })).toEqual(expected)
      expect(await ids(directory, wanted, { index, reverse: true, limit: 3 })).toEqual(
        expected.toReversed().slice(0, 3),
      )
      expect(await all(search(directory, { session: 'LONG' }, { index }))).toMatchObject([
        { id: 'long', time: at(0), endedAt: at(20_000), outcome: { status: 'cut' } },
      ])
    }))

  test('serves several trails, and two who bring it up to date at one time', () =>
    inDirectory(async parent => {
      const index = join(parent, 'index')
      const names = ['one', 'two']
      for (const name of names) {
        const trail = new TrailOfRecords(join(parent, name))
        for (let n = 0; n < 9_000; n += 3_000)
          trail.append(...Array.from({ length: 3_000 }, (_, m) => event(`${name}-${n + m}`, at(n))))
      }
      const directories = names.map(name => join(parent, name))
      const opened = await Promise.all([1, 2, 3].map(() => openTrailIndex(index, directories)))
      const updates = opened.flatMap(one => directories.map(directory => one.update(directory)))
      expect(await Promise.all(updates)).toEqual(Array(6).fill(9_000))
      for (const one of opened) one.close()
      for (const name of names)
        expect(await ids(join(parent, name), { id: [`${name}-8999`, 'one-17'] }, { index })).toEqual(
          name === 'one' ? ['one-17', 'one-8999'] : ['two-8999'],
        )
    }))
})

describe('an index is made anew', () => {
  const other = (directory: string, name: string) =>
    new TrailOfRecords(directory).append(event(name, at(0)), intent('open', at(1)), event('last', at(2)))

  test.each<[string, (directory: string) => void]>([
    [
      'when another trail stands there',
      directory => {
        rmSync(directory, { recursive: true })
        other(directory, 'new')
      },
    ],
    [
      'when the trail was cut behind what was indexed',
      directory => {
        const path = join(directory, '00000001.jsonl')
        const lines = readFileSync(path, 'utf8').split('\n')
        writeFileSync(path, `${lines.slice(0, 2).join('\n')}\n`)
      },
    ],
    [
      'when the first segment was pruned',
      directory => {
        const path = join(directory, '00000001.jsonl')
        writeFileSync(join(directory, '00000002.jsonl'), `${readFileSync(path, 'utf8').split('\n')[2]}\n`)
        rmSync(path)
      },
    ],
  ])('%s', (_, change) =>
    inDirectory(async parent => {
      const directory = join(parent, 'trail')
      const index = join(parent, 'index')
      other(directory, 'old')
      expect(await ids(directory, {}, { index, reverse: true })).toEqual(['open', 'last', 'old'])
      change(directory)
      expect(await ids(directory, {}, { index, reverse: true })).toEqual(
        (await ids(directory, {})).toReversed(),
      )
    }),
  )

  test('when it is of another version', () =>
    inDirectory(async parent => {
      const directory = join(parent, 'trail')
      const index = join(parent, 'index')
      other(directory, 'old')
      await ids(directory, {}, { index })
      const { default: Sqlite } = await import('better-sqlite3')
      const database = new Sqlite(index)
      database.exec('pragma user_version = 99; drop table term; delete from story')
      database.close()
      expect(await ids(directory, { id: 'old' }, { index })).toEqual(['old'])
    }))
})

describe('an index is never believed', () => {
  test('a line that was changed since is not shown', () =>
    inDirectory(async parent => {
      const directory = join(parent, 'trail')
      const index = join(parent, 'index')
      const trail = new TrailOfRecords(directory)
      trail.append(event('one', at(0), { why: 'good' }), event('two', at(1)))
      expect(await ids(directory, { id: 'one' }, { index })).toEqual(['one'])
      const text = readFileSync(trail.segmentPath, 'utf8')
      writeFileSync(trail.segmentPath, text.replace('good', 'evil'))
      await expect(ids(directory, { id: 'one' }, { index })).rejects.toMatchObject({
        code: 'CARDEA_TRAIL_DAMAGED',
        message: expect.stringContaining('not the one that was read there before'),
      })
    }))

  test('a list that names the wrong story shows nothing wrong', () =>
    inDirectory(async parent => {
      const directory = join(parent, 'trail')
      const index = join(parent, 'index')
      new TrailOfRecords(directory).append(
        outcome('a', at(0), {}, statement({ session: 'a' })),
        outcome('b', at(1), {}, statement({ session: 'b' })),
      )
      await ids(directory, {}, { index })
      const { default: Sqlite } = await import('better-sqlite3')
      const database = new Sqlite(index)
      database.exec("update term set stories = ' 0 1'")
      database.close()
      expect(await ids(directory, { session: 'a' }, { index })).toEqual(['a'])
    }))
})

describe('the file of an index', () => {
  test('is the owner’s alone, and holds no text of the trail', () =>
    inDirectory(async parent => {
      const index = join(parent, 'index')
      new TrailOfRecords(join(parent, 'trail')).append(
        outcome('S-1', at(0), {}, statement({ statement: 'select secret_words', session: 'named-session' })),
      )
      expect(await ids(join(parent, 'trail'), { session: 'named-session' }, { index })).toEqual(['S-1'])
      expect(statSync(index).mode & 0o777).toBe(0o600)
      const bytes = readFileSync(index, 'latin1')
      for (const text of ['secret_words', 'named-session', 'alice', 'orders', 'S-1'])
        expect(bytes.includes(text)).toBe(false)
    }))

  test('never stands among the segments, and never is another file', () =>
    inDirectory(async parent => {
      const directory = join(parent, 'trail')
      new TrailOfRecords(directory).append(event('one', at(0)))
      const refused = (index: string) =>
        expect(ids(directory, {}, { index })).rejects.toMatchObject({ code: 'CARDEA_CONFIGURATION' })
      await refused(join(directory, 'index'))
      await refused(join(parent, 'nowhere', 'index'))
      const text = join(parent, 'text')
      writeFileSync(text, 'no database at all, but longer than a header of one would be: '.repeat(20))
      await refused(text)
      expect(readFileSync(text, 'utf8')).toContain('no database')
      const foreign = join(parent, 'foreign')
      const { default: Sqlite } = await import('better-sqlite3')
      const database = new Sqlite(foreign)
      database.exec('create table story (mine text); insert into story values (1)')
      database.close()
      await refused(foreign)
      const spoilt = join(parent, 'spoilt')
      await ids(directory, {}, { index: spoilt })
      for (const beside of ['-wal', '-shm']) rmSync(`${spoilt}${beside}`, { force: true })
      const bytes = readFileSync(spoilt)
      writeFileSync(spoilt, bytes.fill(7, 4096))
      await refused(spoilt)
      expect(existsSync(join(directory, 'index'))).toBe(false)
    }))
})
