/**
 * The PostgreSQL door under a policy that allows everything: `allow-all-gateway.ts <url> <directory>`. Only for a
 * private server that trusts everybody. Prints its port, and ends when its standard input does.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { fileTrail } from '../../src/index.js'
import { allowAllPolicy } from '../../src/testing/index.js'
import { openPostgresDoor } from './postgres-door.js'

const [url = '', directory = ''] = process.argv.slice(2)
const audit = fileTrail({ directory: join(directory, 'audit'), durability: 'os' })
const door = await openPostgresDoor({
  url,
  account: 'asked',
  governance: { policy: allowAllPolicy(), audit },
})
process.stdout.write(`${door.port}\n`)
process.stdin.resume()
await once(process.stdin, 'close')
await door.close()
process.exit()
