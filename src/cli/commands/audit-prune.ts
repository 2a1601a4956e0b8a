import { userInfo } from 'node:os'
import { type Command, InvalidArgumentError } from 'commander'
import { type PrunedSegment, prunable, pruneTrail } from '../../audit/retention/prune.js'
import { ConfigurationError } from '../../errors.js'
import { ulids } from '../../util/ids.js'
import type { Console } from '../console.js'
import { instant } from '../options.js'
import { orCouldNotRead, readingCommand } from '../reading/reading-command.js'
import { writtenTrails } from '../trail-directory.js'

interface Options {
  readonly before: number
  readonly retention?: number
  readonly rootKey?: string
  readonly dryRun?: true
}

const DAY_MS = 86_400_000

/** `cardea audit prune`: deletes the oldest segments after their retention, on record. */
export function addAuditPrune(audit: Command, console: Console): void {
  readingCommand(
    audit,
    'prune',
    'delete the oldest segments of a trail once all of their records are older than the retention',
  )
    .requiredOption('--before <instant>', 'only segments whose records are all older', instant)
    .option('--retention <duration>', 'what is younger stays, 12 months at least: 400d, 24m or 2y', duration)
    .option('--root-key <file>', 'the private root key, where the trail is signed with one kept elsewhere')
    .option('--dry-run', 'say what would be deleted')
    .action((dir: string, options: Options) => orCouldNotRead(() => prune(console, dir, options)))
}

async function prune(console: Console, dir: string, options: Options): Promise<void> {
  const { clock } = console
  const [{ directory }, ...others] = await writtenTrails(dir)
  if (others.length > 0) {
    throw new ConfigurationError(`${dir} holds several trails: name one, for example ${directory}.`)
  }
  const { before, dryRun, retention, rootKey } = options
  const wanted = { before, clock, ...(retention === undefined ? {} : { retentionMs: retention }) }
  const pruned =
    dryRun === true
      ? await prunable(directory, wanted)
      : await pruneTrail(directory, {
          ...wanted,
          by: { user: userInfo().username },
          ids: ulids(clock),
          ...(rootKey === undefined ? {} : { keys: { root: rootKey } }),
        })
  console.print(...pruned.map(line))
  const bytes = pruned.reduce((sum, one) => sum + one.bytes, 0)
  console.note(`${pruned.length} segments, ${bytes} bytes ${dryRun === true ? 'would be' : 'were'} deleted`)
}

function line({ bytes, name, newest, oldest, seq }: PrunedSegment): string {
  return `${name}  up to record ${seq}, from ${oldest} to ${newest}, ${bytes} bytes`
}

/** Months count 31 days and years 366: no calendar has longer ones. */
function duration(text: string): number {
  const [, count, unit] = /^(\d{1,4})([dmy])$/.exec(text) ?? []
  const days = unit === 'y' ? 366 : unit === 'm' ? 31 : 1
  if (count === undefined) throw new InvalidArgumentError('Write days, months or years: 400d, 24m, 2y.')
  return Number(count) * days * DAY_MS
}
