/** sysbench's transactions in texts and prepared: as many events and statements, and no error. */
import type { Result, Suite } from '../suite.js'
import { locateSysbench } from '../sysbench.js'

const SCRIPTS = [
  ...['oltp_point_select', 'oltp_read_only', 'oltp_read_write', 'oltp_write_only'],
  ...['oltp_update_index', 'oltp_update_non_index', 'oltp_insert', 'oltp_delete', 'select_random_ranges'],
]

const MODES = { texts: 'disable', prepared: 'auto' }

export const sysbench: Suite = {
  name: 'sysbench',
  engine: 'mysql',
  prepare: async workshop => {
    const run = await locateSysbench(workshop)
    return async ({ place }) => {
      const results = new Map<string, Result>()
      const attempt = async (name: string, script: string, args: readonly string[]): Promise<void> => {
        try {
          const output = await run(place, script, ['--table-size=1000', ...args])
          results.set(name, { verdict: 'passed', told: counts(output) })
        } catch (error) {
          results.set(name, { verdict: 'failed', detail: error instanceof Error ? error.message : '' })
        }
      }
      await attempt('prepare', 'oltp_read_write', ['prepare'])
      for (const [mode, prepares] of Object.entries(MODES)) {
        for (const script of SCRIPTS) {
          const bounds = ['--time=0', '--events=20', '--rand-seed=7', `--db-ps-mode=${prepares}`]
          await attempt(`${script}, ${mode}`, script, [...bounds, 'run'])
        }
        const many = ['--time=0', '--events=400', '--threads=4', `--db-ps-mode=${prepares}`]
        await attempt(`4 threads, ${mode}`, 'oltp_point_select', [...many, 'run'])
      }
      await attempt('cleanup', 'oltp_read_write', ['cleanup'])
      return results
    }
  },
}

/** What was done, without how long it took. */
function counts(output: string): string {
  const counted = /^\s+(total|transactions|ignored errors|reconnects):\s+(\d+)/gm
  return [...output.matchAll(counted)].map(([, name, count]) => `${name} ${count}`).join('\n')
}
