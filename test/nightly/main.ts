/**
 * `npm run test:nightly`: third-party suites straight at PostgreSQL and MariaDB and through the gateway under a
 * policy that allows everything. What differs and is not in `expected/`, is a failure.
 *
 *   npm run test:nightly -- [--quick] [--direct] [--verbose] [suite …]
 *
 * `--quick`: the suites that are cheap enough for every change. `--direct`: only straight, to see that they run.
 * The last line printed is "N passed, N failed", counted in suites.
 */
import { type Comparison, compare, expectedOf } from './compare.js'
import { openStage } from './servers.js'
import { NotHad, type Results, type Route, type Run, type Suite } from './suite.js'
import { suites } from './suites.js'
import { openWorkshop } from './workshop.js'

const flags = new Set(process.argv.slice(2).filter(each => each.startsWith('--')))
const named = process.argv.slice(2).filter(each => !each.startsWith('--'))

interface Row {
  readonly suite: string
  readonly text: string
  readonly failed: boolean
}

async function main(): Promise<void> {
  const chosen = suites.filter(
    ({ name, quick }) =>
      (named.length === 0 || named.includes(name)) && (!flags.has('--quick') || quick === true),
  )
  const rows: Row[] = []
  for (const suite of chosen) {
    const row = await attempt(suite)
    rows.push(row)
    print(row.text)
  }
  const failed = rows.filter(row => row.failed).length
  print(`${rows.length - failed} passed, ${failed} failed`)
  process.exitCode = failed === 0 && rows.length > 0 ? 0 : 1
}

async function attempt(suite: Suite): Promise<Row> {
  const row = (text: string, failed: boolean): Row => ({
    suite: suite.name,
    text: `${failed ? 'FAILED' : 'ok'}`.padEnd(8) + suite.name.padEnd(20) + text,
    failed,
  })
  try {
    const run = await suite.prepare(openWorkshop())
    const direct = await onStage('direct', run, suite)
    if (flags.has('--direct')) return row(count(direct.results), direct.results.size === 0)
    const gateway = await onStage('gateway', run, suite)
    const comparison = compare(direct.results, gateway.results, expectedOf(suite.name))
    return row(
      `${told(comparison)}  (${direct.seconds} s direct, ${gateway.seconds} s)${list(comparison)}`,
      !holds(comparison),
    )
  } catch (error) {
    if (error instanceof NotHad) return row(`not run: ${error.message}`, true)
    return row(error instanceof Error ? (error.stack ?? error.message) : String(error), true)
  }
}

async function onStage(
  name: Route['name'],
  run: Run,
  suite: Suite,
): Promise<{ readonly results: Results; readonly seconds: string }> {
  const stage = await openStage(name, suite)
  try {
    const start = process.hrtime.bigint()
    const results = await run(stage.route)
    return { results, seconds: (Number(process.hrtime.bigint() - start) / 1e9).toFixed(1) }
  } finally {
    if (flags.has('--verbose')) print(stage.log())
    await stage.close()
  }
}

/** A suite of which nothing ran has shown nothing. */
function holds({ passedDirect, differences, outdated }: Comparison): boolean {
  return passedDirect > 0 && outdated.length === 0 && differences.every(({ reason }) => reason !== undefined)
}

function told({ tests, passedDirect, passedGateway, differences }: Comparison): string {
  const unforeseen = differences.filter(({ reason }) => reason === undefined).length
  return `${tests} tests, passed ${passedDirect} direct, ${passedGateway} through the gateway, ${differences.length} differ, ${unforeseen} of them unforeseen`
}

function list({ differences, outdated }: Comparison): string {
  const lines = differences
    .filter(({ reason }) => reason === undefined || flags.has('--verbose'))
    .map(({ test, direct, gateway, detail, reason }) => {
      const why = (reason ?? detail).replace(/\s+/g, ' ').slice(0, 300)
      return `${test}: ${direct} direct, ${gateway} through the gateway: ${why}`
    })
  const stale = outdated.map(pattern => `${pattern}: expected to differ, and does not`)
  return [...lines, ...stale].map(line => `\n          ${line}`).join('')
}

function count(results: Results): string {
  const of = (verdict: string) => [...results.values()].filter(each => each.verdict === verdict).length
  const failures = [...results].filter(([, { verdict }]) => verdict === 'failed')
  const lines = failures.map(([test, { detail = '' }]) => `\n          ${test}: ${detail.slice(0, 200)}`)
  return `${of('passed')} passed, ${of('failed')} failed, ${of('skipped')} skipped${lines.slice(0, 40).join('')}`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

await main()
