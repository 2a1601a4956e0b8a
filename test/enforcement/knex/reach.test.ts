/** Everything that can be reached from a handle by following properties, prototypes and getters. */
import { expect, test } from '@jest/globals'
import type { Knex } from 'knex'
import { onEveryEngine, type Stand } from './support/engines.js'
import { outcomeOf } from './support/observe.js'
import { inner } from './support/surface.js'

onEveryEngine('the object graph of a handle', stand => {
  test('holds no connection, pool, driver, host client or password', async () => {
    const { db } = stand().handle()
    const roots = await everythingShown(db)
    const found = crawl(roots)
    const forbidden = await hostObjects(stand())
    expect(found.objects.size).toBeGreaterThan(1000)
    for (const [name, object] of forbidden) expect([name, found.objects.has(object)]).toEqual([name, false])
    const { password } = stand()
    if (password !== undefined) expect([...found.strings].filter(text => text.includes(password))).toEqual([])
  })

  test('would be found if it were there: the host’s own instance holds all of it', async () => {
    const found = crawl([stand().base])
    const forbidden = await hostObjects(stand())
    for (const [name, object] of forbidden) expect([name, found.objects.has(object)]).toEqual([name, true])
  })
})

async function everythingShown(db: Knex): Promise<unknown[]> {
  const lease = await inner(db).acquireConnection()
  const shown: unknown[] = [
    db,
    db.client,
    lease,
    db('users'),
    db.raw('select 1'),
    db.schema,
    db.migrate,
    db.seed,
    db.fn,
    db.ref('x'),
  ]
  const stream = db('users').stream()
  for await (const row of stream) shown.push(row)
  shown.push(stream)
  shown.push(await db.raw('select * from users'), db.withUserParams({}))
  const events: unknown[] = []
  for (const event of ['start', 'query', 'query-response', 'query-error'])
    db.on(event, (...values) => events.push(values))
  await outcomeOf(() => db('secrets').select()).then(({ error }) => shown.push(error))
  await outcomeOf(() => db.raw('selec')).then(({ error }) => shown.push(error))
  const transaction = db.transaction(async trx => {
    shown.push(trx, trx.client, await inner(trx).acquireConnection())
    await trx('users').select()
  })
  shown.push(transaction, events, inner(db).runner(db('users')))
  await transaction
  await inner(db).releaseConnection(lease)
  return shown
}

/** By name, what no caller may hold. */
async function hostObjects({ base, engine }: Stand): Promise<[string, object][]> {
  const client = inner(base)
  const raw = await client.acquireConnection()
  await client.releaseConnection(raw)
  const driver = client['driver'] as object
  return [
    ['connection', raw],
    ['pool', client.pool],
    ['client', client],
    ...(engine === 'sqlite'
      ? []
      : [['settings', client['connectionSettings'] as object] as [string, object]]),
    ['driver', driver],
  ]
}

/** Getters make new objects for ever (each `migrate` has a `knex` of its own), so they are followed twice deep. */
const getterDepth = 2

function crawl(roots: unknown[]): { objects: Set<object>; strings: Set<string> } {
  const objects = new Set<object>()
  const strings = new Set<string>()
  let made = roots
  for (let depth = 0; depth <= getterDepth; depth++)
    made = follow(made, objects, strings, depth < getterDepth)
  return { objects, strings }
}

/** Visits everything along properties and prototypes; what getters return is for the next round. */
function follow(roots: unknown[], objects: Set<object>, strings: Set<string>, getters: boolean): unknown[] {
  const queue = [...roots]
  const made: unknown[] = []
  const add = (value: unknown) => {
    if (typeof value === 'string') strings.add(value)
    else if ((typeof value === 'object' && value !== null) || typeof value === 'function') queue.push(value)
  }
  while (queue.length > 0) {
    const value = queue.pop()
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) continue
    if (objects.has(value) || value === globalThis) continue
    objects.add(value)
    add(Reflect.getPrototypeOf(value))
    if (value instanceof Map) for (const pair of value) pair.forEach(add)
    if (value instanceof Set) value.forEach(add)
    for (const key of Reflect.ownKeys(value)) {
      const property = Reflect.getOwnPropertyDescriptor(value, key)
      add(property?.value)
      add(property?.get)
      if (getters && property?.get !== undefined) read(() => made.push(property.get?.call(value)))
    }
  }
  return made
}

function read(work: () => void): void {
  try {
    work()
  } catch {
    // A getter that throws shows nothing.
  }
}
