/** What `audit.sinks` and `audit.anchors` have in common: each is a place of one kind, under a name of its own. */
import { z } from 'zod'
import { word } from '../../policy/schema-parts.js'
import { secret } from './secret-place.js'

const host = z.string().regex(/^[\w.:-]{1,253}$/, 'must be an address or a host name')
const port = z.int('must be a port: 1 to 65535').min(1).max(65_535)

/** A file or directory is named after it. */
export const placeName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i, 'is made of letters, digits, dots, dashes and underscores')

/** Where a syslog server is. */
export const syslogPlace = {
  host,
  port: port.optional(),
  tls: z.literal(false, 'is either false or left out').optional(),
  ca: word.optional(),
  cert: word.optional(),
  key: word.optional(),
  servername: word.optional(),
} as const

/** Where a bucket is, and who writes to it. */
export const s3Place = {
  bucket: word,
  region: word,
  endpoint: word.optional(),
  prefix: word.optional(),
  accessKeyId: secret,
  secretAccessKey: secret,
} as const

/** Object Lock. */
export const s3Hold = {
  mode: z.enum(['COMPLIANCE', 'GOVERNANCE'], 'must be COMPLIANCE or GOVERNANCE'),
  days: z.int('must be a whole number of days').min(1).max(36_500),
} as const

type Given<Kind extends string> = { readonly name?: string | undefined } & {
  readonly [Each in Kind]?: unknown
}

/** As records, receipts and metrics have it: its own, or what kind it is. */
export function nameOf<Kind extends string>(given: Given<Kind>, kinds: readonly Kind[]): string {
  return given.name ?? kinds.find(kind => given[kind] !== undefined) ?? ''
}

/** For `superRefine`. */
export function ofOneKind<Kind extends string>(kinds: readonly Kind[]) {
  return (given: Given<Kind>, context: z.RefinementCtx): void => {
    if (kinds.filter(kind => given[kind] !== undefined).length !== 1)
      context.addIssue({ code: 'custom', message: `needs one of ${kinds.join(', ')}, and no two` })
  }
}

/** Up to 16 of them, no two of one name. @param what in the singular. */
export function listOf<One extends z.ZodType>(
  what: 'sink' | 'anchor',
  one: One,
  name: (given: z.output<One>) => string,
) {
  return z
    .array(one, `must be a list of ${what}s`)
    .max(16)
    .default([])
    .superRefine((given, context) => {
      const names = given.map(name)
      for (const [at, each] of names.entries()) {
        if (names.indexOf(each) !== at)
          context.addIssue({
            code: 'custom',
            path: [at],
            message: `is the second ${what} of the name ${each}: give it another, name: …`,
          })
      }
    })
}
