import { ConfigurationError } from '../../errors.js'
import { systemClock } from '../../util/clock.js'
import { type S3Options, type S3Retention, s3Bucket } from '../s3/bucket.js'
import type { Anchor } from './anchor.js'
import { type AnchorOptions, anchorOf, originPath } from './options.js'

export interface S3AnchorOptions extends AnchorOptions, S3Options {
  /** Before every key, for example `trail/`. Default: nothing. */
  readonly prefix?: string
  /** Days that nobody can delete a checkpoint. Default 366: PCI DSS 10.5.1 asks for twelve months. */
  readonly retainDays?: number
  /** Default `'COMPLIANCE'`: not even the account's owner can shorten it. */
  readonly mode?: S3Retention['mode']
}

const DAY_MS = 86_400_000

/**
 * Puts each checkpoint into a bucket with Object Lock, and asks the bucket afterwards whether it holds it. Takes the
 * rights `s3:PutObject`, `s3:PutObjectRetention` and `s3:GetObjectRetention`.
 *
 * @throws ConfigurationError for what no bucket, endpoint or number of days can be.
 * @example s3Anchor({ bucket: 'example-trail', region: 'eu-central-1', credentials })
 */
export function s3Anchor(options: S3AnchorOptions): Anchor {
  const { prefix = '', retainDays = 366, mode = 'COMPLIANCE', clock = systemClock } = options
  if (!(Number.isSafeInteger(retainDays) && retainDays >= 1 && retainDays <= 36_500)) {
    throw new ConfigurationError('s3Anchor: retainDays is a whole number from 1 to 36500.')
  }
  const bucket = s3Bucket(options, clock)
  return anchorOf('s3', options, async ({ origin, size, note, signer }, signal) => {
    const file = `${String(size).padStart(12, '0')}${signer === 'root' ? '.root' : ''}.note`
    const key = `${prefix}${originPath(origin)}/${file}`
    const retention = { mode, until: clock.now() + retainDays * DAY_MS }
    const object = await bucket.put(key, Buffer.from(note), { contentType: 'text/plain', retention, signal })
    const held = await bucket.retention(key, object, signal)
    // Servers keep whole seconds.
    if (held.mode !== mode || held.until < retention.until - 60_000) {
      throw new Error('The S3 bucket does not hold the checkpoint as long as it was asked to.')
    }
    const until = new Date(held.until).toISOString()
    return [key, object.versionId, held.mode, until].filter(part => part !== undefined).join(' ')
  })
}
