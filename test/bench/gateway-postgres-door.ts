/**
 * The PostgreSQL door under pci-baseline, in one process or several on one port:
 * `gateway-postgres-door.ts <url> <directory> os|fsync <processes>`. Prints its port, then the ids of the processes,
 * and ends when its standard input does.
 */
import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileTrail, parsePolicy } from '../../src/index.js'
import { openPostgresDoor } from '../nightly/postgres-door.js'

const POLICY = `
version: 1
extends: pci-baseline
labels:
  - { column: public.cards.pan, label: pan }
limits: { maxRows: 10000000, timeout: 10m }
exceptions:
  - { id: seen, lifts: pci/pan-output, when: { column: public.cards.pan }, reason: masked card numbers are read }
`

const [url = '', directory = '', durability = 'os', processes = '1'] = process.argv.slice(2)

if (cluster.isPrimary && processes !== '1') {
  await shared(Number(processes))
} else {
  const door = await openPostgresDoor({
    url,
    account: 'own',
    governance: {
      policy: parsePolicy(POLICY, { file: 'bench.yaml' }),
      audit: fileTrail({
        directory: join(directory, `audit-${durability}-${process.pid}`),
        durability: durability === 'fsync' ? 'fsync' : 'os',
      }),
    },
  })
  if (cluster.isPrimary) {
    tell(door.port, [process.pid])
    await ended()
  } else {
    process.send?.(door.port)
    await once(process, 'disconnect')
  }
  await door.close()
  process.exit()
}

async function shared(count: number): Promise<void> {
  const workers = Array.from({ length: count }, () => cluster.fork())
  const ports = await Promise.all(workers.map(portOf))
  tell(
    ports[0] ?? 0,
    workers.map(({ process: { pid } }) => pid ?? 0),
  )
  await ended()
  for (const worker of workers) worker.disconnect()
}

async function portOf(worker: Worker): Promise<number> {
  const [port] = (await once(worker, 'message')) as [number]
  return port
}

function tell(port: number, pids: readonly number[]): void {
  process.stdout.write(`${port} ${pids.join(' ')}\n`)
}

async function ended(): Promise<void> {
  process.stdin.resume()
  await once(process.stdin, 'close')
}
