/** Stage 6 against PostgreSQL: what stays in the table is what counts. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import pg from 'pg'
import { CardeaError, ObligationError } from '../../src/errors.js'
import { execute } from '../../src/execution/execute.js'
import { type EngineError, type ExecutionLimits, isEngineError } from '../../src/model/executor.js'
import { isRefusal } from '../../src/model/refusal.js'
import { isStream, plainRows, type Result, type Row } from '../../src/model/result.js'
import { UncertainError } from '../../src/model/uncertain.js'
import { type Database, describePostgres, postgres } from '../support/databases.js'
import { intended, PgExecutor } from './support.js'

const never = new AbortController().signal
const update = { kind: 'update', verb: 'update', scope: 'open' } as const

describePostgres('execution', () => {
  let database: Database
  let client: pg.Client
  beforeAll(async () => {
    database = await postgres.database()
    client = new pg.Client(database.url)
    await client.connect()
    await client.query('create table t (n int primary key check (n < 1000))')
  })
  beforeEach(async () => {
    await client.query('rollback')
    await client.query('truncate t')
    await client.query('insert into t select generate_series(1, 10)')
  })
  afterAll(async () => {
    await client.end()
    await database.drop()
  })

  const runs = (statement: string, streaming = false) =>
    new PgExecutor(database.url, client, statement, streaming)
  const table = async (): Promise<number[]> => {
    const other = new pg.Client(database.url)
    await other.connect()
    const { rows } = await other.query<{ n: number }>('select n from t order by n')
    await other.end()
    return rows.map(({ n }) => n)
  }
  const original = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
  const shifted = original.map(n => n + 100)

  test('runs the statement once, with the read-only obligation, and hands the result on', async () => {
    const executor = runs('select n from t order by n')
    const outcome = await execute(intended({ readOnly: true, maxRows: 10 }), executor, never)
    expect(isRefusal(outcome) ? outcome : outcome.result).toMatchObject({
      rows: original.map(n => ({ n })),
      truncated: false,
    })
    expect(executor.asked).toEqual(['run'])
    expect(executor.limits).toMatchObject({ readOnly: true, maxRows: 10 })
  })

  test('hands on an error of the database', async () => {
    const outcome = await execute(intended({}), runs('select 1/0'), never)
    expect(isRefusal(outcome) || !isEngineError(outcome.result) ? outcome : outcome.result.code).toBe('22012')
  })

  test('more rows than the cap are refused, with the cap in the words', async () => {
    const outcome = await execute(intended({ maxRows: 9 }), runs('select n from t'), never)
    expect(outcome).toMatchObject({
      refused: true,
      code: 'CARDEA_ROW_LIMIT',
      rule: 'some-rule',
      decisionId: '01DECISION',
    })
    expect(isRefusal(outcome) && outcome.reason).toMatch(/9 rows.*add LIMIT 9/)
  })

  test('more rows than the cap undo the write that returned them', async () => {
    const output = [{ name: 'n', lineage: { kind: 'none' as const } }]
    const executor = runs('update t set n = n + 100 returning n')
    const outcome = await execute(intended({ maxRows: 9 }, [update], output), executor, never)
    expect(outcome).toMatchObject({ code: 'CARDEA_ROW_LIMIT' })
    expect(executor.asked).toEqual(['begin', 'run', 'rollback'])
    expect(await table()).toEqual(original)
  })

  test('a write within the cap is committed', async () => {
    const executor = runs('update t set n = n + 100')
    const outcome = await execute(intended({ maxAffectedRows: 10 }, [update]), executor, never)
    expect(isRefusal(outcome) ? outcome : outcome.result).toMatchObject({ affected: 10 })
    expect(executor.asked).toEqual(['begin', 'run', 'commit'])
    expect(await table()).toEqual(shifted)
  })

  test('a write beyond the cap is rolled back and refused', async () => {
    const executor = runs('update t set n = n + 100')
    const outcome = await execute(intended({ maxAffectedRows: 9 }, [update]), executor, never)
    expect(outcome).toMatchObject({ code: 'CARDEA_AFFECTED_LIMIT' })
    expect(executor.asked).toEqual(['begin', 'run', 'rollback'])
    expect(await table()).toEqual(original)
  })

  test('a cap of no rows rolls back the first, and lets a write that finds none pass', async () => {
    const keyed = [{ ...update, scope: 'keyed', maxRows: 1 }] as const
    const one = runs('delete from t where n = 3')
    expect(await execute(intended({ maxAffectedRows: 0 }, keyed), one, never)).toMatchObject({
      code: 'CARDEA_AFFECTED_LIMIT',
    })
    expect(one.asked).toEqual(['begin', 'run', 'rollback'])
    expect(await table()).toEqual(original)
    const none = runs('delete from t where n = 300')
    const outcome = await execute(intended({ maxAffectedRows: 0 }, keyed), none, never)
    expect(isRefusal(outcome) ? outcome : outcome.result).toMatchObject({ affected: 0 })
    expect(none.asked).toEqual(['begin', 'run', 'commit'])
  })

  test('a cap that is what the text bounds needs no count', async () => {
    const executor = runs('delete from t where n in (1, 2, 3)')
    const outcome = await execute(
      intended({ maxAffectedRows: 3 }, [{ ...update, scope: 'keyed', maxRows: 3 }]),
      executor,
      never,
    )
    expect(isRefusal(outcome)).toBe(false)
    expect(executor.asked).toEqual(['run'])
  })

  test('rows that appeared after the approval are not written, and the words say so', async () => {
    const approved = intended({ maxAffectedRows: 10 }, [update], [], { kind: 'single' })
    await client.query('insert into t values (11)')
    const executor = runs('update t set n = n + 100')
    const outcome = await execute(approved, executor, never)
    expect(outcome).toMatchObject({
      code: 'CARDEA_AFFECTED_LIMIT',
      reason: expect.stringMatching(
        /more than the 10 rows that its approval covers; it was rolled back; .*ask for approval again/,
      ),
    })
    expect(executor.asked).toEqual(['begin', 'run', 'rollback'])
    expect(await table()).toEqual([...original, 11])
  })

  test('the words name whose limit it is', async () => {
    const words = async (kind: 'single' | 'window' | 'break-glass' | null) => {
      const grant = kind === null ? null : { kind }
      const wrote = await execute(
        intended({ maxAffectedRows: 1 }, [update], [], grant),
        runs('delete from t'),
        never,
      )
      const read = await execute(
        intended({ maxRows: 1 }, undefined, [], grant),
        runs('select n from t'),
        never,
      )
      return [wrote, read].map(outcome => /that (.*?);/.exec(isRefusal(outcome) ? outcome.reason : '')?.[1])
    }
    expect(await words(null)).toEqual(['the policy allows', 'the policy allows'])
    expect(await words('single')).toEqual(['its approval covers', 'the policy allows'])
    expect(await words('break-glass')).toEqual(['the policy allows', 'the policy allows'])
    expect(await words('window')).toEqual(['its approval covers', 'its approval covers'])
  })

  test('a write that its text bounds needs no bracket', async () => {
    const executor = runs('delete from t where n in (1, 2)')
    await execute(intended({ maxAffectedRows: 2 }, [{ ...update, maxRows: 2 }]), executor, never)
    expect(executor.asked).toEqual(['run'])
    expect(await table()).toEqual(original.slice(2))
  })

  test('an error within the bracket rolls back', async () => {
    const executor = runs('update t set n = n + 995')
    const outcome = await execute(intended({ maxAffectedRows: 100 }, [update]), executor, never)
    expect(isRefusal(outcome) ? outcome : outcome.result).toMatchObject({ failed: true, code: '23514' })
    expect(executor.asked).toEqual(['begin', 'run', 'rollback'])
    expect(await table()).toEqual(original)
  })

  test('a statement that nobody understood is bracketed and counted', async () => {
    const executor = runs('update t set n = n + 100')
    const outcome = await execute(intended({ maxAffectedRows: 9 }, 'unanalyzable'), executor, never)
    expect(outcome).toMatchObject({ code: 'CARDEA_AFFECTED_LIMIT' })
    expect(await table()).toEqual(original)
  })

  test('a write whose count is not told is rolled back', async () => {
    const executor = runs('do $$ begin update t set n = n + 100; end $$')
    const outcome = await execute(
      intended({ maxAffectedRows: 100 }, [{ kind: 'procedural', verb: 'do' }]),
      executor,
      never,
    )
    expect(outcome).toMatchObject({ code: 'CARDEA_AFFECTED_LIMIT' })
    expect(executor.asked).toEqual(['begin', 'run', 'rollback'])
    expect(await table()).toEqual(original)
  })

  test('a write inside another statement, which the engine does not count, does not run', async () => {
    const executor = runs('with gone as (delete from t returning n) select count(*) from gone')
    const effects = [
      { kind: 'select', verb: 'select' },
      { kind: 'delete', verb: 'delete' },
    ] as const
    const outcome = await execute(intended({ maxAffectedRows: 5 }, effects), executor, never)
    expect(outcome).toMatchObject({ code: 'CARDEA_AFFECTED_LIMIT' })
    expect(executor.asked).toEqual([])
  })

  test('a bounded write inside another leaves the outer one the rest of the cap', async () => {
    const statement = 'with gone as (delete from t where n = 1) update t set n = n + 100 where n > 1'
    const effects = [update, { kind: 'delete', verb: 'delete', maxRows: 1 }] as const
    const refused = await execute(intended({ maxAffectedRows: 9 }, effects), runs(statement), never)
    expect(refused).toMatchObject({ code: 'CARDEA_AFFECTED_LIMIT' })
    expect(await table()).toEqual(original)
    const done = await execute(intended({ maxAffectedRows: 10 }, effects), runs(statement), never)
    expect(isRefusal(done)).toBe(false)
    expect(await table()).toEqual(shifted.slice(1))
  })

  test('TRUNCATE under a cap does not run', async () => {
    const executor = runs('truncate t')
    const outcome = await execute(
      intended({ maxAffectedRows: 100 }, [{ kind: 'ddl', verb: 'truncate' }]),
      executor,
      never,
    )
    expect(outcome).toMatchObject({ code: 'CARDEA_AFFECTED_LIMIT' })
    expect(executor.asked).toEqual([])
  })

  test('a statement that takes too long is cancelled at the server and refused', async () => {
    const outcome = await execute(intended({ timeoutMs: 50 }), runs('select pg_sleep(20)'), never)
    expect(outcome).toMatchObject({ code: 'CARDEA_TIMEOUT' })
    expect((await client.query('select 1 as alive')).rows).toEqual([{ alive: 1 }])
  })

  test('a write that takes too long is rolled back', async () => {
    const executor = runs('update t set n = n + 100 where pg_sleep(2) is not null')
    const outcome = await execute(intended({ timeoutMs: 50, maxAffectedRows: 10 }, [update]), executor, never)
    expect(outcome).toMatchObject({ code: 'CARDEA_TIMEOUT' })
    expect(executor.asked).toEqual(['begin', 'run', 'rollback'])
    expect(await table()).toEqual(original)
  })

  test('a caller who gives up cancels the statement', async () => {
    const caller = new AbortController()
    const running = execute(intended({}), runs('select pg_sleep(20)'), caller.signal)
    setTimeout(() => caller.abort(), 50)
    expect(await running).toMatchObject({ code: 'CARDEA_ABANDONED' })
  })

  test('a caller who gave up before runs nothing', async () => {
    const executor = runs('delete from t')
    expect(await execute(intended({}), executor, AbortSignal.abort())).toMatchObject({
      code: 'CARDEA_ABANDONED',
    })
    expect(executor.asked).toEqual([])
  })

  test('a connection that breaks throws its own error', async () => {
    const own = new pg.Client(database.url)
    own.on('error', () => undefined)
    await own.connect()
    await own.query('select pg_terminate_backend(pg_backend_pid())').catch(() => undefined)
    const executor = new PgExecutor(database.url, own, 'select 1')
    await expect(execute(intended({}), executor, never)).rejects.toThrow(/connection|terminat/i)
  })

  /** Whose answers are lost on the way, once the database has done as it was asked. */
  class Losing extends PgExecutor {
    constructor(
      statement: string,
      private readonly loses: 'run' | 'commit',
      private readonly error: Error = new Error('connection lost'),
    ) {
      super(database.url, client, statement)
    }

    override async run(limits: ExecutionLimits): Promise<Result | EngineError> {
      const result = await super.run(limits)
      if (this.loses === 'run') throw this.error
      return result
    }

    override async commit(): Promise<void> {
      await super.commit()
      throw this.error
    }
  }
  const shift = 'update t set n = n + 100'
  const thrownBy = (executor: PgExecutor, ...given: Parameters<typeof intended>): Promise<unknown> =>
    execute(intended(...given), executor, never).catch(error => error)

  test.each([
    ['a commit', { maxAffectedRows: 10 }, [update], 'commit'],
    ['a write', {}, [update], 'run'],
    ['what nobody understood, although it was to be counted', { maxAffectedRows: 10 }, 'unanalyzable', 'run'],
    ['a procedure, which may commit by itself', { maxAffectedRows: 10 }, [{ kind: 'procedural' }], 'run'],
  ] as const)('%s whose answer is lost may have happened', async (_, obligations, effects, loses) => {
    const error = new Error('connection lost')
    const thrown = await thrownBy(new Losing(shift, loses, error), obligations, effects)
    expect(thrown).toBeInstanceOf(UncertainError)
    expect(thrown).toMatchObject({ thrown: error })
  })

  test.each([
    ['a read', 'select n from t', {}, undefined, 'run', undefined],
    ['a write that is still to be committed', shift, { maxAffectedRows: 10 }, [update], 'run', undefined],
    ['a write whose connection was given back', shift, {}, [update], 'run', 'CARDEA_ABANDONED'],
    ['a commit that the database refused', shift, { maxAffectedRows: 10 }, [update], 'commit', '23505'],
  ] as const)('%s has certainly not', async (_, statement, obligations, effects, loses, code) => {
    const error =
      code === 'CARDEA_ABANDONED'
        ? new CardeaError(code, 'gone')
        : Object.assign(new Error('lost'), reported(code))
    expect(await thrownBy(new Losing(statement, loses, error), obligations, effects)).toBe(error)
  })

  test.each(['57P01', '57P02', '08006', '40003'])(
    'a server that ends the connection with %s may have committed before',
    async code => {
      const error = Object.assign(new Error('late'), reported(code))
      const thrown = await thrownBy(new Losing(shift, 'commit', error), { maxAffectedRows: 10 }, [update])
      expect(thrown).toBeInstanceOf(UncertainError)
    },
  )
  test.each([
    ['a write', [update], false],
    ['a procedure, which may have committed by itself', [{ kind: 'procedural' }], true],
    ['a commit', [{ kind: 'transaction' }], true],
  ] as const)(
    '%s that was answered with an error before the connection was lost',
    async (_, effects, isUnsure) => {
      const error = Object.assign(new Error('lost'), { stopped: true })
      const thrown = await thrownBy(new Losing(shift, 'run', error), {}, effects)
      expect(thrown instanceof UncertainError).toBe(isUnsure)
    },
  )

  const reported = (code: string | undefined): object =>
    code === undefined ? {} : { reported: { failed: true, message: 'as the server says', code } }

  test('a throw inside the bracket rolls back and is thrown on', async () => {
    class Breaking extends PgExecutor {
      override async run(limits: ExecutionLimits): Promise<Result | EngineError> {
        await super.run(limits)
        throw new TypeError('the driver lost its mind')
      }
    }
    const executor = new Breaking(database.url, client, 'update t set n = n + 100')
    const running = execute(intended({ maxAffectedRows: 10 }, [update]), executor, never)
    await expect(running).rejects.toThrow(TypeError)
    expect(executor.asked).toEqual(['begin', 'run', 'rollback'])
    expect(await table()).toEqual(original)
  })

  const read = async (
    statement: string,
    obligations: Parameters<typeof intended>[0],
    caller = never,
  ): Promise<Row[]> => {
    const outcome = await execute(intended(obligations), runs(statement, true), caller)
    if (isRefusal(outcome) || isEngineError(outcome.result) || !isStream(outcome.result))
      throw new Error('no stream')
    const seen: Row[] = []
    for await (const batch of outcome.result.batches) seen.push(...plainRows(batch))
    return seen
  }

  test('a stream within its cap is whole', async () => {
    expect(await read('select n from t order by n', { maxRows: 10 })).toEqual(original.map(n => ({ n })))
  })

  test('a stream beyond its cap throws the error of the refusal', async () => {
    await expect(read('select n from t order by n', { maxRows: 9 })).rejects.toMatchObject({
      constructor: ObligationError,
      code: 'CARDEA_ROW_LIMIT',
    })
    expect((await client.query('select 1 as alive')).rows).toEqual([{ alive: 1 }])
  })

  test('a stream that keeps the reader waiting too long throws', async () => {
    await expect(read('select pg_sleep(20) as n', { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'CARDEA_TIMEOUT',
    })
  })

  test('a stream whose reader is slow does not', async () => {
    const outcome = await execute(
      intended({ timeoutMs: 200 }),
      runs('select n from t order by n', true),
      never,
    )
    if (isRefusal(outcome) || isEngineError(outcome.result) || !isStream(outcome.result))
      throw new Error('no stream')
    const seen: Row[] = []
    for await (const batch of outcome.result.batches) {
      if (seen.length === 0) await new Promise(resolve => setTimeout(resolve, 300))
      seen.push(...plainRows(batch))
    }
    expect(seen).toHaveLength(10)
  })

  test('a stream whose caller gives up throws', async () => {
    const caller = new AbortController()
    setTimeout(() => caller.abort(), 50)
    await expect(read('select pg_sleep(20) as n', {}, caller.signal)).rejects.toMatchObject({
      code: 'CARDEA_ABANDONED',
    })
  })

  test('a stream that nobody reads lets go of the connection when it is closed', async () => {
    const outcome = await execute(intended({}), runs('select n from t', true), never)
    if (isRefusal(outcome) || isEngineError(outcome.result) || !isStream(outcome.result))
      throw new Error('no stream')
    await outcome.result.batches[Symbol.asyncIterator]().return?.()
    expect((await client.query('select 1 as alive')).rows).toEqual([{ alive: 1 }])
  })

  test('a write that arrives as a stream cannot be counted and is rolled back', async () => {
    const executor = runs('update t set n = n + 100 returning n', true)
    const outcome = await execute(intended({ maxAffectedRows: 100 }, [update]), executor, never)
    expect(outcome).toMatchObject({ code: 'CARDEA_AFFECTED_LIMIT' })
    expect(executor.asked).toEqual(['begin', 'run', 'rollback'])
    expect(await table()).toEqual(original)
  })
})
