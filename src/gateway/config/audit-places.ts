/** Places that sinks and anchors have in common, with the files and secrets read that a configuration names. */
import type { Problem } from '../../policy/cross-checks.js'
import type { AuditAnchorBody } from './audit-anchors-schema.js'
import type { AuditSinkBody } from './audit-sinks-schema.js'
import type { Surroundings } from './files.js'
import { Trouble } from './problems.js'
import type { Secret } from './secret.js'

export interface SyslogPlace {
  readonly kind: 'syslog'
  readonly host: string
  readonly port?: number
  /** PEM in all of them. False: none, on this machine. */
  readonly tls:
    | false
    | {
        readonly ca?: string
        readonly cert?: string
        readonly key?: Secret
        readonly servername?: string
      }
  readonly maxMessageBytes?: number
}

export interface BucketPlace {
  readonly kind: 's3'
  readonly bucket: string
  readonly region: string
  readonly endpoint?: string
  readonly prefix?: string
  readonly accessKeyId: Secret
  readonly secretAccessKey: Secret
}

type Path = Problem['path']

/** @throws AggregateError with what is wrong with each of them that cannot be. */
export async function allOf<Body, Config>(
  bodies: readonly Body[],
  make: (body: Body, at: number) => Promise<Config>,
): Promise<readonly Config[]> {
  const ends = await Promise.allSettled(bodies.map(make))
  const errors = ends.flatMap(end => (end.status === 'rejected' ? [end.reason as unknown] : []))
  if (errors.length > 0) throw new AggregateError(errors)
  return ends.flatMap(end => (end.status === 'fulfilled' ? [end.value] : []))
}

export async function syslogOf(
  syslog: NonNullable<AuditSinkBody['syslog']>,
  at: Path,
  around: Surroundings,
): Promise<SyslogPlace> {
  const { host, port, tls, ca, cert, key, servername, maxMessage } = syslog
  if (tls === false && [ca, cert, key, servername].some(each => each !== undefined))
    throw new Trouble(at, 'says tls: false and names what only TLS uses')
  return {
    kind: 'syslog',
    host,
    ...(port === undefined ? {} : { port }),
    tls: tls ?? {
      ...(ca === undefined ? {} : { ca: await around.text(ca, [...at, 'ca']) }),
      ...(cert === undefined ? {} : { cert: await around.text(cert, [...at, 'cert']) }),
      ...(key === undefined ? {} : { key: await around.secretFile(key, [...at, 'key']) }),
      ...(servername === undefined ? {} : { servername }),
    },
    ...(maxMessage === undefined ? {} : { maxMessageBytes: maxMessage }),
  }
}

export async function bucketOf(
  s3: NonNullable<AuditSinkBody['s3'] | AuditAnchorBody['s3']>,
  at: Path,
  around: Surroundings,
): Promise<BucketPlace> {
  const { bucket, endpoint, prefix, region } = s3
  return {
    kind: 's3',
    bucket,
    region,
    accessKeyId: await around.secret(s3.accessKeyId, [...at, 'accessKeyId']),
    secretAccessKey: await around.secret(s3.secretAccessKey, [...at, 'secretAccessKey']),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(prefix === undefined ? {} : { prefix }),
  }
}
