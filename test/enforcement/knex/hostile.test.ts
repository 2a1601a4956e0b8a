/** A caller who uses Knex's inner surface, driver options, odd bindings and errors to get past governance. */
import { PassThrough } from 'node:stream'
import { expect, test } from '@jest/globals'
import { type Knex, knex } from 'knex'
import { CardeaError, DatabaseError, SurfaceRefusedError } from '../../../src/errors.js'
import { email, on, onEveryEngine } from './support/engines.js'
import { collect, expectNoLeak, outcomeOf, visible } from './support/observe.js'
import { basePrototype, inner } from './support/surface.js'

onEveryEngine('connections', stand => {
  const ways: Record<string, (db: Knex) => Promise<object> | object> = {
    acquireConnection: db => inner(db).acquireConnection(),
    'builder.client': db =>
      inner(
        Reflect.get(db('users'), 'client') ? { client: Reflect.get(db('users'), 'client') } : db,
      ).acquireConnection(),
    'this.client in where(fn)': async db => {
      const caught: Promise<object>[] = []
      await db('users').where(function () {
        if (caught.length === 0)
          caught.push(inner({ client: Reflect.get(this, 'client') }).acquireConnection())
        this.where('id', 1)
      })
      return caught[0] ?? {}
    },
    'pool.acquire': db => inner(db).pool.acquire().promise,
    'trx.client.acquireConnection': async db => {
      let lease: object = {}
      await db.transaction(async trx => {
        lease = await inner(trx).acquireConnection()
      })
      return lease
    },
  }

  test.each(Object.entries(ways))('%s gives an object without powers', async (_, way) => {
    const { db } = stand().handle()
    const lease = await way(db)
    expectNoLeak(lease)
    expect(Reflect.ownKeys(lease).every(key => String(key).startsWith('__knex'))).toBe(true)
    expect(Reflect.getPrototypeOf(lease)).toBe(Object.prototype)
    await inner(db).releaseConnection(lease)
    await expect(inner(db)._query(lease, { sql: 'select 1', bindings: [] })).rejects.toBeInstanceOf(
      SurfaceRefusedError,
    )
  })

  test('the pool has no creator, no events and no resources', () => {
    const { pool } = inner(stand().handle().db)
    for (const name of ['creator', 'free', 'used', 'on', 'config'])
      expect(Reflect.get(pool, name)).toBeUndefined()
  })

  test('raw connections are refused', async () => {
    const { db } = stand().handle()
    await expect(inner(db).acquireRawConnection()).rejects.toBeInstanceOf(SurfaceRefusedError)
  })

  test("a lease of one handle is nothing to another, and neither is the host's connection", async () => {
    const { db } = stand().handle()
    const { db: other } = stand().handle()
    const lease = await inner(other).acquireConnection()
    const raw = await stand().base.client.acquireConnection()
    try {
      for (const foreign of [lease, raw, {}]) {
        await expect(db('users').connection(foreign).select()).rejects.toBeInstanceOf(SurfaceRefusedError)
      }
      const stolen = await outcomeOf(() =>
        db.transaction(trx => trx('users').select(), { connection: raw } as object),
      )
      expect(stolen.error).toBeDefined()
      expectNoLeak(stolen)
    } finally {
      await inner(other).releaseConnection(lease)
      await stand().base.client.releaseConnection(raw)
    }
  })

  test('the base class is powerless on a lease, patched or not', async () => {
    const { db } = stand().handle()
    const base = basePrototype(db)
    const lease = await inner(db).acquireConnection()
    const direct = await outcomeOf(() =>
      base['_query']?.call(db.client, lease, { sql: 'select * from secrets', bindings: [] }),
    )
    expect(direct.error).toBeDefined()
    expectNoLeak(direct.value)
    await inner(db).releaseConnection(lease)

    const original = base['_query']
    const stolen: unknown[] = []
    base['_query'] = (connection: unknown, statement: unknown) => {
      stolen.push(connection)
      return original?.call(db.client, connection, statement)
    }
    try {
      await db('users').select('name')
    } finally {
      if (original !== undefined) base['_query'] = original
    }
    expect(stolen).toEqual([])
  })

  test('instances made from what the handle shows have no database', async () => {
    const { db } = stand().handle()
    const Base = basePrototype(db)['constructor'] as unknown as new (
      config: object,
    ) => { driver?: unknown; pool?: unknown }
    const made = new Base(inner(db).config)
    expect(made.driver).toBeUndefined()
    expect(made.pool).toBeUndefined()
    const again = knex(inner(db).config as Knex.Config)
    await expect(again('secrets').select()).rejects.toMatchObject({ code: 'CARDEA_POLICY_DENIED' })
    await again.destroy()
    expect(await db('users').select('name')).toHaveLength(2)
  })

  test('destroy() lets go of the handle and leaves the host its pool', async () => {
    const { db } = stand().handle()
    Object.assign(db.client, { _ownsPool: true })
    await db.destroy()
    await expect(db('users').select()).rejects.toThrow('Unable to acquire a connection')
    db.initialize()
    expect(await db('users').select('name')).toHaveLength(2)
    expect(await stand().base('users').select('name')).toHaveLength(2)
  })

  test('no password, driver or settings are on the client', () => {
    const { db } = stand().handle()
    const client = inner(db)
    expect(client['driver']).toBeUndefined()
    expect(client['connectionSettings'] ?? {}).toEqual({})
    expect(client.config['connection']).toBeUndefined()
    const { password } = stand()
    if (password !== undefined) {
      for (const shown of [db, db.client, db('users'), db.raw('select 1')])
        expect(visible(shown)).not.toContain(password)
    }
  })

  test('only own leases can be cancelled', async () => {
    const { db } = stand().handle()
    await expect(inner(db).cancelQuery({ processID: 1, threadId: 1 })).rejects.toBeInstanceOf(
      SurfaceRefusedError,
    )
  })

  test('listeners on the host see nothing of a handle, and nothing of it reaches the handle', async () => {
    const { db } = stand().handle()
    const { db: other } = stand().handle()
    const seen: unknown[] = []
    for (const one of [stand().base, other]) {
      for (const event of ['start', 'query', 'query-response'])
        one.on(event, (...values) => seen.push(values))
    }
    const rewrite = (builder: Knex.QueryBuilder) => builder.from('secrets')
    other.on('start', rewrite)
    await db('users').select()
    stand().base.removeAllListeners()
    expect(seen).toEqual([])
  })
})

onEveryEngine('statements and bindings', stand => {
  test('bindings changed while an approval is pending change nothing', async () => {
    const gate = deferred<boolean>()
    const { db, governor } = stand().handle({ needsApproval: /users/, approve: () => gate.promise })
    let bindings: unknown[] = []
    db.on('query', query => {
      bindings = query.bindings
    })
    const rows = db('users')
      .where('id', 1)
      .select('id', 'name')
      .then(found => found)
    await until(() => governor.seen.approved.length > 0)
    gate.resolve(true)
    queueMicrotask(() => bindings.fill(2))
    expect(await rows).toEqual([{ id: 1, name: 'Ada' }])
  })

  test('a listener that edits the bindings after the approval has to ask again', async () => {
    const { db, governor } = stand().handle({
      needsApproval: /users/,
      approve: async ({ bindings }) => bindings[0] === 1,
    })
    db.on('query', query => query.bindings.fill(2))
    await expect(db('users').where('id', 1).select('name')).rejects.toMatchObject({
      code: 'CARDEA_APPROVAL_DENIED',
    })
    expect(governor.seen.approved.map(({ bindings }) => bindings[0])).toEqual([1, 2])
    expect(governor.seen.governed).toEqual([])
  })

  test('a builder that compiles differently the second time is approved as it runs', async () => {
    const { db, governor } = stand().handle({ needsApproval: /users/ })
    let id = 0
    await db('users').where(function () {
      this.where('id', ++id)
    })
    for (const [at, { bindings }] of governor.seen.governed.entries()) {
      expect(governor.seen.approved[at]?.bindings).toEqual(bindings)
    }
  })

  test('objects that serialise themselves are refused', async () => {
    const { db } = stand().handle()
    const hostile = [{ toPostgres: () => '2' }, { toSqlString: () => '1 or 1=1' }, Symbol('x')]
    for (const value of hostile) {
      await expect(db.raw('select ? as x', [value as unknown as string])).rejects.toMatchObject({
        code: 'CARDEA_BINDING_REFUSED',
      })
    }
  })

  test('buffers and dates are private copies', async () => {
    const { db, governor } = stand().handle()
    const buffer = Buffer.from('abc')
    const pending = db.raw('select ? as x', [buffer])
    pending.on('query', () => buffer.fill(0))
    await outcomeOf(() => pending)
    const [first] = governor.seen.governed
    expect(first?.bindings[0]).not.toBe(buffer)
  })

  test.each([
    'text',
    'sql',
    'values',
    'submit',
    'types',
    'typeCast',
    'nestTables',
    'infileStreamFactory',
    'timeout',
    'name',
  ])('the driver option %s is refused', async option => {
    const { db } = stand().handle()
    const hook = () => 'select * from secrets'
    await expect(
      db('users')
        .select()
        .options({ [option]: hook }),
    ).rejects.toBeInstanceOf(SurfaceRefusedError)
    const inherited = Object.create({ [option]: hook }) as object
    const lease = await inner(db).acquireConnection()
    await expect(
      inner(db)._query(lease, { sql: 'select 1', bindings: [], options: inherited }),
    ).rejects.toBeInstanceOf(SurfaceRefusedError)
    await inner(db).releaseConnection(lease)
  })

  test('stream options cannot bring code along', async () => {
    const { db } = stand().handle()
    const stream = db('users').stream({ types: { getTypeParser: () => String } } as object)
    await expect(collect(stream)).rejects.toBeInstanceOf(SurfaceRefusedError)
  })

  test('transaction control in raw SQL is the caller’s, from Knex’s Transaction it is the driver’s', async () => {
    const { db, governor } = stand().handle({ deny: /^rollback to/i })
    await db.transaction(async trx => {
      await trx.raw('SAVEPOINT trx99')
      await trx('users').select('name')
    })
    expect(governor.seen.governed.map(({ statement, issuer }) => [statement, issuer])).toEqual([
      ['BEGIN;', 'driver'],
      ['SAVEPOINT trx99', 'caller'],
      [expect.stringContaining('name'), 'caller'],
      ['COMMIT;', 'driver'],
    ])
  })

  test('a Transaction in a caller’s hands cannot lend its name to other statements', async () => {
    const { db, governor } = stand().handle({ deny: /numbers/ })
    type Loose = { query(lease: unknown, sql: string): Promise<unknown>; txid: string; trxClient: unknown }
    let lease: unknown
    const trx = db.transaction(async inside => {
      lease = await inner(inside).acquireConnection()
      const loose = transaction as unknown as Loose
      await loose.query(lease, 'delete from numbers')
      loose.txid = 'x; delete from numbers'
    })
    const transaction = trx
    await outcomeOf(() => trx)
    const forged = governor.seen.refused.filter(({ statement }) => /numbers/.test(statement))
    expect(forged.length).toBeGreaterThan(0)
    expect(forged.every(({ issuer }) => issuer === 'caller')).toBe(true)
  })
})

onEveryEngine('errors', stand => {
  test('of the engine carry no SQL, binding or value, and the names that callers branch on', async () => {
    const { db } = stand().handle()
    const { error } = await outcomeOf(() => db('users').insert({ name: 'Eve', email, age: 1 }))
    expect(error).toBeInstanceOf(DatabaseError)
    expectNoLeak(error)
    expect(visible(error)).not.toContain('Eve')
    const codes = { postgres: '23505', mariadb: 'ER_DUP_ENTRY', sqlite: 'SQLITE_CONSTRAINT_UNIQUE' }
    expect(error?.code).toBe(codes[stand().engine])
    if (stand().engine === 'postgres')
      expect(error).toMatchObject({ constraint: 'users_email_unique', table: 'users' })
    expect(() => Object.assign(error as Error, { message: 'insert …' })).toThrow(TypeError)
  })

  test('cannot be made to quote data', async () => {
    const { db } = stand().handle()
    const quoting = {
      postgres: 'select cast(email as integer) from users',
      mariadb: "select extractvalue(1, concat('~', email)) from users",
      sqlite: "select json_extract(email, '$') from users",
    }
    const { error } = await outcomeOf(() => db.raw(quoting[stand().engine]))
    expect(error).toBeDefined()
    expectNoLeak(error)
    const streamed = await outcomeOf(() => collect(db.raw(quoting[stand().engine]).stream()))
    expectNoLeak(streamed.error)
    expect(streamed.error).toBeDefined()
  })

  test('of refusals cannot be rewritten by Knex, whatever its settings say', async () => {
    const { db } = stand().handle()
    inner(db).config['compileSqlOnError'] = true
    const seen: unknown[] = []
    db.on('query-error', error => seen.push(error))
    const { error } = await outcomeOf(() => db('secrets').where({ word: email }).select())
    expect(error?.message).toBe('The table is off limits. [rule test]')
    expectNoLeak(error)
    expect(seen).toEqual([error])
    const lease = await inner(db).acquireConnection()
    const direct = await outcomeOf(() =>
      inner(db).query(lease, { sql: 'select * from secrets', bindings: [] }),
    )
    expect(direct.error?.message).toBe('The table is off limits. [rule test]')
    await inner(db).releaseConnection(lease)
  })

  test('of bindings name the kind and not the value', async () => {
    const { db } = stand().handle()
    const { error } = await outcomeOf(() =>
      db.raw('select ?', [{ toSqlString: () => email } as unknown as string]),
    )
    expect(error).toBeInstanceOf(CardeaError)
    expectNoLeak(error)
  })
})

on('postgres', 'timeouts', stand => {
  test('do not carry the statement or its bindings', async () => {
    const { db } = stand().handle()
    const { error } = await outcomeOf(() =>
      db.raw('select pg_sleep(5), ?::text', [email]).timeout(50, { cancel: true }),
    )
    expect(error?.name).toBe('KnexTimeoutError')
    expectNoLeak(error)
    expect(error).not.toHaveProperty('bindings')
  })
})

onEveryEngine('rows under treacherous names', stand => {
  test('a column called __proto__ is refused, or comes as nothing', async () => {
    const { db } = stand().handle()
    const json = stand().engine === 'postgres' ? `'{"x": "${email}"}'::json` : `'${email}'`
    const quoted = stand().engine === 'mariadb' ? '`__proto__`' : '"__proto__"'
    const results = [
      await outcomeOf(() => db.raw(`select ${json} as ${quoted}`)),
      await outcomeOf(() => collect(db.raw(`select ${json} as ${quoted}`).stream())),
      await outcomeOf(() => collect(new PassThrough({ objectMode: true }).end())),
    ]
    expect(results[0]?.error ?? results[0]?.value).toBeInstanceOf(Error)
    expect(results[1]?.error ?? results[1]?.value).toBeInstanceOf(Error)
    expectNoLeak(results)
  })
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setImmediate(resolve))
}

function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>(done => {
    resolve = done
  })
  return { promise, resolve }
}
