import type { Command } from 'commander'
import type { ParsedCheckpoint } from '../../audit/checkpoints/note-text.js'
import { type VerifyOptions, type VerifyReport, verifyTrail } from '../../audit/verify.js'
import { ConfigurationError } from '../../errors.js'
import { type AnchoredTrail, anchoredBy, anchorLines, ownedBy } from '../audit/anchored.js'
import { checkpointsFrom, rootKeyFrom } from '../audit/given.js'
import { reportLines } from '../audit/verify-lines.js'
import type { Console } from '../console.js'
import { COULD_NOT_READ, Exit } from '../exit.js'
import { collect } from '../options.js'
import { type NamedTrail, trailDirectories } from '../trail-directory.js'

const EXIT: Readonly<Record<VerifyReport['status'], number>> = { whole: 0, tampered: 1, incomplete: 2 }

interface Options {
  readonly key?: string
  readonly checkpoint: readonly string[]
  readonly anchor: readonly string[]
  readonly anchorCa?: string
  readonly json?: true
}

/** `cardea audit verify`: is the trail as it was written? */
export function addAuditVerify(audit: Command, console: Console): void {
  audit
    .command('verify')
    .description('read a whole trail and say whether it is as it was written')
    .argument('<dir>', 'the directory of the trail, or of the trails of several workers')
    .option('--key <file>', 'the public root key that the trail must be signed with, or the line of its KEYS')
    .option(
      '--checkpoint <file>',
      'checkpoints kept elsewhere, in a file or as text: the trail must contain each; may be repeated',
      collect,
      [],
    )
    .option(
      '--anchor <place>',
      'where an anchor keeps checkpoints: a file, a directory, a git repository, s3://bucket/prefix or https://…; the trail must contain each of its own; may be repeated',
      collect,
      [],
    )
    .option('--anchor-ca <file>', 'authorities, in PEM, whose time stamps (RFC 3161) count')
    .option('--json', 'print the report as JSON')
    .action((dir: string, options: Options) => verify(console, dir, options))
}

async function verify(console: Console, dir: string, options: Options): Promise<void> {
  const reports = await readTrails(console, dir, options).catch((error: unknown) => {
    throw new Exit(COULD_NOT_READ, error instanceof Error ? error.message : String(error))
  })
  const [only] = reports
  if (options.json === true) {
    console.json(
      reports.length === 1
        ? { ...only.report, anchors: only.anchors }
        : reports.map(({ name, report, anchors }) => ({ trail: name, ...report, anchors })),
    )
  } else {
    for (const { directory, report, anchors } of reports) {
      console.print(...reportLines(directory, report), ...anchorLines(anchors))
    }
  }
  console.exit(worst(reports.map(({ report }) => EXIT[report.status])))
}

/** Tampered is worse than incomplete, whole is neither. */
function worst(codes: readonly number[]): number {
  return codes.includes(EXIT.tampered) ? EXIT.tampered : Math.max(...codes)
}

interface Verified {
  readonly name: string
  readonly directory: string
  readonly report: VerifyReport
  readonly anchors: readonly AnchoredTrail[]
}

async function readTrails(
  { clock }: Console,
  dir: string,
  { anchor, anchorCa, checkpoint, key }: Options,
): Promise<readonly [Verified, ...Verified[]]> {
  const rootKey = key === undefined ? {} : { rootKey: rootKeyFrom(key) }
  const given = checkpointsFrom(checkpoint)
  // Before the trail: a writer at work anchors only what it has written.
  const anchoredIn = await anchoredBy(anchor, anchorCa)
  const trails = await trailDirectories(dir)
  const keptOf = shared(given, trails)
  const [first, ...others] = trails
  const read = async (trail: NamedTrail): Promise<Verified> => {
    const { anchors, checkpoints: anchored } = anchoredIn(trail.directory)
    const checkpoints = [...keptOf(trail), ...anchored]
    return {
      ...trail,
      anchors,
      report: await readTrail(trail.directory, { ...rootKey, checkpoints, clock }),
    }
  }
  const reports: [Verified, ...Verified[]] = [await read(first)]
  for (const trail of others) reports.push(await read(trail))
  return reports
}

/**
 * Gives each of several trails its own checkpoints; a trail by itself has to contain all of them.
 *
 * @throws ConfigurationError where one is of none of the trails: that one is gone, or has been replaced.
 */
function shared(
  given: readonly ParsedCheckpoint[],
  trails: readonly NamedTrail[],
): (trail: NamedTrail) => readonly string[] {
  const owners = new Map(
    trails.map(trail => [trail, trails.length === 1 ? () => true : ownedBy(trail.directory)]),
  )
  const stray = given.find(({ origin }) => ![...owners.values()].some(owns => owns(origin)))
  if (stray !== undefined) {
    throw new ConfigurationError(`None of the trails is ${stray.origin}, of which a checkpoint was given.`)
  }
  return trail =>
    given.filter(({ origin }) => owners.get(trail)?.(origin) === true).map(({ source }) => source)
}

async function readTrail(dir: string, options: VerifyOptions): Promise<VerifyReport> {
  const report = await verifyTrail(dir, options)
  // Nothing is whole, too; whoever asks about a trail expects one.
  if (report.status === 'whole' && report.segments === 0) {
    throw new ConfigurationError(`There is no trail in ${dir}: it holds no segment.`)
  }
  return report
}
