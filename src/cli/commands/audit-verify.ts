import { type Command, InvalidArgumentError } from 'commander'
import type { ChainHead } from '../../audit/trail-line.js'
import { type VerifyReport, verifyTrail } from '../../audit/verify.js'
import { ConfigurationError } from '../../errors.js'
import type { Console } from '../console.js'
import { Exit } from '../exit.js'
import { trailDirectories } from '../trail-directory.js'

/** Its own codes: 1 and 2 say how the trail is, so 3 is left for what could not be done. */
const EXIT: Readonly<Record<VerifyReport['status'], number>> = { whole: 0, tampered: 1, incomplete: 2 }
const COULD_NOT_VERIFY = 3

/** `cardea audit verify`: is the trail as it was written? */
export function addAuditVerify(audit: Command, console: Console): void {
  audit
    .command('verify')
    .description('read a whole trail and say whether it is as it was written')
    .argument('<dir>', 'the directory of the trail, or of the trails of several workers')
    .option(
      '--head <seq:hash>',
      'a head from an earlier report, kept elsewhere: the trail must contain it',
      head,
    )
    .option('--json', 'print the report as JSON')
    .exitOverride(error => {
      throw error.exitCode === 0 ? error : new Exit(COULD_NOT_VERIFY, '')
    })
    .action((dir: string, options: { head?: ChainHead; json?: true }) => verify(console, dir, options))
}

async function verify(
  console: Console,
  dir: string,
  options: { head?: ChainHead; json?: true },
): Promise<void> {
  const reports = await readTrails(dir, options.head).catch((error: unknown) => {
    throw new Exit(COULD_NOT_VERIFY, error instanceof Error ? error.message : String(error))
  })
  const [only] = reports
  if (options.json === true) {
    console.json(
      reports.length === 1 ? only.report : reports.map(({ name, report }) => ({ trail: name, ...report })),
    )
  } else for (const { directory, report } of reports) console.print(...reportLines(directory, report))
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
}

async function readTrails(
  dir: string,
  head: ChainHead | undefined,
): Promise<readonly [Verified, ...Verified[]]> {
  const [first, ...others] = await trailDirectories(dir)
  if (others.length > 0 && head !== undefined) {
    throw new ConfigurationError(
      `A head belongs to one trail, and ${dir} holds several: name one, for example ${first.directory}.`,
    )
  }
  const reports: Verified[] = []
  for (const { name, directory } of others)
    reports.push({ name, directory, report: await readTrail(directory, undefined) })
  return [{ ...first, report: await readTrail(first.directory, head) }, ...reports]
}

async function readTrail(dir: string, expectedHead: ChainHead | undefined): Promise<VerifyReport> {
  const report = await verifyTrail(dir, expectedHead === undefined ? {} : { expectedHead })
  // Nothing is whole, too; whoever asks about a trail expects one.
  if (report.status === 'whole' && report.segments === 0) {
    throw new ConfigurationError(`There is no trail in ${dir}: it holds no segment.`)
  }
  return report
}

function reportLines(dir: string, report: VerifyReport): readonly string[] {
  const { firstBad, head, limits, openIntents, records, segments, status, tornBytes } = report
  return [
    `${status.toUpperCase()}: ${dir}, ${records} sound records in ${segments} segments`,
    ...(firstBad === undefined
      ? []
      : [
          `  first bad record: ${firstBad.seq}, ${firstBad.segment} line ${firstBad.line}: ${firstBad.reason}`,
        ]),
    ...(openIntents === 0 ? [] : [`  ${openIntents} statements have an intent and no outcome`]),
    ...(tornBytes === 0 ? [] : [`  the last line is unfinished (${tornBytes} bytes)`]),
    `  head ${head.seq}:${head.hash}`,
    ...(limits.length === 0 ? [] : ['  not excluded:', ...limits.map(limit => `    ${limit}`)]),
  ]
}

function head(text: string): ChainHead {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? []
  if (seq === undefined || hash === undefined) {
    throw new InvalidArgumentError('Write it as the report does: 1200:<64 hexadecimal digits>.')
  }
  return { seq: Number(seq), hash }
}
