/** What Knex itself sends: builder expressions over the ordinary shop, compiled by each engine's own dialect. */
import type { Knex } from 'knex'
import type { Verdict } from '../support/corpus.js'
import type { EngineName } from '../support/twins.js'

export interface BuilderStatement {
  readonly name: string
  readonly verdict: Verdict
  build(db: Knex): Knex.QueryBuilder | Knex.Raw
}

const EVERY: readonly EngineName[] = ['postgres', 'mysql', 'sqlite']
const RETURNING: readonly EngineName[] = ['postgres', 'sqlite']

type Build = BuilderStatement['build']

/** In order, the same every time. */
const READS: Readonly<Record<string, Build>> = {
  'select star': db => db('stores').orderBy('id'),
  'by key': db => db('payments').select('id', 'status', 'amount').where({ id: 1 }),
  first: db => db('stores').where('id', 1).first(),
  columns: db => db.select('id', 'name as label').from('customers').orderBy('id'),
  pluck: db => db('sales').orderBy('id').pluck('status'),
  distinct: db => db('cards').distinct('brand').orderBy('brand'),
  'where in': db => db('payments').select('id', 'status', 'amount').whereIn('id', [1, 2, 3]).orderBy('id'),
  'where in pairs': db =>
    db('sale_lines')
      .whereIn(
        ['order_id', 'line'],
        [
          [1001, 1],
          [1001, 2],
        ],
      )
      .orderBy('line'),
  'where in nothing': db => db('payments').select('id', 'status', 'amount').whereIn('id', []),
  'where not in': db =>
    db('payments')
      .select('id', 'status', 'amount')
      .whereNotIn('status', ['failed', 'refunded'])
      .orderBy('id'),
  'where null': db => db('sales').whereNull('deleted_at').whereNotNull('note').orderBy('id'),
  'where between': db =>
    db('payments').select('id', 'status', 'amount').whereBetween('amount', [5, 20]).orderBy('id'),
  'where not between': db =>
    db('payments').select('id', 'status', 'amount').whereNotBetween('amount', [5, 20]).orderBy('id'),
  'where like': db => db('customers').select('id', 'name').where('name', 'like', 'A%'),
  'where group': db =>
    db('payments')
      .select('id', 'status', 'amount')
      .where('status', 'settled')
      .andWhere(group => group.where('amount', '>', 10).orWhereNull('note'))
      .orderBy('id'),
  'where not': db =>
    db('payments').select('id', 'status', 'amount').whereNot({ status: 'settled' }).orderBy('id'),
  'where exists': db =>
    db('customers')
      .select('id', 'name')
      .whereExists(db('sales').select(db.raw('1')).whereRaw('sales.customer_id = customers.id'))
      .orderBy('id'),
  'where subquery': db =>
    db('customers')
      .select('id')
      .whereIn('id', db('cards').select('customer_id').where('brand', 'visa'))
      .orderBy('id'),
  'where column': db =>
    db('sales').select('id').whereRaw('?? < ??', ['placed_at', 'shipped_at']).orderBy('id'),
  'where raw': db =>
    db('payments')
      .select('id', 'status', 'amount')
      .whereRaw('amount > ? and status = ?', [5, 'settled'])
      .orderBy('id'),
  'an if of parts': db =>
    db('payments')
      .select('id', 'status', 'amount')
      .modify(query => {
        query.where('card_id', 1).orderBy('id')
      }),
  'limit and offset': db => db('payments').select('id', 'status', 'amount').orderBy('id').limit(3).offset(2),
  'inner join': db =>
    db('sales')
      .join('customers', 'customers.id', 'sales.customer_id')
      .select('sales.id', 'customers.name')
      .orderBy('sales.id'),
  'left join with a condition': db =>
    db('stores as s')
      .leftJoin('sales as o', join => join.on('o.store_id', 's.id').andOnVal('o.status', 'paid'))
      .select('s.name', 'o.id')
      .orderBy(['s.id', 'o.id']),
  'cross join': db =>
    db('tags').crossJoin(db.raw('stores')).select('tags.id', 'stores.name').orderBy(['tags.id', 'stores.id']),
  'join a subquery': db =>
    db('customers')
      .join(
        db('sales').select('customer_id').sum('total as spent').groupBy('customer_id').as('t'),
        't.customer_id',
        'customers.id',
      )
      .select('customers.name', 't.spent')
      .orderBy('customers.id'),
  count: db => db('payments').count('* as n'),
  'count distinct': db => db('payments').countDistinct('card_id as n'),
  'sums and averages': db =>
    db('payments').sum('amount as s').avg('amount as a').min('amount as lo').max('amount as hi'),
  'group and having': db =>
    db('payments')
      .select('status')
      .count('* as n')
      .groupBy('status')
      .having(db.raw('count(*)'), '>', 1)
      .orderBy('status'),
  'group raw': db =>
    db('payments').select(db.raw('id % 3 as bucket')).count('* as n').groupByRaw('id % 3').orderBy('bucket'),
  'order raw': db => db('payments').select('id').orderByRaw('amount desc, id'),
  'order nulls': db =>
    db('sales')
      .select('id')
      .orderBy([{ column: 'shipped_at', order: 'desc' }, { column: 'id' }]),
  with: db =>
    db
      .with('big', db('payments').where('amount', '>', 20))
      .select('status')
      .count('* as n')
      .from('big')
      .groupBy('status')
      .orderBy('status'),
  'with recursive': db =>
    db
      .withRecursive('tree', query => {
        query
          .select('id', 'parent_id')
          .from('categories')
          .where('id', 1)
          .unionAll(more =>
            more.select('c.id', 'c.parent_id').from('categories as c').join('tree', 'tree.id', 'c.parent_id'),
          )
      })
      .from('tree')
      .orderBy('id'),
  union: db =>
    db('sales')
      .select('id')
      .union([db('payments').select('id')])
      .orderBy('id'),
  'union all': db => db('sales').select('status').unionAll(db('payments').select('status')).orderBy('status'),
  'scalar subquery': db =>
    db('customers')
      .select('id', db('sales').count('*').whereRaw('sales.customer_id = customers.id').as('n'))
      .orderBy('id'),
  'from a subquery': db =>
    db.from(db('payments').select('id', 'amount').as('p')).where('p.amount', '>', 10).orderBy('p.id'),
  'row number': db =>
    db('sales')
      .select('id')
      .rowNumber('rn', window => window.partitionBy('customer_id').orderBy('placed_at'))
      .orderBy('id'),
  'dense rank': db =>
    db('payments')
      .select('id')
      .denseRank('place', window => window.orderBy('amount', 'desc'))
      .orderBy('id'),
  ref: db =>
    db('sales')
      .select(db.ref('sales.id').as('sale'), db.raw('?? * 2 as twice', ['total']))
      .orderBy('id'),
  'raw with bindings': db =>
    db('sales')
      .select('id', db.raw('coalesce(??, ?) as note', ['note', '-']))
      .orderBy('id'),
  'where date': db =>
    db('sales').where('placed_at', '>=', '2024-01-01').where('placed_at', '<', '2024-02-01').orderBy('id'),
  'a view': db => db('order_summary').where('gross', '>', 50).orderBy('id'),
  'json extract': db => db('goods').select('sku').jsonExtract('attributes', '$.color', 'color').orderBy('id'),
  'where json path': db =>
    db('goods').select('sku').whereJsonPath('attributes', '$.watt', '>', 5).orderBy('id'),
  'clear and select anew': db => db('payments').select('note').clearSelect().select('id').orderBy('id'),
  'one of many': db =>
    db('payments').select('id').where(db.raw('1 = 1')).andWhere('id', '>', 0).orderBy('id', 'desc').limit(1),
}

const PAN_READS: Readonly<Record<string, Build>> = {
  'pan by key': db => db('cards').select('id', 'pan').where('id', 1),
  'pan through a join': db =>
    db('cards')
      .join('customers', 'customers.id', 'cards.customer_id')
      .where('customers.id', 2)
      .select('cards.pan', 'customers.name'),
}

const WRITES: Readonly<Record<string, Build>> = {
  insert: db => db('tags').insert({ id: 40, name: 'a' }),
  'insert many': db =>
    db('tags').insert([
      { id: 41, name: 'b' },
      { id: 42, name: 'c' },
    ]),
  'insert some columns': db =>
    db('payments').insert([
      { id: 2001, card_id: 1 },
      { id: 2002, card_id: 1, amount: 2 },
    ]),
  'insert from a query': db =>
    db(db.raw('?? (??, ??)', ['product_tags', 'product_id', 'tag_id'])).insert(
      db('goods').select('id', db.raw('1')).where('id', 4),
    ),
  upsert: db => db('tags').insert({ id: 1, name: 'newer' }).onConflict('id').merge(),
  'upsert of named columns': db =>
    db('tags').insert({ id: 1, name: 'newer' }).onConflict('id').merge(['name']),
  'insert or ignore': db => db('tags').insert({ id: 1, name: 'newer' }).onConflict('id').ignore(),
  'update by key': db => db('payments').where('id', 1).update({ status: 'failed', note: null }),
  'soft delete': db => db('sales').where({ id: 1003 }).update({ deleted_at: '2024-03-01 00:00:00' }),
  increment: db => db('goods').where('sku', 'LAMP-001').increment('stock', 5),
  decrement: db => db('goods').where('id', 1).decrement({ stock: 1 }),
  'update raw': db =>
    db('goods')
      .where('id', 2)
      .update({ price: db.raw('?? * ?', ['price', 2]) }),
  'delete by key': db => db('payments').where('id', 12).del(),
  'delete by keys': db => db('payments').whereIn('id', [11, 12]).del(),
  'delete by a compound key': db => db('sale_lines').where({ order_id: 1001, line: 2 }).del(),
}

const RETURNING_WRITES: Readonly<Record<string, Build>> = {
  'insert returning': db => db('tags').insert({ id: 43, name: 'd' }).returning('id'),
  'update returning': db => db('goods').where('id', 1).update({ stock: 1 }).returning(['id', 'stock']),
  'delete returning': db => db('refunds').where('id', 1).del().returning('*'),
}

const LISTS: readonly (readonly [Verdict, readonly EngineName[], Readonly<Record<string, Build>>])[] = [
  ['allow', EVERY, READS],
  ['require_approval', EVERY, PAN_READS],
  ['require_approval', EVERY, WRITES],
  ['require_approval', RETURNING, RETURNING_WRITES],
]

export function builderStatements(engine: EngineName): readonly BuilderStatement[] {
  return LISTS.filter(([, engines]) => engines.includes(engine)).flatMap(([verdict, , list]) =>
    Object.entries(list).map(([name, build]) => ({ name, verdict, build })),
  )
}
