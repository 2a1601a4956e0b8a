import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import knexFactory, { type Knex } from 'knex'
import { startDatabase } from './database.js'

export interface Shop {
  /** A plain, ungoverned Knex on a private PostgreSQL. */
  readonly knex: Knex
  /** An empty directory for the trail. */
  readonly directory: string
}

/** Runs an example against a private database with three cards and three payments, then clears up. */
export async function withShop(example: (shop: Shop) => Promise<void>): Promise<void> {
  const database = await startDatabase()
  const directory = await mkdtemp(join(tmpdir(), 'cardea-example-'))
  const knex = knexFactory(database.config)
  try {
    await knex.raw(`
      create table cards (id int primary key, pan text not null, brand text not null);
      create table payments (id int primary key, card_id int references cards(id), amount numeric(12,2), status text);
      insert into cards values (1, '4111111111111111', 'visa'), (2, '5555555555554444', 'mastercard'), (3, '378282246310005', 'amex');
      insert into payments values (1, 1, 10.00, 'settled'), (2, 2, 25.50, 'settled'), (3, 1, 99.99, 'failed');
    `)
    await example({ knex, directory })
  } finally {
    await knex.destroy()
    await database.stop()
    await rm(directory, { recursive: true, force: true })
  }
}
