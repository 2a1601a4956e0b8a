import { createHash } from 'node:crypto'
import { ConfigurationError } from '../../errors.js'
import { systemClock } from '../../util/clock.js'
import { type S3Options, s3Bucket } from '../s3/bucket.js'
import { PeerAwayError } from '../spool/transport.js'
import { recordLine } from '../trail-line.js'
import { type RemoteSink, type RemoteSinkOptions, remoteSink } from './remote.js'

export interface S3SinkOptions extends RemoteSinkOptions, S3Options {
  /** Before the name of every object, for example `'billing/'`. Default none. */
  readonly prefix?: string
  /** How long nobody can delete an object. Default: as the bucket has it. The bucket needs Object Lock. */
  readonly retention?: { readonly mode: 'COMPLIANCE' | 'GOVERNANCE'; readonly days: number }
}

const DAY_MS = 86_400_000
/** An object a minute at most while little happens: each is a request that is paid for. */
const LIMITS = { records: 10_000, bytes: 8 * 1_048_576, lingerMs: 60_000 } as const

/**
 * Keeps records as objects of JSON lines, a batch each, which nobody can change or delete while S3 Object Lock holds them
 * (PCI DSS 10.3.2, 10.3.3). Their names begin with the prefix and the time of their first record, UTC, so that they list
 * in order. Takes the right `s3:PutObject`, and with a retention `s3:PutObjectRetention`.
 *
 * @throws ConfigurationError for a name that no bucket has, or a retention that is none.
 * @example
 * s3Sink({ bucket: 'corp-audit', region: 'eu-central-1', credentials, retention: { mode: 'COMPLIANCE', days: 400 },
 *   spool: { directory: './spool/s3' } })
 */
export function s3Sink(options: S3SinkOptions): RemoteSink {
  const { prefix = '', retention, clock = systemClock } = options
  if (!/^([\w-][\w.-]*\/)*([\w-][\w.-]*)?$/.test(prefix))
    throw new ConfigurationError('s3Sink: prefix is made of letters, digits, . _ - and /.')
  if (retention !== undefined && !(Number.isSafeInteger(retention.days) && retention.days > 0))
    throw new ConfigurationError('s3Sink: retention.days is a whole number of days.')
  const bucket = s3Bucket(options, clock)
  return remoteSink('s3', options, {
    limits: LIMITS,
    send: async (records, signal) => {
      const body = Buffer.from(records.map(record => `${recordLine(record)}\n`).join(''))
      const until = retention && { mode: retention.mode, until: clock.now() + retention.days * DAY_MS }
      const sent = bucket.put(`${prefix}${nameOf(records[0]?.time ?? '', body)}`, body, {
        contentType: 'application/jsonl',
        signal,
        ...(until === undefined ? {} : { retention: until }),
      })
      await sent.catch((error: Error) => {
        throw new PeerAwayError(error.message)
      })
    },
  })
}

/** The same for the same records, so that what is sent again is no second object, but another version of the first. */
function nameOf(time: string, body: Buffer): string {
  const day = time.slice(0, 10).replaceAll('-', '/')
  const moment = time.replace(/[^\dTZ]/g, '')
  return `${day}/${moment}-${createHash('sha256').update(body).digest('hex').slice(0, 16)}.jsonl`
}
