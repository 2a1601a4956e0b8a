/** The tables of TPC-H in a database of their own, governed like a twin, and the 22 questions. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import makeKnex, { type Knex } from 'knex'
import { parse } from 'yaml'
import { mariadb, postgres } from '../support/databases.js'
import { type EngineName, type GovernedTwin, governTwin } from '../support/twins.js'

export interface Question {
  readonly id: string
  readonly sql: string
}

export function questions(engine: EngineName): readonly Question[] {
  return parse(readFileSync(new URL(`./tpch-${engine}.yaml`, import.meta.url), 'utf8')).statements
}

export async function openTpch(engine: EngineName): Promise<GovernedTwin> {
  const { config, database, drop } = await place(engine)
  const raw = makeKnex(config)
  const schema = readFileSync(new URL(`./tpch-${engine}.sql`, import.meta.url), 'utf8')
  for (const statement of schema.split(/;\n/u).filter(text => text.trim() !== '')) await raw.raw(statement)
  return governTwin({
    engine,
    raw,
    database,
    spelled: sql => sql,
    arrivals: async () => '',
    close: async () => {
      await raw.destroy()
      await drop()
    },
  })
}

interface Place {
  readonly config: Knex.Config
  readonly database: string
  drop(): Promise<void>
}

async function place(engine: EngineName): Promise<Place> {
  if (engine === 'sqlite') {
    const directory = mkdtempSync(join(tmpdir(), 'cardea-tpch-'))
    return {
      config: {
        client: 'better-sqlite3',
        connection: { filename: join(directory, 'tpch.db') },
        useNullAsDefault: true,
      },
      database: 'main',
      drop: async () => rmSync(directory, { recursive: true, force: true }),
    }
  }
  const found = await (engine === 'postgres' ? postgres : mariadb).database()
  const { host, port, user, password, database } = found
  return {
    config: {
      client: engine === 'postgres' ? 'pg' : 'mysql2',
      connection: { host, port, user, password, database },
      pool: { min: 0, max: 2 },
    },
    database,
    drop: () => found.drop(),
  }
}
