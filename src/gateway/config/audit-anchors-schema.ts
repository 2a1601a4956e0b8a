/** `audit.anchors`: where checkpoints are kept that nobody on this host can change. */
import { z } from 'zod'
import { duration, section, word } from '../../policy/schema-parts.js'
import { peerName, syslogPlace } from './audit-sinks-schema.js'
import { secret } from './secret-place.js'

const http = section({ url: word, secret: secret.optional(), token: secret.optional() })
const git = section({ remote: word, branch: word.optional() })
const s3 = section({
  bucket: word,
  region: word,
  endpoint: word.optional(),
  prefix: word.optional(),
  accessKeyId: secret,
  secretAccessKey: secret,
  mode: z.enum(['COMPLIANCE', 'GOVERNANCE'], 'must be COMPLIANCE or GOVERNANCE').optional(),
  days: z.int('must be a whole number of days').min(1).max(36_500).optional(),
})
const rfc3161 = section({ url: word, ca: word })

const KINDS = ['file', 'http', 'syslog', 'git', 's3', 'rfc3161'] as const

const anchor = section({
  name: peerName.optional(),
  every: duration.optional(),
  file: word.optional(),
  http: http.optional(),
  syslog: section(syslogPlace).optional(),
  git: git.optional(),
  s3: s3.optional(),
  rfc3161: rfc3161.optional(),
}).superRefine((given, context) => {
  if (KINDS.filter(kind => given[kind] !== undefined).length !== 1)
    context.addIssue({ code: 'custom', message: `needs one of ${KINDS.join(', ')}, and no two` })
})

export const auditAnchors = z
  .array(anchor, 'must be a list of anchors')
  .max(16)
  .default([])
  .superRefine((anchors, context) => {
    const names = anchors.map(anchorName)
    for (const [at, each] of names.entries()) {
      if (names.indexOf(each) !== at)
        context.addIssue({
          code: 'custom',
          path: [at],
          message: `is the second anchor of the name ${each}: give it another, name: …`,
        })
    }
  })

export type AuditAnchorBody = z.output<typeof anchor>

/** As receipts, records and metrics have it: its own, or what kind it is. */
export function anchorName(given: AuditAnchorBody): string {
  return given.name ?? KINDS.find(kind => given[kind] !== undefined) ?? ''
}
