/** `audit.anchors`: where checkpoints are kept that nobody on this host can change. */
import type { z } from 'zod'
import { duration, section, word } from '../../policy/schema-parts.js'
import { listOf, nameOf, ofOneKind, placeName, s3Hold, s3Place, syslogPlace } from './audit-places-schema.js'
import { secret } from './secret-place.js'

const http = section({ url: word, secret: secret.optional(), token: secret.optional() })
const git = section({ remote: word, branch: word.optional() })
const s3 = section({ ...s3Place, mode: s3Hold.mode.optional(), days: s3Hold.days.optional() })
const rfc3161 = section({ url: word, ca: word })

const KINDS = ['file', 'http', 'syslog', 'git', 's3', 'rfc3161'] as const

const anchor = section({
  name: placeName.optional(),
  every: duration.optional(),
  file: word.optional(),
  http: http.optional(),
  syslog: section(syslogPlace).optional(),
  git: git.optional(),
  s3: s3.optional(),
  rfc3161: rfc3161.optional(),
}).superRefine(ofOneKind(KINDS))

export type AuditAnchorBody = z.output<typeof anchor>

export function anchorName(given: AuditAnchorBody): string {
  return nameOf(given, KINDS)
}

export const auditAnchors = listOf('anchor', anchor, anchorName)
