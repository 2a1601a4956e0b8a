/** A fresh MariaDB for one run of one suite, and statements past every gateway. */
import mysql from 'mysql2/promise'
import { locateMariadb, startMariadb } from '../support/servers/mariadb.js'
import type { Place } from './suite.js'

/** @param ends gets what stops it again. */
export async function openMariadb(database: string, ends: (() => Promise<unknown>)[]): Promise<Place> {
  const { address, stop } = await startMariadb(await locateMariadb())
  ends.unshift(stop)
  const { host, port, user, password } = address
  const place = { host, port, user, password, database }
  await administerMariadb({ ...place, database: 'mysql' }, [
    `create database ${database} character set utf8mb4`,
    'set global local_infile = 1',
  ])
  return place
}

/** Runs statements past every gateway. */
export async function administerMariadb(place: Place, statements: readonly string[]): Promise<void> {
  const client = await mysql.createConnection({ ...place })
  client.on('error', () => {})
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
