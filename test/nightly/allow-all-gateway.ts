/**
 * A door under a policy that allows everything: `allow-all-gateway.ts <url> <directory> live|none`. Which door, the URL
 * says. Only for a private server: everybody is let in. Prints its port, and ends when its standard input does.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { emptyCatalog } from '../../src/catalog/empty.js'
import { mysqlCatalog } from '../../src/catalog/mysql.js'
import { fileTrail, postgresCatalog } from '../../src/index.js'
import { allowAllPolicy } from '../../src/testing/index.js'
import { systemClock } from '../../src/util/clock.js'
import { certificateAuthority } from '../support/issuer/certificates.js'
import { openMysqlDoor } from './mysql-door.js'
import { openPostgresDoor } from './postgres-door.js'

const [url = '', directory = '', catalog = 'live'] = process.argv.slice(2)
const policy = allowAllPolicy()
const audit = fileTrail({ directory: join(directory, 'audit'), durability: 'os' })
const door = await (url.startsWith('mysql:') ? mysqlDoor() : postgresDoor())

function postgresDoor() {
  const picture = catalog === 'none' ? emptyCatalog('postgres') : livePostgres()
  return openPostgresDoor({ url, account: 'asked', governance: { policy, audit, catalog: picture } })
}

function mysqlDoor() {
  const picture = catalog === 'none' ? emptyCatalog('mysql') : liveMysql()
  const tls = certificateAuthority().issue('gateway')
  return openMysqlDoor({ url, tls, governance: { policy, audit, catalog: picture } })
}

/** Over connections that stay: suites work on tables that no catalog knows, and each such statement asks anew. */
function livePostgres() {
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  pool.on('error', () => {})
  const query = async (sql: string, params: readonly unknown[]) => (await pool.query(sql, [...params])).rows
  return postgresCatalog({ query, labels: [], clock: systemClock })
}

function liveMysql() {
  const pool = mysql.createPool({ uri: url, connectionLimit: 2 })
  const query = async (sql: string, params: readonly unknown[]) =>
    (await pool.query<mysql.RowDataPacket[]>(sql, [...params]))[0]
  return mysqlCatalog({ query, labels: [], clock: systemClock })
}

process.stdout.write(`${door.port}\n`)
process.stdin.resume()
await once(process.stdin, 'close')
await door.close()
process.exit()
