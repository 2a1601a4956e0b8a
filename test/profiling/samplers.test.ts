/** What the samplers say to a server: reads alone, in transactions that can do nothing else, and how far they go. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { mysqlCatalog } from '../../src/catalog/mysql.js'
import { postgresCatalog } from '../../src/catalog/postgres.js'
import { withScanConnections } from '../../src/connect/scan-connection.js'
import type { SampledTable, Sampler } from '../../src/profiling/sampler.js'
import { mysqlSampler } from '../../src/profiling/samplers/mysql.js'
import { postgresSampler } from '../../src/profiling/samplers/postgres.js'
import { systemClock } from '../../src/util/clock.js'
import { type Database, describeMariadb, describePostgres, mariadb, postgres } from '../support/databases.js'
import { mysqlSequence } from '../support/mysql-sequence.js'

const OPTIONS = { rows: 200, timeoutMs: 5_000 }

describePostgres('the sampler of PostgreSQL', () => {
  let database: Database
  beforeAll(async () => {
    database = await postgres.database()
    await withScanConnections(database.url, 1, ({ lend }) =>
      lend(run =>
        run(`create table t (id int, x text); insert into t select n, n::text from generate_series(1, 20000) n;
          create function spoil() returns text language plpgsql as $$ begin insert into public.t values (0, 'x'); return 'x'; end $$;
          create table p (id int) partition by range (id)`),
      ),
    )
  })
  afterAll(() => database.drop())

  const sampled = (sampler: Sampler, use: (table: SampledTable, said: string[]) => Promise<void>) =>
    withScanConnections(database.url, 1, async ({ lend }) => {
      const query = (sql: string) => lend(run => run(sql))
      const catalog = await postgresCatalog({ query, labels: [], clock: systemClock }).current()
      const { tables } = await sampler.walk(lend, catalog)
      const table = tables.find(({ relation }) => relation.name === 't')
      if (table === undefined) throw new Error('no table t')
      await use(table, [])
    })

  test('reads in a transaction that can do nothing else, and closes it', () => {
    const sampler = postgresSampler()
    return sampled(sampler, (table, said) =>
      withScanConnections(database.url, 1, ({ lend }) =>
        lend(async run => {
          const rows: unknown[] = []
          const spy = async (sql: string) => {
            said.push(sql.trim())
            if (sql.startsWith('select') && said.length === 2) {
              await expect(run('savepoint s; insert into public.t values (0)')).rejects.toMatchObject({
                code: '25006',
              })
              await run('rollback to s')
              await expect(run('select public.spoil()')).rejects.toMatchObject({ code: '25006' })
              await run('rollback to s')
            }
            return run(sql)
          }
          expect(await sampler.read(spy, table, OPTIONS, cells => rows.push(cells))).toBe('pages')
          expect(said.map(sql => sql.split(/\s/)[0])).toEqual([
            'begin',
            'select',
            'select',
            'select',
            'commit',
          ])
          expect(said[0]).toMatch(
            /^begin transaction read only; set local statement_timeout = 5000; set local lock_timeout/,
          )
          expect(rows.length).toBeLessThanOrEqual(OPTIONS.rows)
          const ids = rows.map(cells => Number((cells as string[])[0]))
          // The first, and others from all over.
          expect(ids.slice(0, 3)).toEqual([1, 2, 3])
          for (const from of [0, 5_000, 10_000, 15_000]) {
            expect(ids.some(id => id > from && id <= from + 5_000)).toBe(true)
          }
          const [state] = await run(
            `select now() = statement_timestamp() as alone, current_setting('statement_timeout') as timeout`,
          )
          expect(state).toEqual({ alone: true, timeout: '0' })
        }),
      ),
    )
  })

  test('closes it too where the table cannot be read', () => {
    const sampler = postgresSampler()
    return sampled(sampler, (table, said) =>
      withScanConnections(database.url, 1, ({ lend }) =>
        lend(async run => {
          const spy = async (sql: string) => {
            said.push(sql)
            return run(sql.startsWith('select') ? 'select 1 / 0' : sql)
          }
          await expect(sampler.read(spy, table, OPTIONS, () => {})).rejects.toMatchObject({ code: '22012' })
          expect(said.at(-1)).toBe('rollback')
          expect(await run('select 1 as one')).toEqual([{ one: 1 }])
        }),
      ),
    )
  })
})

describeMariadb('the sampler of MariaDB', () => {
  test('reads in a transaction that can do nothing else, within the time allowed', async () => {
    const database = await mariadb.database()
    try {
      await withScanConnections(database.url, 1, ({ lend }) =>
        lend(async run => {
          await run('create table t (id int primary key, x text)')
          await run(`insert into t select seq, seq from ${mysqlSequence(20_000)}`)
          const catalog = await mysqlCatalog({ query: run, labels: [], clock: systemClock }).current()
          const sampler = mysqlSampler()
          const { tables } = await sampler.walk(lend, catalog)
          const [table] = tables
          if (table === undefined) throw new Error('no table t')
          const said: string[] = []
          const rows: unknown[] = []
          const spy = async (sql: string) => {
            said.push(sql)
            const answer = await run(sql)
            if (sql === 'start transaction read only') {
              await expect(run('insert into t values (0, 0)')).rejects.toMatchObject({ errno: 1792 })
              expect(
                await run('select @@max_statement_time + 0 as s, @@lock_wait_timeout as w'),
              ).toMatchObject([{ s: 5, w: '1' }])
            }
            return answer
          }
          expect(await sampler.read(spy, table, OPTIONS, cells => rows.push(cells))).toBe('key')
          expect(said.map(sql => sql.replace(/^\(/, '').split(/\s/)[0])).toEqual([
            'set',
            'set',
            'start',
            'select',
            'select',
            'select',
            'commit',
          ])
          const ids = rows.map(cells => Number((cells as string[])[0]))
          expect(ids.length).toBeLessThanOrEqual(OPTIONS.rows)
          for (const from of [0, 5_000, 10_000, 15_000]) {
            expect(ids.some(id => id > from && id <= from + 5_000)).toBe(true)
          }
          await run('insert into t values (0, 0)')
        }),
      )
    } finally {
      await database.drop()
    }
  })
})
