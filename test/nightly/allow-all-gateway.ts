/**
 * The PostgreSQL door under a policy that allows everything: `allow-all-gateway.ts <url> <directory> <catalog>`. Only
 * for a private server that trusts everybody. Prints its port, and ends when its standard input does.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import pg from 'pg'
import { emptyCatalog } from '../../src/catalog/empty.js'
import { fileTrail, postgresCatalog } from '../../src/index.js'
import { allowAllPolicy } from '../../src/testing/index.js'
import { systemClock } from '../../src/util/clock.js'
import { openPostgresDoor } from './postgres-door.js'

const [url = '', directory = '', catalog = 'live'] = process.argv.slice(2)
const audit = fileTrail({ directory: join(directory, 'audit'), durability: 'os' })
const door = await openPostgresDoor({
  url,
  account: 'asked',
  governance: {
    policy: allowAllPolicy(),
    audit,
    catalog: catalog === 'none' ? emptyCatalog('postgres') : liveCatalog(),
  },
})

/** Over connections that stay: suites work on tables that no catalog knows, and each such statement asks anew. */
function liveCatalog() {
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  pool.on('error', () => {})
  const query = async (sql: string, params: readonly unknown[]) => (await pool.query(sql, [...params])).rows
  return postgresCatalog({ query, labels: [], clock: systemClock })
}

process.stdout.write(`${door.port}\n`)
process.stdin.resume()
await once(process.stdin, 'close')
await door.close()
process.exit()
