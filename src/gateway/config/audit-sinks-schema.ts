/** `audit.sinks`: where copies of records go. */
import { z } from 'zod'
import { section, word } from '../../policy/schema-parts.js'
import { size } from './postgres-schema.js'
import { secret } from './secret-place.js'

const host = z.string().regex(/^[\w.:-]{1,253}$/, 'must be an address or a host name')
const port = z.int('must be a port: 1 to 65535').min(1).max(65_535)
/** Of a sink, or an anchor: a file or directory is named after it. */
export const peerName = z
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

const syslog = section({ ...syslogPlace, maxMessage: size.optional() })
const webhook = section({ url: z.union([word, secret]), secret })
const otlp = section({
  url: word,
  headers: z.record(word, secret).default({}),
  serviceName: word.optional(),
})
const s3 = section({
  bucket: word,
  region: word,
  endpoint: word.optional(),
  prefix: word.optional(),
  accessKeyId: secret,
  secretAccessKey: secret,
  retention: section({
    mode: z.enum(['COMPLIANCE', 'GOVERNANCE'], 'must be COMPLIANCE or GOVERNANCE'),
    days: z.int('must be a whole number of days').min(1).max(36_500),
  }).optional(),
})
const table = section({ url: secret })

const KINDS = ['syslog', 'webhook', 'otlp', 's3', 'table'] as const

const sink = section({
  name: peerName.optional(),
  mandatory: z.literal(true, 'is either true or left out').optional(),
  spool: size.refine(bytes => bytes >= 1_048_576, 'must be 1MiB at least').optional(),
  syslog: syslog.optional(),
  webhook: webhook.optional(),
  otlp: otlp.optional(),
  s3: s3.optional(),
  table: table.optional(),
}).superRefine((given, context) => {
  const kinds = KINDS.filter(kind => given[kind] !== undefined)
  if (kinds.length !== 1)
    context.addIssue({ code: 'custom', message: `needs one of ${KINDS.join(', ')}, and no two` })
  if (given.mandatory === true && given.spool !== undefined)
    context.addIssue({
      code: 'custom',
      path: ['spool'],
      message: 'has nothing to keep: a statement waits for a mandatory sink',
    })
})

export const auditSinks = z
  .array(sink, 'must be a list of sinks')
  .max(16)
  .default([])
  .superRefine((sinks, context) => {
    const names = sinks.map(sinkName)
    for (const [at, each] of names.entries()) {
      if (names.indexOf(each) !== at)
        context.addIssue({
          code: 'custom',
          path: [at],
          message: `is the second sink of the name ${each}: give it another, name: …`,
        })
    }
  })

export type AuditSinkBody = z.output<typeof sink>

/** As records and metrics have it: its own, or what kind it is. */
export function sinkName(given: AuditSinkBody): string {
  return given.name ?? KINDS.find(kind => given[kind] !== undefined) ?? ''
}
