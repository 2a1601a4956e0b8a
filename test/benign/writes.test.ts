/** Writes that name their rows: a person is asked once, and then they do what they do without governance. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Knex } from 'knex'
import { describePostgres } from '../support/databases.js'
import { ask, openShop, type Shop, type Statement } from './shop.js'

const id = 'bbbbbbbb-0000-4000-8000-000000000001'

const STATEMENTS: readonly Statement[] = [
  "insert into departments values (10, 'Legal', 1)",
  "insert into departments (id, name) values (11, 'Sales'), (12, 'Finance') returning *",
  ['insert into departments (id, name) values ($1, $2) on conflict (id) do nothing', 11, 'Again'],
  [
    'insert into departments (id, name) values ($1, $2) on conflict (id) do update set name = excluded.name returning id, name',
    11,
    'Field sales',
  ],
  "insert into departments (id, name) values (13, 'Field sales') on conflict do nothing returning id",
  [
    'insert into settings (key, value) values ($1, $2::jsonb) on conflict (key) do update set value = settings.value || excluded.value',
    'features',
    { new: true },
  ],
  "insert into products (sku, name, price, tags) values ('NEW-1', 'New', 5, '{a,b}') returning id, price_with_tax, tags, stock",
  "insert into products (sku, name, price, stock) values ('NEW-2', 'Newer', 7, default) returning id, stock",
  [
    'insert into tickets (id, subject, opened_at, prio, seen_from, spent) values ($1, $2, $3, $4, $5, $6) returning *',
    id,
    'Help',
    '2024-05-01 10:00',
    'high',
    '10.1.1.1',
    '2 hours',
  ],
  [
    'insert into employees (id, name, hired_on, skills, photo) values ($1, $2, $3, $4, $5) returning *',
    20,
    'Edsger',
    '2024-01-01',
    ['goto', 'a"b'],
    Buffer.from([1, 2, 255]),
  ],
  "insert into events values (9, '2024-02-20Z', 'view', '{\"page\": \"/\"}') returning id, kind",
  "insert into departments (id, name, parent_id) select id + 100, name || ' II', id from departments where id = 2 returning id, name",
  'with moved as (select id, total from orders where id = 1001) insert into payments (id, order_id, amount) select 50, id, total from moved returning *',
  "update orders set status = 'shipped' where id = 1001",
  ['update orders set status = $1, note = $2 where id = $3 returning id, status, note', 'paid', null, 1001],
  [
    'UPDATE "orders" SET "total" = "total" + $1::numeric WHERE ("id" = $2) RETURNING "id", "total"',
    '1.50',
    1002,
  ],
  'update orders set note = upper(note), total = round(total * 1.1, 2) where id in (1003, 1004) returning *',
  ['update orders set note = $1 where id = any($2::bigint[])', 'batch', [1003, 1004]],
  "update products set attributes = jsonb_set(attributes, '{color}', '\"blue\"'), tags = array_append(tags, 'sale') where sku = 'LAMP-001' returning attributes, tags",
  'update order_items set quantity = quantity + 1 where order_id = 1001 and line = 2 returning *',
  'update order_items set quantity = 3 where (order_id, line) = (1001, 1)',
  'update employees set (salary, active) = (7000, true) where id = 4 returning salary, active',
  'update employees e set salary = salary + 1 from departments d where d.id = e.department_id and e.id = 2 returning e.id, d.name',
  "update payments set status = 'settled', paid_at = timestamptz '2024-03-01Z' where id = 3 and status = 'pending' returning id",
  "update customers set phone = null where country = 'NG'",
  'update "Customers" set "firstName" = \'Ada K.\' where "id" = 1 returning "firstName"',
  ['update tickets set closed_at = $1, prio = $2::priority where id = $3', '2024-05-02', 'low', id],
  ['delete from tickets where id = $1 returning subject', id],
  'delete from order_items where order_id = 1005 and line = 1',
  'delete from departments where id in (10, 12) returning id',
  ['delete from settings where key = $1', 'vat'],
  "delete from payments where order_id = 1005 and status = 'settled'",
  "insert into cards (id, customer_id, pan, brand) values (50, 1, '4111111111111111', 'visa')",
  'update cards set exp_year = 2035 where id = 1 returning id, exp_year, brand',
  "update cards set pan = '5555555555554444', brand = 'mastercard' where id = 50",
]

const BUILDERS: Readonly<Record<string, (db: Knex) => PromiseLike<unknown>>> = {
  insert: db => db('departments').insert({ id: 30, name: 'K1' }),
  'insert many': db =>
    db('departments').insert([
      { id: 31, name: 'K2' },
      { id: 32, name: 'K3', parent_id: 31 },
    ]),
  'insert returning': db =>
    db('products')
      .insert({ sku: 'K-1', name: 'Knex', price: 3, attributes: { a: 1 }, tags: ['x'] })
      .returning(['id', 'price', 'attributes']),
  'insert returning all': db => db('crm.leads').insert({ company: 'Acme', score: 1 }, '*'),
  'insert values of every type': db =>
    db('employees')
      .insert({
        id: 31,
        name: 'T',
        hired_on: '2020-01-01',
        skills: ['a', 'b'],
        photo: Buffer.from('hi'),
        active: false,
        salary: null,
      })
      .returning('*'),
  'on conflict ignore': db => db('departments').insert({ id: 30, name: 'other' }).onConflict('id').ignore(),
  'on conflict merge': db =>
    db('departments').insert({ id: 30, name: 'K1b' }).onConflict('id').merge().returning('name'),
  'on conflict merge some': db =>
    db('departments').insert({ id: 30, name: 'K1c', parent_id: 1 }).onConflict(['id']).merge(['name']),
  'on conflict merge values': db =>
    db('settings').insert({ key: 'k', value: '1' }).onConflict('key').merge({ value: '2' }),
  update: db =>
    db('orders')
      .where({ id: 1001 })
      .update({ note: 'knex', shipping: { city: 'Ulm' } }),
  'update one column': db => db('orders').where('id', 1001).update('note', 'one', ['id', 'note']),
  'update returning': db =>
    db('orders')
      .where('id', 1002)
      .update({ total: db.raw('total + ?', [1]) })
      .returning(['id', 'total']),
  'update in': db => db('orders').whereIn('id', [1003, 1004]).update({ note: null }),
  increment: db => db('products').where('sku', 'K-1').increment('stock', 5),
  decrement: db => db('products').where({ sku: 'K-1' }).decrement({ stock: 2 }).update({ name: 'less' }),
  delete: db => db('departments').where({ id: 32 }).del(),
  'delete returning': db => db('departments').where('id', 31).delete(['id', 'name']),
  'in a transaction': db =>
    db.transaction(async trx => {
      await trx('orders').where({ id: 1001 }).update({ note: 'trx' })
      const row = await trx('orders').where({ id: 1001 }).first('note')
      const [made] = await trx('crm.leads').insert({ company: 'Trx' }).returning('company')
      return [row, made]
    }),
  'rolled back': async db => {
    const said = await db
      .transaction(async trx => {
        await trx('orders').where({ id: 1001 }).update({ note: 'never' })
        throw new Error('changed my mind')
      })
      .catch((error: Error) => error.message)
    return [said, await db('orders').where({ id: 1001 }).first('note')]
  },
  savepoint: db =>
    db.transaction(async trx => {
      await trx
        .transaction(async inner => {
          await inner('orders').where({ id: 1002 }).update({ note: 'inner' })
          throw new Error('inner only')
        })
        .catch(() => undefined)
      return trx('orders').where({ id: 1002 }).update({ note: 'outer' }).returning('note')
    }),
  batch: db =>
    db
      .batchInsert(
        'departments',
        [40, 41, 42, 43].map(n => ({ id: n, name: `B${n}` })),
        2,
      )
      .returning('id'),
  'with and insert': db =>
    db
      .with('x', db.raw("select 60 as id, 'W' as name"))
      .insert(db.select('id', 'name').from('x'))
      .into(db.raw('departments (id, name)')),
}

describePostgres('writes', () => {
  let plain: Shop
  let governed: Shop
  beforeAll(async () => {
    ;[plain, governed] = await Promise.all([openShop(), openShop()])
  })
  afterAll(() => Promise.all([plain.close(), governed.close()]))

  test.each(STATEMENTS.map(statement => ({ statement })))('$statement', async ({ statement }) => {
    expect(await governed.verdict(statement)).toMatchObject({ effect: 'require_approval' })
    const before = governed.asked()
    const [expected, answer] = [await ask(plain.plain, statement), await ask(governed.governed, statement)]
    expect(withoutTables(answer)).toStrictEqual(withoutTables(expected))
    expect(governed.asked()).toBe(before + 1)
  })

  test.each(Object.keys(BUILDERS))('knex %s', async name => {
    const write = BUILDERS[name] ?? (() => Promise.reject(new Error(name)))
    const before = governed.asked()
    const expected = await write(plain.plain)
    expect(shown(await write(governed.governed))).toStrictEqual(shown(expected))
    expect(governed.asked()).toBeGreaterThan(before)
  })

  test('both databases hold the same afterwards', async () => {
    for (const table of [
      'departments',
      'orders',
      'products',
      'employees',
      'tickets',
      'events',
      'cards',
      'payments',
      'settings',
      'order_items',
      'customers',
      'crm.leads',
      'Customers',
    ]) {
      expect(await contents(governed.plain, table)).toStrictEqual(await contents(plain.plain, table))
    }
  })
})

function withoutTables<T extends { readonly fields: readonly { readonly name: string }[] }>(answer: T) {
  return { ...answer, fields: answer.fields.map(({ name }) => name) }
}

/** A write that returns nothing answers with the driver's own result object: what it says counts, not its class. */
function shown(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('rowCount' in value)) return value
  const { command, rowCount, rows, fields } = value as Record<string, unknown>
  return { command, rowCount, rows, fields }
}

async function contents(db: Knex, table: string): Promise<unknown> {
  const rows = await db(table)
  return rows.map(row => JSON.stringify(row)).sort()
}
