/** What Knex's own builder, used as its documentation shows, makes of reads: the same through a governed handle. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Knex } from 'knex'
import { describePostgres } from '../support/databases.js'
import { openShop, type Shop } from './shop.js'

type Reads = Readonly<Record<string, (db: Knex) => PromiseLike<unknown>>>

const READS: Reads = {
  'a whole table': db => db('orders').orderBy('id'),
  'select columns': db => db.select('id', 'total').from('orders').orderBy('id'),
  'select aliases': db => db('orders as o').select('o.id as orderId', { sum: 'o.total' }).orderBy('o.id'),
  'mixed case': db => db('Customers').select('firstName', 'lastName').orderBy('id'),
  'with a schema': db => db.withSchema('crm').from('leads').select('company', 'meta').orderBy('id'),
  'where object': db => db('orders').where({ customer_id: 1, status: 'paid' }),
  'where operator': db => db('orders').where('total', '>', 50).andWhere('total', '<=', '200').orderBy('id'),
  'where function': db =>
    db('orders')
      .where(q => q.where('id', 1001).orWhere('id', 1003))
      .orderBy('id'),
  'where not': db => db('orders').whereNot('status', 'paid').whereNot({ id: 1003 }).orderBy('id'),
  'where in': db => db('orders').whereIn('id', [1001, 1002]).orderBy('id'),
  'where in none': db => db('orders').whereIn('id', []),
  'where in pairs': db =>
    db('order_items')
      .whereIn(
        ['order_id', 'line'],
        [
          [1001, 1],
          [1003, 2],
        ],
      )
      .orderBy('order_id'),
  'where in sub-query': db =>
    db('customers')
      .select('name')
      .whereIn('id', db('orders').select('customer_id').where('total', '>', 100))
      .orderBy('id'),
  'where not in': db => db('orders').whereNotIn('status', ['paid', 'new']).orderBy('id'),
  'where null': db => db('orders').whereNull('note').orWhereNotNull('shipping').orderBy('id'),
  'where exists': db =>
    db('customers')
      .select('id')
      .whereExists(q => q.select(db.raw('1')).from('orders').whereRaw('orders.customer_id = customers.id'))
      .orderBy('id'),
  'where between': db =>
    db('orders').whereBetween('total', [50, 130]).whereNotBetween('id', [1, 2]).orderBy('id'),
  'where dates': db => db('orders').where('placed_at', '>=', new Date('2024-02-01T00:00:00Z')).orderBy('id'),
  'where like': db =>
    db('products').whereLike('name', '%lamp%').orWhereILike('name', '%CHAIR%').orderBy('id'),
  'where json': db => db('products').whereJsonObject('attributes', { color: 'white', watt: 14 }),
  'where json path': db => db('products').whereJsonPath('attributes', '$.watt', '>', 10),
  'where json superset': db =>
    db('products').whereJsonSupersetOf('attributes', { color: 'black' }).orderBy('id'),
  'where raw': db => db('orders').whereRaw('total > ? and status = ?', [50, 'paid']),
  'where column': db =>
    db('order_items as i')
      .join('products as p', 'p.id', 'i.product_id')
      .where('i.unit_price', '>', db.ref('p.price'))
      .select('i.*'),
  joins: db =>
    db('orders as o')
      .join('customers as c', 'c.id', 'o.customer_id')
      .leftJoin('payments as p', 'p.order_id', '=', 'o.id')
      .select('o.id', 'c.name', 'p.amount')
      .orderBy('o.id'),
  'join with a function': db =>
    db('orders')
      .leftJoin('payments', function () {
        this.on('payments.order_id', '=', 'orders.id')
          .andOnVal('payments.status', '=', 'settled')
          .andOnNotNull('payments.paid_at')
      })
      .select('orders.id', 'payments.amount')
      .orderBy('orders.id'),
  'join using': db =>
    db('orders')
      .join('cards', q => q.using('customer_id'))
      .select('orders.id', 'cards.brand')
      .orderBy('orders.id'),
  'join a sub-query': db =>
    db('customers as c')
      .join(
        db('orders').select('customer_id').sum('total as spent').groupBy('customer_id').as('s'),
        's.customer_id',
        'c.id',
      )
      .select('c.name', 's.spent')
      .orderBy('c.id'),
  'full outer, right and cross': db =>
    db('departments as d')
      .rightJoin('employees as e', 'e.department_id', 'd.id')
      .crossJoin(db.raw('(select 1 as one) x'))
      .select('d.name as d', 'e.name as e', 'x.one')
      .orderBy('e.id'),
  'order by': db =>
    db('orders')
      .select('id')
      .orderBy([{ column: 'status' }, { column: 'total', order: 'desc', nulls: 'last' }]),
  'order by raw': db => db('orders').select('id').orderByRaw('total desc nulls last, id'),
  'group by, having': db =>
    db('orders')
      .select('customer_id')
      .count('* as n')
      .sum({ total: 'total' })
      .groupBy('customer_id')
      .having(db.raw('count(*)'), '>=', 1)
      .havingBetween('customer_id', [1, 3])
      .orderBy('customer_id'),
  'group by raw': db =>
    db('orders')
      .select(db.raw("date_trunc('month', placed_at) as month"))
      .avg('total as average')
      .groupByRaw('1')
      .orderBy('month'),
  count: db => db('orders').count(),
  'count distinct': db => db('orders').countDistinct('customer_id as n').first(),
  aggregates: db =>
    db('orders').min('total as a').max('total as b').avg('total as c').sumDistinct('total as d').first(),
  first: db => db('orders').where('id', 1002).first('id', 'note'),
  'first of none': db => db('orders').where('id', 5).first(),
  pluck: db => db('orders').orderBy('id').pluck('order_number'),
  distinct: db => db('orders').distinct('customer_id', 'status').orderBy('customer_id').orderBy('status'),
  'distinct on': db =>
    db('orders')
      .distinctOn('customer_id')
      .orderBy([{ column: 'customer_id' }, { column: 'total', order: 'desc' }])
      .select('customer_id', 'total'),
  'limit and offset': db => db('orders').select('id').orderBy('id').limit(2).offset(1),
  page: async db =>
    Promise.all([
      db('orders').where('total', '>', 20).count({ count: '*' }).first(),
      db('orders').where('total', '>', 20).orderBy('id').limit(2).offset(2),
    ]),
  'page of a clone': async db => {
    const query = db('orders').where('customer_id', 1)
    return [
      await query.clone().clearSelect().count('* as total').first(),
      await query.clone().orderBy('id').limit(1),
    ]
  },
  union: db =>
    db('orders')
      .select('id')
      .union(q => q.select('id').from('payments'))
      .orderBy('id')
      .limit(4),
  'union all': db =>
    db.unionAll([db('departments').select('name'), db('employees').select('name')], true).orderBy('name'),
  'intersect and except': db =>
    db('orders')
      .select('customer_id')
      .intersect(db('cards').select('customer_id'))
      .except(db('customers').select('id').where('id', 9)),
  with: db =>
    db
      .with('large', db('orders').where('total', '>', 100))
      .select('id')
      .from('large')
      .orderBy('id'),
  'with raw and columns': db =>
    db
      .with('x', ['a'], db.raw('select ?::int', [5]))
      .select('a')
      .from('x'),
  'with recursive': db =>
    db
      .withRecursive('tree', ['id'], q =>
        q
          .select('id')
          .from('departments')
          .where('id', 2)
          .unionAll(r =>
            r.select('departments.id').from('departments').join('tree', 'tree.id', 'departments.parent_id'),
          ),
      )
      .from('tree')
      .orderBy('id'),
  'with materialized': db => db.withMaterialized('m', db('orders').select('id')).from('m').count(),
  'scalar sub-query': db =>
    db('customers as c')
      .select('c.name', db('orders').count('*').where('customer_id', db.ref('c.id')).as('orders'))
      .orderBy('c.id'),
  'from a sub-query': db => db.from(db('orders').select('status').as('x')).count('* as n').first(),
  analytic: db =>
    db('orders')
      .select('id')
      .rowNumber('rn', q => q.orderBy('total', 'desc').partitionBy('customer_id'))
      .rank('r', 'total')
      .denseRank('d', ['status', 'id'])
      .orderBy('id'),
  'json extract': db =>
    db('products').jsonExtract('attributes', '$.color', 'color').select('id').orderBy('id'),
  'json extract many': db =>
    db('products')
      .jsonExtract([
        ['attributes', '$.watt', 'watt'],
        ['attributes', '$.dims.h', 'h'],
      ])
      .orderBy('id'),
  'json set': db =>
    db('products').jsonSet('attributes', '$.color', '"red"', 'changed').select('id').orderBy('id'),
  'json insert and remove': db =>
    db('products')
      .jsonInsert('attributes', '$.x', '1', 'a')
      .jsonRemove('attributes', '$.color', 'b')
      .select('id')
      .orderBy('id'),
  raw: db => db.raw('select id, total from orders where id = ?', [1001]).then(result => result.rows),
  'raw with names': db =>
    db
      .raw('select :name: from orders where :key: = :value', { name: 'total', key: 'id', value: 1001 })
      .then(result => result.rows),
  'raw with identifiers': db =>
    db
      .raw('select ??, ?? from ?? order by ??', ['id', 'o.total', 'orders as o', 'id'])
      .then(result => result.rows),
  'raw as a column': db =>
    db('orders')
      .select(db.raw('round(total * ?, 2) as gross', [1.19]), db.ref('orders.id').as('key'))
      .orderBy('id'),
  'raw array binding': db =>
    db.raw('select id from orders where id = any(?) order by id', [[1001, 1005]]).then(result => result.rows),
  'from raw': db => db.from(db.raw('generate_series(1, 3) as g(n)')).select('n'),
  modify: db =>
    db('orders')
      .modify((q, status: string) => q.where({ status }), 'paid')
      .orderBy('id'),
  comment: db => db('orders').comment('how many').count(),
  'with hint': db => db('orders').hintComment('SeqScan(orders)').where('id', 1001),
  'query options': db => db('orders').select('id', 'total').orderBy('id').options({ rowMode: 'array' }),
  'count as a number': async db => Number((await db('orders').count<{ count: string }[]>('*'))[0]?.count),
  callbacks: db =>
    db('orders')
      .orderBy('id')
      .then(rows => rows.length),
  stream: async db => {
    const rows: unknown[] = []
    for await (const row of db('orders').orderBy('id').stream()) rows.push(row)
    return rows
  },
  'stream by handler': async db => {
    let n = 0
    await db('events').stream(stream => stream.on('data', () => n++))
    return n
  },
  transaction: db =>
    db.transaction(async trx => [
      await trx('orders').count(),
      await trx.select('id').from('orders').where('id', 1001),
    ]),
  'transaction by provider': async db => {
    const trx = await db.transaction()
    const rows = await db('orders').transacting(trx).where('id', 1001)
    await trx.rollback()
    return rows
  },
  'nested transaction': db => db.transaction(trx => trx.transaction(inner => inner('orders').max('id'))),
  'read-only transaction': db => db.transaction(trx => trx('orders').min('id'), { readOnly: true }),
  isolation: db => db.transaction(trx => trx('orders').min('id'), { isolationLevel: 'repeatable read' }),
  'has table': db => db.schema.hasTable('orders'),
  'has no table': db => db.schema.hasTable('nothing'),
  'has column': db => db.schema.hasColumn('orders', 'total'),
  'column info': db => db('products').columnInfo(),
  'one column info': db => db('products').columnInfo('price'),
  views: db => db('customer_cards').select('id', 'brand').orderBy('id').orderBy('brand'),
  parents: db => db('documents').orderBy('id'),
  'every value in a batch': db =>
    Promise.all([1001, 1002, 1003].map(id => db('orders').where({ id }).first('total'))),
}

describePostgres('knex reads', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = await openShop()
  })
  afterAll(() => shop.close())

  test.each(Object.keys(READS))('%s', async name => {
    const read = READS[name] ?? (() => Promise.reject(new Error(name)))
    const expected = await read(shop.plain)
    expect(await read(shop.governed)).toStrictEqual(expected)
    expect(shop.asked()).toBe(0)
  })
})
