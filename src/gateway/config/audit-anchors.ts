/** Fetches what `audit.anchors` names, and sees to it that each can be made. */
import { ConfigurationError } from '../../errors.js'
import type { Problem } from '../../policy/cross-checks.js'
import { openAuditAnchor } from './audit-anchors-open.js'
import { type AuditAnchorBody, anchorName } from './audit-anchors-schema.js'
import { allOf, type BucketPlace, bucketOf, type SyslogPlace, syslogOf } from './audit-places.js'
import type { Surroundings } from './files.js'
import { Trouble } from './problems.js'
import type { Secret } from './secret.js'

export interface AuditAnchorConfig {
  readonly name: string
  /** Milliseconds between two checkpoints; absent: every one. */
  readonly everyMs?: number
  readonly place: AnchorPlace
}

export type AnchorPlace =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'http'; readonly url: string; readonly secret?: Secret; readonly token?: Secret }
  | SyslogPlace
  | { readonly kind: 'git'; readonly remote: string; readonly branch?: string }
  | (BucketPlace & {
      readonly mode?: 'COMPLIANCE' | 'GOVERNANCE'
      readonly retainDays?: number
    })
  | {
      readonly kind: 'rfc3161'
      readonly url: string
      /** PEM. */
      readonly ca: string
    }

type Path = Problem['path']

/** @throws AggregateError with a `Trouble` for each anchor that cannot be. */
export async function auditAnchorsOf(
  bodies: readonly AuditAnchorBody[],
  around: Surroundings,
): Promise<readonly AuditAnchorConfig[]> {
  return allOf(bodies, (body, at) => anchorOf(body, ['audit', 'anchors', at], around))
}

async function anchorOf(body: AuditAnchorBody, at: Path, around: Surroundings): Promise<AuditAnchorConfig> {
  const config: AuditAnchorConfig = {
    name: anchorName(body),
    ...(body.every === undefined ? {} : { everyMs: body.every }),
    place: await placeOf(body, at, around),
  }
  try {
    // Nothing is sent by it: addresses, secrets and names are looked at.
    openAuditAnchor(config)
  } catch (error) {
    throw error instanceof ConfigurationError ? new Trouble(at, error.message) : error
  }
  return config
}

async function placeOf(body: AuditAnchorBody, at: Path, around: Surroundings): Promise<AnchorPlace> {
  const { file, http, syslog, git, s3, rfc3161 } = body
  if (file !== undefined) return { kind: 'file', path: around.path(file) }
  if (http !== undefined) {
    const { url, secret, token } = http
    return {
      kind: 'http',
      url,
      ...(secret === undefined ? {} : { secret: await around.secret(secret, [...at, 'http', 'secret']) }),
      ...(token === undefined ? {} : { token: await around.secret(token, [...at, 'http', 'token']) }),
    }
  }
  if (syslog !== undefined) return syslogOf(syslog, [...at, 'syslog'], around)
  if (git !== undefined) {
    const { remote, branch } = git
    return { kind: 'git', remote, ...(branch === undefined ? {} : { branch }) }
  }
  if (s3 !== undefined) {
    const { days, mode } = s3
    return {
      ...(await bucketOf(s3, [...at, 's3'], around)),
      ...(mode === undefined ? {} : { mode }),
      ...(days === undefined ? {} : { retainDays: days }),
    }
  }
  if (rfc3161 !== undefined) {
    const { url, ca } = rfc3161
    return { kind: 'rfc3161', url, ca: await around.text(ca, [...at, 'rfc3161', 'ca']) }
  }
  throw new Trouble(at, 'names no place')
}
