/** Answers too large to be held: what they cost in time, and in memory of the process between. */
import { readFileSync } from 'node:fs'
import pg from 'pg'
import type { Login, Way } from './gateway-postgres-load.js'
import type { Measured } from './rounds.js'

export interface Bulk {
  readonly measured: Measured
  /** MiB, before and at most. */
  readonly memory: string
}

/** Reads the answer once over each way, and throws it away row by row. */
export async function readBulk(ways: readonly Way[], login: Login, text: string): Promise<Bulk[]> {
  const bulks: Bulk[] = []
  for (const { name, port, pids } of ways) {
    const client = new pg.Client({ host: '127.0.0.1', port, ssl: false, ...login })
    // The query that waits is told too; where none does, the bench is over already.
    client.on('error', () => {})
    await client.connect()
    await client.query('select 1')
    const before = resident(pids)
    let most = before
    const watch = setInterval(() => {
      most = Math.max(most, resident(pids))
    }, 50)
    const start = performance.now()
    await discard(client, text)
    const microseconds = (performance.now() - start) * 1_000
    clearInterval(watch)
    most = Math.max(most, resident(pids))
    await client.end()
    const first = bulks[0]?.measured.microseconds ?? microseconds
    bulks.push({
      measured: { name, microseconds, ratios: [microseconds / first], processor: Number.NaN },
      memory: pids.length === 0 ? '' : `${name}: ${before} MiB before, ${most} MiB at most`,
    })
  }
  return bulks
}

/** node-postgres keeps every row of a query; this keeps none. */
function discard(client: pg.Client, text: string): Promise<void> {
  return new Promise((done, failed) => {
    const nothing = (): void => {}
    client.query({
      submit: (connection: pg.Connection) => connection.query(text),
      handleRowDescription: nothing,
      handleDataRow: nothing,
      handleCommandComplete: nothing,
      handleEmptyQuery: nothing,
      handlePortalSuspended: nothing,
      handleReadyForQuery: done,
      handleError: failed,
    } as unknown as pg.Submittable)
  })
}

function resident(pids: readonly number[]): number {
  const kib = pids.map(pid => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]))
  return Math.round(kib.reduce((sum, each) => sum + each, 0) / 1_024)
}
