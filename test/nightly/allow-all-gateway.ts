/**
 * The PostgreSQL door under a policy that allows everything: `allow-all-gateway.ts <url> <directory> <catalog>`. Only
 * for a private server that trusts everybody. Prints its port, and ends when its standard input does.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { emptyCatalog } from '../../src/catalog/empty.js'
import { fileTrail } from '../../src/index.js'
import { allowAllPolicy } from '../../src/testing/index.js'
import { openPostgresDoor } from './postgres-door.js'

const [url = '', directory = '', catalog = 'live'] = process.argv.slice(2)
const audit = fileTrail({ directory: join(directory, 'audit'), durability: 'os' })
const door = await openPostgresDoor({
  url,
  account: 'asked',
  governance: {
    policy: allowAllPolicy(),
    audit,
    ...(catalog === 'none' ? { catalog: emptyCatalog('postgres') } : {}),
  },
})
process.stdout.write(`${door.port}\n`)
process.stdin.resume()
await once(process.stdin, 'close')
await door.close()
process.exit()
