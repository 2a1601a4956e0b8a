/**
 * What the generated statements draw on: relations of the corpus schemas that all three engines have.
 * Left out is payments.note, free text with card numbers in it: no label says so, and a slice of it is
 * nothing that a detector could know.
 */
export type Type = 'int' | 'text'

export interface Column {
  readonly name: string
  readonly type: Type
  /** Shows a value that the twins do not share. `sad` is refused wherever it is shown. */
  readonly secret?: 'masked' | 'sad'
}

export interface Table {
  readonly name: string
  readonly columns: readonly Column[]
  /** False: two rows may differ in protected columns only. */
  readonly distinct?: false
}

const int = (name: string): Column => ({ name, type: 'int' })
const text = (name: string): Column => ({ name, type: 'text' })
const masked = (name: string): Column => ({ name, type: 'text', secret: 'masked' })

export const TABLES: readonly Table[] = [
  { name: 'customers', columns: [int('id'), text('name'), masked('email'), masked('ssn')] },
  {
    name: 'cards',
    columns: [
      int('id'),
      int('customer_id'),
      masked('pan'),
      int('exp_month'),
      int('exp_year'),
      { name: 'cvv', type: 'text', secret: 'sad' },
      text('brand'),
    ],
  },
  { name: 'payments', columns: [int('id'), int('card_id'), text('status')] },
  { name: 'products', columns: [int('id'), text('sku'), text('name'), text('category')] },
  { name: 'orders', columns: [int('id'), int('customer_id')] },
  { name: 'order_items', columns: [int('order_id'), int('line'), int('product_id'), int('quantity')] },
  { name: 'users', columns: [int('id'), int('tenant'), text('login'), text('handle')] },
  { name: 'employees', columns: [int('id'), text('name'), int('manager_id')] },
  { name: 'tokens', columns: [int('token'), masked('pan')] },
  { name: 'slips', columns: [int('id'), masked('pan'), masked('tail')] },
  { name: 'card_view', columns: [int('id'), masked('number'), text('brand')] },
  { name: 'nested', columns: [int('k'), masked('n'), text('b')] },
  { name: 'nested_tail', columns: [int('k'), masked('tail')] },
  {
    name: 'people',
    columns: [int('id'), text('name'), masked('email'), masked('ssn'), masked('pan')],
    distinct: false,
  },
  { name: 'either', columns: [masked('x')], distinct: false },
  { name: 'tops', columns: [int('customer_id'), masked('top'), int('n')] },
  { name: 'customer_totals', columns: [text('customer'), int('orders')] },
  { name: 'vault.cards', columns: [int('id'), masked('pan'), text('label')] },
  { name: 'vault.products', columns: [int('id'), text('name')] },
]

/** Tables that generated writes change, with what a row needs and which columns may be given a value. */
export interface Writable {
  readonly name: string
  readonly key: string
  readonly values: readonly Column[]
}

export const WRITABLE: readonly Writable[] = [
  { name: 'payments', key: 'id', values: [text('status')] },
  { name: 'customers', key: 'id', values: [text('name'), masked('ssn')] },
  { name: 'cards', key: 'id', values: [text('brand'), int('exp_year'), masked('pan')] },
  { name: 'tokens', key: 'token', values: [masked('pan')] },
  { name: 'users', key: 'id', values: [text('login'), int('tenant')] },
]
