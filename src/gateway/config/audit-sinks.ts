/** Fetches what `audit.sinks` names, and sees to it that each can be made. */
import { ConfigurationError } from '../../errors.js'
import type { Problem } from '../../policy/cross-checks.js'
import { allOf, type BucketPlace, bucketOf, type SyslogPlace, syslogOf } from './audit-places.js'
import { openAuditSink } from './audit-sinks-open.js'
import { type AuditSinkBody, sinkName } from './audit-sinks-schema.js'
import type { Surroundings } from './files.js'
import { Trouble } from './problems.js'
import { Secret } from './secret.js'

export interface AuditSinkConfig {
  readonly name: string
  /** Statements wait for it; otherwise it has a spool. */
  readonly mandatory: boolean
  /** Bytes that the spool may take; absent: as the sinks have it. */
  readonly spoolBytes?: number
  readonly peer: AuditPeer
}

export type AuditPeer =
  | SyslogPlace
  | { readonly kind: 'webhook'; readonly url: Secret; readonly secret: Secret }
  | {
      readonly kind: 'otlp'
      readonly url: string
      readonly headers: Readonly<Record<string, Secret>>
      readonly serviceName?: string
    }
  | (BucketPlace & {
      readonly retention?: { readonly mode: 'COMPLIANCE' | 'GOVERNANCE'; readonly days: number }
    })
  | { readonly kind: 'table'; readonly url: Secret }

type Path = Problem['path']

/** @throws AggregateError with a `Trouble` for each sink that cannot be. */
export async function auditSinksOf(
  bodies: readonly AuditSinkBody[],
  around: Surroundings,
): Promise<readonly AuditSinkConfig[]> {
  return allOf(bodies, (body, at) => sinkOf(body, ['audit', 'sinks', at], around))
}

async function sinkOf(body: AuditSinkBody, at: Path, around: Surroundings): Promise<AuditSinkConfig> {
  const { mandatory = false, spool } = body
  const config: AuditSinkConfig = {
    name: sinkName(body),
    mandatory,
    ...(spool === undefined ? {} : { spoolBytes: spool }),
    peer: await peerOf(body, at, around),
  }
  try {
    // Nothing is opened by it: addresses, secrets and names are looked at.
    const sink = await openAuditSink(config, { directory: 'checked' })
    await sink.close()
  } catch (error) {
    throw error instanceof ConfigurationError ? new Trouble(at, error.message) : error
  }
  return config
}

async function peerOf(body: AuditSinkBody, at: Path, around: Surroundings): Promise<AuditPeer> {
  const { syslog, webhook, otlp, s3, table } = body
  if (syslog !== undefined) return syslogOf(syslog, [...at, 'syslog'], around)
  if (webhook !== undefined) {
    const { url, secret } = webhook
    return {
      kind: 'webhook',
      url: typeof url === 'string' ? new Secret(url) : await around.secret(url, [...at, 'webhook', 'url']),
      secret: await around.secret(secret, [...at, 'webhook', 'secret']),
    }
  }
  if (otlp !== undefined) {
    const { url, serviceName } = otlp
    const headers = Object.entries(otlp.headers).map(
      async ([name, place]) => [name, await around.secret(place, [...at, 'otlp', 'headers', name])] as const,
    )
    return {
      kind: 'otlp',
      url,
      headers: Object.fromEntries(await Promise.all(headers)),
      ...(serviceName === undefined ? {} : { serviceName }),
    }
  }
  if (s3 !== undefined) {
    const { retention } = s3
    return {
      ...(await bucketOf(s3, [...at, 's3'], around)),
      ...(retention === undefined ? {} : { retention }),
    }
  }
  if (table !== undefined)
    return { kind: 'table', url: await around.secret(table.url, [...at, 'table', 'url']) }
  throw new Trouble(at, 'names no peer')
}
