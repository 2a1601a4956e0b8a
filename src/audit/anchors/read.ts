/** Takes checkpoints out of the places that anchors gave them to, for a verification. */
import { existsSync } from 'node:fs'
import { ConfigurationError } from '../../errors.js'
import { exchange } from '../../util/exchange.js'
import { errorCode } from '../error-code.js'
import { type FoundCheckpoint, inLine, inNotes } from './found.js'
import { anchorUrl } from './http.js'
import { readFiles } from './read-files.js'
import { isRepository, readRemote, readRepository } from './read-git.js'
import { readS3 } from './read-s3.js'
import { TIME_STAMP } from './rfc3161.js'
import { timeStamps } from './time-stamp.js'
import { inDirectory } from './work-directory.js'

export interface ReadAnchorsOptions {
  /** PEM of the authorities whose RFC 3161 time stamps count. Without it, no time stamp is checked. */
  readonly ca?: string
  /** For S3. Default: the environment of the process. */
  readonly env?: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

/** What a place holds. */
export interface AnchorReading {
  readonly place: string
  readonly checkpoints: readonly FoundCheckpoint[]
  /** Checkpoints whose time stamp the authority vouches for. */
  readonly stamped: number
  /** Checkpoints with a time stamp that is not one of the authority over that checkpoint: they do not count. */
  readonly unsound: readonly FoundCheckpoint[]
}

/**
 * Reads each place: a file or directory (of a file anchor, of a syslog server, of receipts, of notes), a git repository
 * (a path, `ssh://…`, `git@…` or `….git`), `s3://bucket/prefix`, or `https://…`, which answers with any of these texts.
 *
 * @throws ConfigurationError where a place cannot be read, or holds no checkpoint.
 * @example
 * const [{ checkpoints }] = await readAnchors(['s3://example-trail/gateway'], { signal: AbortSignal.timeout(60_000) })
 * await verifyTrail('./audit', { checkpoints: checkpoints.map(({ note }) => note) })
 */
export async function readAnchors(
  places: readonly string[],
  options: ReadAnchorsOptions,
): Promise<readonly AnchorReading[]> {
  const readings: AnchorReading[] = []
  for (const place of places) {
    const found = await readPlace(place, options).catch((error: unknown) => {
      if (error instanceof ConfigurationError) throw error
      const why = errorCode(error) ?? (error instanceof Error ? error.message : 'unknown')
      throw new ConfigurationError(`The anchor ${shown(place)} cannot be read: ${why}`)
    })
    if (found.length === 0) {
      throw new ConfigurationError(`The anchor ${shown(place)} holds no checkpoint of any trail.`)
    }
    readings.push({ place: shown(place), ...(await checked(found, options)) })
  }
  return readings
}

function readPlace(place: string, { env = process.env, signal }: ReadAnchorsOptions) {
  if (place.startsWith('s3://')) return readS3(place, env, signal)
  if (existsSync(place)) return isRepository(place) ? readRepository(place, signal) : readFiles(place)
  if (/^(ssh:\/\/|git@)|\.git$/.test(place)) return readRemote(place, signal)
  if (/^https?:/.test(place)) return readUrl(place, signal)
  throw new ConfigurationError(
    `There is no anchor ${shown(place)}: name a file, a directory, a git repository, s3://bucket/prefix or https://…`,
  )
}

async function readUrl(place: string, signal: AbortSignal): Promise<readonly FoundCheckpoint[]> {
  const reply = await exchange({ method: 'GET', url: anchorUrl('--anchor', place), headers: {}, signal })
  if (reply.status !== 200) throw new Error(`it answered ${reply.status}`)
  const text = reply.body.toString('utf8')
  const inLines = text.split('\n').flatMap(line => inLine(shown(place), line))
  return inLines.length > 0 ? inLines : inNotes(shown(place), text)
}

async function checked(
  found: readonly FoundCheckpoint[],
  { ca, signal }: ReadAnchorsOptions,
): Promise<Omit<AnchorReading, 'place'>> {
  const checkpoints: FoundCheckpoint[] = []
  const unsound: FoundCheckpoint[] = []
  let stamped = 0
  for (const one of found) {
    const stamp = one.evidence?.startsWith(TIME_STAMP) === true ? one.evidence.slice(TIME_STAMP.length) : ''
    if (ca === undefined || stamp === '') {
      checkpoints.push(one)
      continue
    }
    const time = await inDirectory(directory =>
      timeStamps(directory, ca, signal).check(Buffer.from(stamp, 'base64'), { data: one.note }),
    ).catch(() => undefined)
    if (time === undefined) unsound.push(one)
    else {
      stamped += 1
      checkpoints.push({ ...one, time: time.toISOString() })
    }
  }
  return { checkpoints, stamped, unsound }
}

/** Without a query, which may hold a secret, and without what steers a terminal. */
function shown(place: string): string {
  return place
    .replace(/\?.*$/, '')
    .replace(/\/\/[^/@]*@/, '//')
    .replace(/[^\x20-\x7e]+/g, '?')
}
