/** `audit.sinks`: where copies of records go. */
import { z } from 'zod'
import { section, word } from '../../policy/schema-parts.js'
import { listOf, nameOf, ofOneKind, placeName, s3Hold, s3Place, syslogPlace } from './audit-places-schema.js'
import { size } from './postgres-schema.js'
import { secret } from './secret-place.js'

const syslog = section({ ...syslogPlace, maxMessage: size.optional() })
const webhook = section({ url: z.union([word, secret]), secret })
const otlp = section({
  url: word,
  headers: z.record(word, secret).default({}),
  serviceName: word.optional(),
})
const s3 = section({ ...s3Place, retention: section(s3Hold).optional() })
const table = section({ url: secret })

const KINDS = ['syslog', 'webhook', 'otlp', 's3', 'table'] as const

const sink = section({
  name: placeName.optional(),
  mandatory: z.literal(true, 'is either true or left out').optional(),
  spool: size.refine(bytes => bytes >= 1_048_576, 'must be 1MiB at least').optional(),
  syslog: syslog.optional(),
  webhook: webhook.optional(),
  otlp: otlp.optional(),
  s3: s3.optional(),
  table: table.optional(),
})
  .superRefine(ofOneKind(KINDS))
  .superRefine((given, context) => {
    if (given.mandatory === true && given.spool !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['spool'],
        message: 'has nothing to keep: a statement waits for a mandatory sink',
      })
  })

export type AuditSinkBody = z.output<typeof sink>

export function sinkName(given: AuditSinkBody): string {
  return nameOf(given, KINDS)
}

export const auditSinks = listOf('sink', sink, sinkName)
