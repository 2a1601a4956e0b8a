/**
 * Every path to SQL or rows that is known for Knex, walked by a caller who holds only the governed
 * handle. Policy: anything that names `secrets` is denied, `users.email` comes back masked.
 */
import { PassThrough } from 'node:stream'
import { expect, test } from '@jest/globals'
import type { Knex } from 'knex'
import { CardeaError } from '../../../src/errors.js'
import { onEveryEngine, type Stand } from './support/engines.js'
import { collect, expectNoLeak, outcomeOf } from './support/observe.js'
import { inner } from './support/surface.js'

type Probe = (db: Knex, stand: Stand) => unknown

/** Refused by the policy, with nothing in the error. */
const denied: Record<string, Probe> = {
  'builder await': db => db('secrets').select(),
  'then()': db => new Promise((resolve, reject) => db('secrets').then(resolve, reject)),
  'catch()': db => db('secrets').catch(error => Promise.reject(error)),
  'finally()': db => db('secrets').finally(() => {}),
  asCallback: db =>
    new Promise((resolve, reject) => {
      db('secrets')
        .asCallback((error: unknown, rows: unknown) => (error ? reject(error) : resolve(rows)))
        .catch(() => {})
    }),
  'stream (iterator)': db => collect(db('secrets').stream()),
  'stream (handler)': async db => {
    const seen: unknown[] = []
    let failure: unknown
    await db('secrets').stream(stream => {
      stream.on('data', row => seen.push(row))
      stream.on('error', error => {
        failure = error
      })
    })
    if (failure !== undefined) throw failure
    return seen
  },
  raw: db => db.raw('select * from secrets'),
  'schema.raw': db => db.schema.raw('select * from secrets'),
  subquery: db => db('users').whereIn('id', db('secrets').select('id')),
  union: db => db('users').select('name').union(db('secrets').select('word')),
  cte: db => db.with('s', db('secrets').select()).from('s').select(),
  'insert into': db => db('secrets').insert({ word: 'x' }),
  batchInsert: db => db.batchInsert('secrets', [{ word: 'x' }, { word: 'y' }], 1),
  'transaction callback': db => db.transaction(trx => trx('secrets').select()),
  transactionProvider: async db => {
    const trx = await db.transactionProvider()()
    try {
      return await trx('secrets').select()
    } finally {
      await trx.rollback()
    }
  },
  'nested transaction': db =>
    db.transaction(outer => outer.transaction(trx => trx.raw('select * from secrets'))),
  savepoint: db => db.transaction(outer => outer.savepoint(trx => trx('secrets').select())),
  transacting: db => db.transaction(trx => db('secrets').transacting(trx).select()),
  'migrate with a custom source': db =>
    db.migrate.latest({ migrationSource: migrations('select * from secrets') }),
  withUserParams: db => db.withUserParams({ a: 1 })('secrets').select(),
  'withUserParams in a transaction': db => db.withUserParams({}).transaction(trx => trx('secrets').select()),
  'context.raw': db => context(db).raw('select * from secrets'),
  'context.client.raw': db => inner(context(db)).raw('select * from secrets'),
  'client.raw': db => inner(db).raw('select * from secrets'),
  'client.query on a lease': db =>
    withLease(db, lease => inner(db).query(lease, { sql: 'select * from secrets', bindings: [] })),
  'client.query with a string': db => withLease(db, lease => inner(db).query(lease, 'select * from secrets')),
  'client._query on a lease': db =>
    withLease(db, lease => inner(db)._query(lease, { sql: 'select * from secrets', bindings: [] })),
  'client._stream on a lease': db =>
    withLease(db, lease => {
      const stream = new PassThrough({ objectMode: true }).on('error', () => {})
      return inner(db)._stream(lease, { sql: 'select * from secrets', bindings: [] }, stream)
    }),
  'a Runner made by hand': db => {
    const { constructor: Runner } = inner(db).runner(db('users'))
    return new Runner(db.client, db.raw('select * from secrets')).run()
  },
  'a Runner for a builder that lies': db => {
    let asked = 0
    const builder = {
      emit: () => false,
      queryContext: () => undefined,
      toSQL: () => ({
        sql: asked++ === 0 ? 'select 1 as one' : 'select * from secrets',
        bindings: [],
        method: 'raw',
      }),
    }
    return runTwice(db, builder)
  },
  'statement text behind a getter': db => {
    let reads = 0
    const statement = {
      bindings: [],
      method: 'raw',
      get sql() {
        return reads++ === 0 ? 'select * from secrets' : 'select 1'
      },
      set sql(_: string) {},
    }
    return withLease(db, lease => inner(db)._query(lease, statement))
  },
  'connection(lease)': db => withLease(db, lease => db('secrets').connection(lease).select()),
  'on(start) rewriting the own builder': db => {
    db.on('start', builder => builder.from('secrets').clearSelect().select('word'))
    return db('users').select('name')
  },
}

/** Runs, and only masked values come out, by whatever way they come. */
const shielded: Record<string, Probe> = {
  'builder await': db => db('users').select(),
  first: db => db('users').first(),
  pluck: db => db('users').pluck('email'),
  raw: db => db.raw('select * from users'),
  'schema.raw': db => db.schema.raw('select email from users'),
  'stream (iterator)': db => collect(db('users').stream()),
  'stream (handler)': async db => {
    const seen: unknown[] = []
    await db('users').stream(stream => stream.on('data', row => seen.push(row)))
    return seen
  },
  pipe: db => {
    const sink = new PassThrough({ objectMode: true })
    db('users').select().pipe(sink)
    return collect(sink)
  },
  'transaction callback': db => db.transaction(trx => trx('users').select()),
  'transaction promise': async db => {
    const trx = await db.transaction()
    const rows = await trx('users').select()
    await trx.commit()
    return rows
  },
  transacting: db => db.transaction(trx => db('users').transacting(trx).select()),
  'nested transaction': db => db.transaction(outer => outer.transaction(trx => trx('users').select())),
  'insert returning': db =>
    rolledBack(db, trx => trx('users').insert({ email: 'new@example.com' }, ['email', 'id'])),
  'update returning': db => db('users').where({ id: 1 }).update({ age: 36 }, ['email', 'age']),
  'increment and delete returning': db =>
    rolledBack(db, async trx => [
      await trx('users').where({ id: 1 }).returning('email').increment('age'),
      await trx('users').where({ id: 1 }).returning('email').del(),
    ]),
  'batchInsert returning': db =>
    rolledBack(db, trx => trx.batchInsert('users', [{ email: 'new@example.com' }], 1).returning('email')),
  'stream in a transaction': db => db.transaction(trx => collect(trx('users').stream())),
  alias: db => db('users').select('email as x', 'name'),
  'upper()': db => db('users').select(db.raw('upper(email) as x')),
  'client._query on a lease': db =>
    withLease(db, async lease => {
      const statement = { sql: 'select email from users', bindings: [] }
      return [await inner(db)._query(lease, statement), statement]
    }),
  'client._stream into an own stream': db =>
    withLease(db, async lease => {
      const stream = new PassThrough({ objectMode: true })
      const rows = collect(stream)
      await inner(db)._stream(lease, { sql: 'select email from users', bindings: [] }, stream)
      return rows
    }),
  'a Runner with an output hook': async db => {
    const seen: unknown[] = []
    const builder = {
      emit: () => false,
      queryContext: () => undefined,
      toSQL: () => ({
        sql: 'select email from users',
        bindings: [],
        output: (...response: unknown[]) => seen.push(...response),
      }),
    }
    return [await inner(db).runner(builder).run(), seen]
  },
  'on(query-response)': async db => {
    const seen: unknown[] = []
    db.on('query-response', (...values) => seen.push(values[0]))
    inner(db).on('query-response', (...values) => seen.push(values[0], values[1]))
    await db('users')
      .select()
      .on('query-response', (rows: unknown) => seen.push(rows))
    expect(seen).toHaveLength(4)
    return seen
  },
  postProcessResponse: async db => {
    const seen: unknown[] = []
    inner(db).config['postProcessResponse'] = (rows: unknown) => {
      seen.push(rows)
      return rows
    }
    return [await db('users').select(), seen]
  },
  "a stream's pipe event": async db => {
    const seen: unknown[] = []
    const stream = db('users').stream()
    stream.on('pipe', source => seen.push(source))
    return [await collect(stream), seen]
  },
  'an overwritten client._query': async db => {
    const statements: unknown[] = []
    const attempt = await outcomeOf(() => {
      const stolen = async (lease: unknown) => {
        statements.push(lease)
        return { response: [] }
      }
      Object.assign(db.client, { _query: stolen })
    })
    return [attempt, await outcomeOf(() => db('users').select()), statements]
  },
  'rows as arrays': (db, { engine }) => {
    if (engine === 'sqlite') return db('users').select()
    return db
      .raw('select email, name from users')
      .options(engine === 'postgres' ? { rowMode: 'array' } : { rowsAsArray: true })
  },
}

onEveryEngine('a caller who holds only the handle', stand => {
  test.each(Object.entries(denied))('is denied: %s', async (_, probe) => {
    const { db } = stand().handle()
    const { error, value } = await outcomeOf(() => probe(db, stand()))
    expectNoLeak(value)
    expectNoLeak(error)
    expect(error).toBeInstanceOf(CardeaError)
    expect(error?.code).toBe('CARDEA_POLICY_DENIED')
    expect(await stand().base('numbers').select()).toEqual([])
  })

  test.each(Object.entries(shielded))('gets only masked values: %s', async (_, probe) => {
    const { db, governor } = stand().handle()
    const { error, value } = await outcomeOf(() => probe(db, stand()))
    expect(error).toBeUndefined()
    expectNoLeak(value)
    if (_ !== 'an overwritten client._query') expect(governor.seen.governed.length).toBeGreaterThan(0)
  })
})

onEveryEngine('a seed', stand => {
  test('is governed; Knex wraps the refusal in an error of its own', async () => {
    const { db } = stand().handle()
    const { error } = await outcomeOf(() =>
      db.seed.run({ seedSource: seeds('select * from secrets') } as object),
    )
    expectNoLeak(error)
    expect(error?.message).toContain('The table is off limits.')
  })
})

/** Runs writes whose answers matter and whose effects do not. */
async function rolledBack<T>(db: Knex, work: (trx: Knex.Transaction) => PromiseLike<T>): Promise<T> {
  const trx = await db.transaction()
  try {
    return await work(trx)
  } finally {
    await trx.rollback()
  }
}

function runTwice(db: Knex, builder: object): Promise<unknown> {
  const client = inner(db)
  return client
    .runner(builder)
    .run()
    .then(() => client.runner(builder).run())
}

async function withLease<T>(db: Knex, work: (lease: object) => Promise<T> | PromiseLike<T>): Promise<T> {
  const lease = await inner(db).acquireConnection()
  try {
    return await work(lease)
  } finally {
    await inner(db).releaseConnection(lease)
  }
}

function context(db: Knex): Knex {
  return Reflect.get(db, 'context') as Knex
}

function migrations(sql: string): Knex.MigrationSource<string> {
  return {
    getMigrations: async () => ['one'],
    getMigrationName: name => name,
    getMigration: async () => ({ up: async knex => void (await knex.raw(sql)), down: async () => {} }),
  }
}

function seeds(sql: string) {
  return {
    getSeeds: async () => ['one'],
    getSeed: async () => ({ seed: async (knex: Knex) => void (await knex.raw(sql)) }),
  }
}
