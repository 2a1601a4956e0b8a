import { type Command, Option } from 'commander'
import {
  MOST_GROUPS,
  type StatsBy,
  type StatsGroup,
  type StatsReport,
  statistics,
} from '../../audit/reading/stats.js'
import type { SearchFilter } from '../../audit/search.js'
import type { Console } from '../console.js'
import { withFilter } from '../reading/filter-options.js'
import { type IndexOption, withIndexOption, withTrails } from '../reading/open-trails.js'
import { orCouldNotRead, readingCommand } from '../reading/reading-command.js'
import { table } from '../reading/width.js'
import { nameWords } from '../record-lines.js'

const GROUPINGS: readonly StatsBy[] = ['principal', 'agent', 'day']

interface Options extends SearchFilter, IndexOption {
  readonly by: StatsBy
  readonly json?: true
}

/** `cardea audit stats`: how many statements, of whom, and what became of them. */
export function addAuditStats(audit: Command, console: Console): void {
  const command = readingCommand(
    audit,
    'stats',
    'count statements, rows, masked cells and denials, and how long statements took',
  ).addOption(new Option('--by <what>', 'count apart').choices(GROUPINGS).default('principal'))
  withIndexOption(withFilter(command))
    .option('--json', 'print the report as JSON')
    .action((dir: string, options: Options) => orCouldNotRead(() => print(console, dir, options)))
}

async function print(console: Console, dir: string, { by, json, index, ...filter }: Options): Promise<void> {
  await withTrails(console, dir, index === undefined ? {} : { index }, async search => {
    const found = search(filter)
    const report = await statistics(
      (async function* () {
        for await (const one of found) yield one.found
      })(),
      by,
    )
    if (json === true) console.json(report)
    else console.print(...reportLines(report, console.plain))
  })
}

const NUMBERS =
  'statements denied released refused failed cut unknown open rows affected masked p50-ms p95-ms'.split(' ')
const NOBODY: Readonly<Record<StatsBy, string>> = {
  principal: '(nobody identified)',
  agent: '(no agent)',
  day: '(no day)',
}

function reportLines(
  { by, groups, others, total }: StatsReport,
  show: (text: string) => string,
): readonly string[] {
  const named = groups.map(group =>
    cells(group, group.name === null ? NOBODY[by] : show(nameWords(group.name))),
  )
  const rest = others === null ? [] : [cells(others, `(beyond ${MOST_GROUPS})`)]
  return table([by, ...NUMBERS], [...named, ...rest, cells(total, 'all')], NUMBERS)
}

function cells(group: StatsGroup, name: string): readonly string[] {
  const { affected, denied, masked, p50Ms, p95Ms, rows, statements, statuses } = group
  const { cut, failed, open, refused, released, unknown } = statuses
  const counts = [statements, denied, released, refused, failed, cut, unknown, open, rows, affected, masked]
  return [name, ...counts.map(String), milliseconds(p50Ms), milliseconds(p95Ms)]
}

function milliseconds(value: number | null): string {
  if (value === null) return ''
  return value < 100 ? value.toFixed(1) : String(Math.round(value))
}
