import type { Knex } from 'knex'

/** Published test PANs only; `terminal_captures` is the kind of table that should not exist (PCI DSS 3.3.1). */
export async function seed(knex: Knex): Promise<void> {
  for (const table of [
    'create table customers (id int primary key, name varchar(40) not null, email varchar(40))',
    `create table cards (
      id int primary key, customer_id int not null references customers(id),
      pan varchar(40) not null unique, brand varchar(20) not null, exp_month int, exp_year int)`,
    `create table payments (
      id int primary key, card_id int not null references cards(id),
      amount numeric(12,2) not null, status varchar(20) not null, note varchar(200))`,
    'create table terminal_captures (card_id int not null references cards(id), cvv varchar(4), captured_on date)',
  ]) {
    await knex.raw(table)
  }
  await knex('customers').insert([
    { id: 1, name: 'Ada Byron', email: 'ada@example.test' },
    { id: 2, name: 'Bo Diaz', email: 'bo@example.test' },
    { id: 3, name: 'Chi Eze', email: 'chi@example.test' },
  ])
  await knex('cards').insert([
    { id: 1, customer_id: 1, pan: '4111111111111111', brand: 'visa', exp_month: 12, exp_year: 2030 },
    { id: 2, customer_id: 2, pan: '5555555555554444', brand: 'mastercard', exp_month: 11, exp_year: 2029 },
    { id: 3, customer_id: 3, pan: '378282246310005', brand: 'amex', exp_month: 10, exp_year: 2031 },
    { id: 4, customer_id: 1, pan: '2223003122003222', brand: 'mastercard', exp_month: 9, exp_year: 2028 },
  ])
  await knex('payments').insert([
    { id: 1, card_id: 1, amount: '10.00', status: 'settled', note: 'ok' },
    { id: 2, card_id: 2, amount: '25.50', status: 'settled', note: 'gift wrapped' },
    {
      id: 3,
      card_id: 1,
      amount: '99.99',
      status: 'failed',
      note: 'card 4111 1111 1111 1111 read over the phone',
    },
    { id: 4, card_id: 3, amount: '5.00', status: 'settled', note: null },
    { id: 5, card_id: 4, amount: '7.25', status: 'refunded', note: 'order 1234567890123456' },
  ])
  await knex('terminal_captures').insert({ card_id: 1, cvv: '123', captured_on: '2026-01-05' })
}
