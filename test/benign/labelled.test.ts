/** Reads that touch labelled columns: what carries no label comes back untouched, and PANs take one question. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describePostgres } from '../support/databases.js'
import { ask, openShop, type Shop, type Statement } from './shop.js'

type Rows = readonly Record<string, unknown>[]

/** With the columns that are masked. */
const ALLOWED: readonly (readonly [statement: Statement, ...masked: readonly string[]])[] = [
  ['select * from customers order by id', 'ssn'],
  [
    'select c.*, o.total, o.placed_at from customers c join orders o on o.customer_id = c.id order by o.id',
    'ssn',
  ],
  ['select id, name, right(ssn, 4) as tail from customers order by id', 'tail'],
  ['select count(ssn) as with_ssn, count(*) filter (where ssn is null) as without from customers'],
  [['select name, ssn from customers where id = $1', 2], 'ssn'],
  [
    "select name, coalesce(ssn, 'none') as ssn from customers where country in ('DE', 'US') order by id",
    'ssn',
  ],
  [
    'with c as (select * from customers) select name, ssn, phone from c where id between 1 and 3 order by id',
    'ssn',
  ],
  ['select count(pan) as cards, count(cvv) as codes from cards'],
  ['select id, pan is not null as known from cards order by id'],
]

const APPROVED: readonly (readonly [statement: Statement, ...masked: readonly string[]])[] = [
  ['select id, customer_id, pan, brand, exp_year from cards order by id', 'pan'],
  ['select * from customer_cards order by id, brand', 'pan'],
  [
    'select c.name, k.pan, p.amount, p.paid_at from payments p join cards k on k.id = p.card_id join customers c on c.id = k.customer_id order by p.id',
    'pan',
  ],
  [['select brand, right(pan, 4) as last4 from cards where customer_id = $1', 1], 'last4'],
  ['select brand, json_agg(pan) as pans, count(*) from cards group by brand order by brand', 'pans'],
]

describePostgres('labelled columns', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = await openShop()
  })
  afterAll(() => shop.close())

  test.each(ALLOWED.map(([statement, ...masked]) => ({ statement, masked })))('$statement', async each => {
    const before = shop.asked()
    await differOnlyIn(each.statement, each.masked)
    expect(shop.asked()).toBe(before)
  })

  test.each(APPROVED.map(([statement, ...masked]) => ({ statement, masked })))(
    'asks once: $statement',
    async each => {
      const before = shop.asked()
      await differOnlyIn(each.statement, each.masked)
      expect(shop.asked()).toBe(before + 1)
    },
  )

  async function differOnlyIn(statement: Statement, masked: readonly string[]): Promise<void> {
    const [expected, answer] = [await ask(shop.plain, statement), await ask(shop.governed, statement)]
    const without = (rows: unknown) =>
      (rows as Rows).map(row =>
        Object.fromEntries(Object.entries(row).filter(([name]) => !masked.includes(name))),
      )
    expect(without(answer.rows)).toStrictEqual(without(expected.rows))
    expect(answer.rowCount).toBe(expected.rowCount)
    for (const name of masked) {
      const shown = (answer.rows as Rows).map(row => String(row[name]))
      expect(shown.every(value => value.includes('*') || value.includes('redacted'))).toBe(true)
    }
  }
})
