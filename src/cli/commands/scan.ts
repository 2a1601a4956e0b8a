import { type Command, InvalidArgumentError, Option } from 'commander'
import { unmatchedLabels } from '../../catalog/labels.js'
import { withCatalog } from '../../connect/catalog-connection.js'
import { withScanConnections } from '../../connect/scan-connection.js'
import { packDetectors } from '../../masking/detectors/packs/packs.js'
import type { Dialect } from '../../model/dialect.js'
import { PACKS, type Pack } from '../../model/pack.js'
import { partsGlob, patternParts } from '../../policy/glob.js'
import { policyText } from '../../profiling/label-rules.js'
import type { ScanReport } from '../../profiling/report.js'
import { reportText } from '../../profiling/report-text.js'
import type { Sampler } from '../../profiling/sampler.js'
import { mysqlSampler } from '../../profiling/samplers/mysql.js'
import { postgresSampler } from '../../profiling/samplers/postgres.js'
import { sqliteSampler } from '../../profiling/samplers/sqlite.js'
import { scanDatabase } from '../../profiling/scan-database.js'
import type { Console } from '../console.js'
import { COULD_NOT, DOES_NOT_HOLD, DONE } from '../exit.js'
import { valueJudge } from '../scan/judge.js'
import { type ScanSource, type SourceFlags, scanSource } from '../scan/source.js'

interface ScanFlags extends SourceFlags {
  readonly only: readonly string[]
  readonly ignore: readonly string[]
  readonly detect: readonly Pack[]
  readonly rows: number
  readonly timeout: number
  readonly connections: number
  readonly json?: true
  readonly policy?: true
  readonly progress?: true
}

const SAMPLERS: Readonly<Record<Dialect, () => Sampler>> = {
  postgres: postgresSampler,
  mysql: mysqlSampler,
  sqlite: sqliteSampler,
}

/** Milliseconds between two lines of progress. */
const PROGRESS_MS = 2_000

/** `cardea scan`: where card data is, from a sample of every table. */
export function addScan(program: Command, console: Console): void {
  program
    .command('scan')
    .description(
      'say which columns of a database hold card data, from a sample of every table; changes nothing',
    )
    .argument(
      '[url]',
      'postgres://…, mysql://… or sqlite:file; set PGPASSWORD or MYSQL_PWD rather than write a password',
    )
    .option('--config <file>', 'instead: the database of a configuration of the gateway')
    .option('--data-source <id>', 'which of its databases')
    .option(
      '--policy-file <file>',
      'the policy whose labels hold already; default: that of the configuration',
    )
    .option(
      '--only <relation>',
      'look at these relations only, such as public.*; repeat for more',
      patterns(1, 2),
      [],
    )
    .option(
      '--ignore <column>',
      'a column that a person has looked at, such as orders.number; repeat for more',
      patterns(2, 3),
      [],
    )
    .addOption(
      new Option('--detect <pack>', `look for this too: ${PACKS.join(', ')}; repeat for more`)
        .argParser(pack)
        .default([]),
    )
    .option('--rows <count>', 'rows to look at of each table, at most', number(2, 20_000), 1_000)
    .option('--timeout <ms>', 'milliseconds that one statement may take', number(1, 3_600_000), 10_000)
    .option('--connections <count>', 'connections, at most', number(1, 32), 2)
    .addOption(new Option('--json', 'print the report as JSON').conflicts('policy'))
    .option('--policy', 'print a policy with the labels that are missing')
    .option('--progress', 'say how far it is on standard error, also where that is no terminal')
    .action((url: string | undefined, flags: ScanFlags) => scan(console, url, flags))
}

async function scan(console: Console, url: string | undefined, flags: ScanFlags): Promise<void> {
  const report = await scanned(console, await scanSource(url, flags), flags)
  if (flags.json === true) console.json(report)
  else console.print(...(flags.policy === true ? policyText(report) : reportText(report)))
  if (flags.policy === true && !report.complete)
    console.note('warning: not every table could be read; cardea scan without --policy says which')
  if (report.tables + report.unread.length === 0)
    console.note(
      `warning: there is no table to look at${report.dialect === 'mysql' ? '; an account is shown only what it has privileges on' : ''}`,
    )
  console.exit(answer(report))
}

/** To have looked at nothing is no proof of anything. */
function answer({ complete, found, tables }: ScanReport): number {
  if (!complete || tables === 0) return COULD_NOT
  return found.some(({ covered, ignored }) => !covered && !ignored) ? DOES_NOT_HOLD : DONE
}

async function scanned(console: Console, { url, policy }: ScanSource, flags: ScanFlags): Promise<ScanReport> {
  const labels = policy?.labels ?? []
  return withScanConnections(url, flags.connections, async ({ dialect, lend }) => {
    const catalog = await withCatalog({ url }, labels, console.clock, async source => source.current())
    for (const { column, label } of unmatchedLabels(catalog, labels))
      console.note(`warning: the label rule ${column} (${label}) matches no column of this database`)
    const only = flags.only.map(text => {
      const matches = partsGlob(text, 2)
      return { text, matches: (...parts: readonly [string, string]) => matches(parts) }
    })
    const ignore = flags.ignore.map(pattern => partsGlob(pattern, 3))
    return scanDatabase(catalog, {
      judge: valueJudge(packDetectors([...new Set([...flags.detect, ...(policy?.detect ?? [])])])),
      sampler: SAMPLERS[dialect](),
      lend,
      rows: flags.rows,
      timeoutMs: flags.timeout,
      atOnce: flags.connections,
      only,
      ignored: (...parts) => ignore.some(matches => matches(parts)),
      signal: console.untilInterrupted(),
      progress: progressOf(console, flags.progress === true || console.terminal !== undefined),
    })
  })
}

function progressOf(console: Console, shown: boolean): (done: number, of: number) => void {
  let last = console.clock.monotonic()
  return (done, of) => {
    const now = console.clock.monotonic()
    if (!shown || (done < of && now - last < PROGRESS_MS)) return
    last = now
    console.note(`${done} of ${of} tables`)
  }
}

function number(least: number, most: number): (text: string) => number {
  return text => {
    const value = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`Write a whole number from ${least} to ${most}.`)
  }
}

function patterns(fewest: number, most: number) {
  return (text: string, before: readonly string[]): readonly string[] => {
    const parts = patternParts(text)?.length ?? 0
    if (parts >= fewest && parts <= most) return [...before, text]
    throw new InvalidArgumentError(
      `Write ${most === 2 ? 'relation or schema.relation' : 'relation.column or schema.relation.column'}; * is a wildcard.`,
    )
  }
}

function pack(text: string, before: readonly Pack[]): readonly Pack[] {
  const known = PACKS.find(name => name === text)
  if (known === undefined) throw new InvalidArgumentError(`Write one of ${PACKS.join(', ')}.`)
  return [...before, known]
}
