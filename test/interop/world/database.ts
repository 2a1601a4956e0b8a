/** A shop with card numbers on a private PostgreSQL, seen past every gateway. */
import pg from 'pg'
import { locatePostgres, startPostgres } from '../../support/servers/postgres.js'

export interface ShopDatabase {
  /** What the gateways connect with: a role that can read and write the rows of the shop. */
  readonly url: string
  /** Cardea's own tables, with the same role. */
  readonly storeUrl: string
  rows(text: string, params: readonly unknown[]): Promise<readonly unknown[]>
  /** Holds a row until it is let go. @returns the lock's name. */
  lock(table: string, key: number): Promise<string>
  unlock(lock: string): Promise<void>
  close(): Promise<void>
}

const PASSWORD = 'interop-password'

const SEED = `
create table customers (id int primary key, name text not null, email text);
create table cards (id int primary key, customer_id int not null references customers(id), pan text not null,
  cvv text, brand text not null);
create table payments (id serial primary key, card_id int not null references cards(id),
  amount numeric(12,2) not null, status text not null);
create table disputes (id serial primary key, payment_id int not null references payments(id),
  reason text not null, visits int not null default 0);
create table holds (id serial primary key, payment_id int not null references payments(id), reason text not null);
insert into customers values (1, 'Ada Byron', 'ada@example.test'), (2, 'Bo Diaz', 'bo@example.test'),
  (3, 'Chi Eze', 'chi@example.test');
insert into cards values (1, 1, '4111111111111111', '123', 'visa'), (2, 2, '5555555555554444', '456', 'mastercard'),
  (3, 3, '378282246310005', '7890', 'amex');
grant select, insert, update, delete on all tables in schema public to gateway;
grant usage on all sequences in schema public to gateway;
analyze;
`

export async function openDatabase(): Promise<ShopDatabase> {
  const server = await startPostgres(await locatePostgres())
  const { log: _, ...admin } = server.address
  const connect = async (database: string): Promise<pg.Client> => {
    const client = new pg.Client({ ...admin, database })
    client.on('error', () => {})
    await client.connect()
    return client
  }
  const first = await connect(admin.database)
  await first.query(`create role gateway login password '${PASSWORD}'`)
  await first.query('create database shop')
  await first.query('create database cardea owner gateway')
  await first.end()
  const shop = await connect('shop')
  await shop.query(SEED)
  const locks = new Map<string, pg.Client>()
  const at = `${admin.host}:${admin.port}`
  return {
    url: `postgres://gateway:${PASSWORD}@${at}/shop`,
    storeUrl: `postgres://gateway:${PASSWORD}@${at}/cardea`,
    rows: async (text, params) => (await shop.query(text, [...params])).rows,
    lock: async (table, key) => {
      const holder = await connect('shop')
      await holder.query('begin')
      await holder.query(`select 1 from ${pg.escapeIdentifier(table)} where id = $1 for update`, [key])
      const name = `lock ${locks.size + 1}`
      locks.set(name, holder)
      return name
    },
    unlock: async name => {
      await locks.get(name)?.end()
    },
    close: () => server.stop(),
  }
}
