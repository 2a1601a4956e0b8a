/** pgbench in its three protocol modes: select-only and its whole transaction. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { call, must } from '../call.js'
import { libpqEnvironment, type Result, type Suite } from '../suite.js'

export const pgbench: Suite = {
  name: 'pgbench',
  quick: true,
  prepare: async () => async route => {
    await must('pgbench', ['-i', '-q', '-s', '1'], { env: libpqEnvironment(route.server) })
    const env = libpqEnvironment(route.place)
    const pipeline = join(route.scratch, 'pipeline.sql')
    writeFileSync(pipeline, PIPELINE)
    const results = new Map<string, Result>()
    for (const mode of ['simple', 'extended', 'prepared']) {
      for (const [script, options] of [
        ['select only', ['-S', '-c', '4', '-t', '200']],
        ['tpcb-like', ['-c', '4', '-t', '50']],
        ['pipeline', ['-c', '2', '-t', '50', '-f', pipeline]],
      ] as const) {
        if (script === 'pipeline' && mode === 'simple') continue
        const { status, output } = await call('pgbench', ['-n', '-M', mode, ...options], { env })
        const whole = status === 0 && !/number of failed transactions: [1-9]/.test(output)
        results.set(
          `${mode}: ${script}`,
          whole ? { verdict: 'passed' } : { verdict: 'failed', detail: errors(output) },
        )
      }
    }
    return results
  },
}

const PIPELINE = `\\set aid random(1, 100000)
\\startpipeline
select abalance from pgbench_accounts where aid = :aid;
update pgbench_accounts set abalance = abalance + 1 where aid = :aid;
select abalance from pgbench_accounts where aid = :aid;
\\endpipeline
`

function errors(output: string): string {
  return (
    output
      .split('\n')
      .filter(line => /error|fatal/i.test(line))
      .slice(0, 3)
      .join(' ') || output
  ).slice(0, 300)
}
