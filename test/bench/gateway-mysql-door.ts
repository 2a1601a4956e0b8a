/**
 * The MySQL door under pci-baseline: `gateway-mysql-door.ts <url> <directory> os|fsync`. Prints its port, then the id of
 * the process, and ends when its standard input does.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { fileTrail, parsePolicy } from '../../src/index.js'
import { openMysqlDoor } from '../nightly/mysql-door.js'

const POLICY = `
version: 1
extends: pci-baseline
labels:
  - { column: '*.cards.pan', label: pan }
limits: { maxRows: 10000000, timeout: 10m }
`

const [url = '', directory = '', durability = 'os'] = process.argv.slice(2)
const door = await openMysqlDoor({
  url,
  governance: {
    policy: parsePolicy(POLICY, { file: 'bench.yaml' }),
    audit: fileTrail({
      directory: join(directory, `audit-${durability}-${process.pid}`),
      durability: durability === 'fsync' ? 'fsync' : 'os',
    }),
  },
})
process.stdout.write(`${door.port} ${process.pid}\n`)
process.stdin.resume()
await once(process.stdin, 'close')
await door.close()
process.exit()
