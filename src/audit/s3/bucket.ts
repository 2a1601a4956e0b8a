/** The few operations of S3 that keeping audit data takes, against Amazon's or any compatible server. */
import { createHash } from 'node:crypto'
import { ConfigurationError } from '../../errors.js'
import type { Clock } from '../../util/clock.js'
import { type ExchangeReply, exchange } from '../../util/exchange.js'
import { encodeS3, type S3Credentials, signedHeaders } from './signature.js'
import { element, type S3Version, versionsOf } from './versions.js'

export interface S3Options {
  readonly bucket: string
  /** For example `eu-central-1`. */
  readonly region: string
  /** Of a compatible server, `https://…`; plain http to this machine alone. Default: Amazon's of the region. */
  readonly endpoint?: string
  /** Or a function that fetches those of the moment, for temporary ones. */
  readonly credentials: S3Credentials | (() => Promise<S3Credentials>)
}

/** Until when an object can be neither overwritten nor deleted; in `GOVERNANCE` mode some accounts still can. */
export interface S3Retention {
  readonly mode: 'COMPLIANCE' | 'GOVERNANCE'
  /** Milliseconds since the Unix epoch. */
  readonly until: number
}

export interface S3Object {
  /** Absent in a bucket without versioning. */
  readonly versionId?: string
}

/** Every function rejects with an Error of text for an operator: no address, no credential. */
export interface S3Bucket {
  put(key: string, body: Uint8Array, options: S3PutOptions): Promise<S3Object>
  /** What the server holds the object to. Asking takes the right `s3:GetObjectRetention`; rejects where it is to nothing. */
  retention(key: string, { versionId }: S3Object, signal: AbortSignal): Promise<S3Retention>
  get(key: string, { versionId }: S3Object, signal: AbortSignal): Promise<Buffer>
  /** Of every key that begins with `prefix`, all versions, also those that a deletion hides. */
  versions(prefix: string, signal: AbortSignal): Promise<readonly S3Version[]>
}

export interface S3PutOptions {
  readonly contentType: string
  readonly retention?: S3Retention
  readonly signal: AbortSignal
}

const NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/**
 * @throws ConfigurationError for a name that no bucket has, or an endpoint that is neither https nor on this machine.
 * @example
 * const bucket = s3Bucket({ bucket: 'trail', region: 'eu-central-1', credentials }, systemClock)
 * await bucket.put('a/1.jsonl', lines, { contentType: 'application/jsonl', signal })
 */
export function s3Bucket(options: S3Options, clock: Clock): S3Bucket {
  const base = baseUrl(options)
  const { region, credentials } = options
  const call = async (
    method: 'GET' | 'HEAD' | 'PUT',
    path: string,
    query: readonly (readonly [string, string])[],
    { headers = {}, body = new Uint8Array(), signal }: CallOptions,
  ): Promise<ExchangeReply> => {
    const current = typeof credentials === 'function' ? await credentials() : credentials
    const parameters = query.map(([name, value]) => `${encodeS3(name)}=${encodeS3(value)}`).join('&')
    const encoded = path.split('/').map(encodeS3).join('/')
    const url = new URL(`${base}${encoded}${parameters === '' ? '' : `?${parameters}`}`)
    const signed = signedHeaders({ method, url, headers, body }, region, current, clock.now())
    const sent = method === 'PUT' ? { body } : {}
    const reply = await exchange({ method, url: url.href, headers: signed, signal, ...sent }).catch(
      (error: Error) => {
        throw new Error(`The S3 bucket ${error.message}.`)
      },
    )
    if (reply.status !== 200) throw new Error(`The S3 bucket answered ${reply.status}${reason(reply)}.`)
    return reply
  }
  return Object.freeze<S3Bucket>({
    put: async (key, body, { contentType, retention, signal }) => {
      const headers = { 'content-type': contentType, ...checksum(body), ...retentionHeaders(retention) }
      return objectOf(await call('PUT', key, [], { headers, body, signal }))
    },
    retention: async (key, object, signal) => {
      // Some compatible servers tell it with the object's headers only, some when asked for it only.
      const { headers } = await call('HEAD', key, versioned(object), { signal })
      const told = retentionIn(
        headers.get('x-amz-object-lock-mode'),
        headers.get('x-amz-object-lock-retain-until-date'),
      )
      if (told !== undefined) return told
      const query = [['retention', ''] as const, ...versioned(object)]
      return retentionOf((await call('GET', key, query, { signal })).body.toString('utf8'))
    },
    get: async (key, object, signal) => (await call('GET', key, versioned(object), { signal })).body,
    versions: (prefix, signal) =>
      versionsOf(async markers => {
        const query = [['prefix', prefix] as const, ...markers, ['versions', ''] as const]
        return (await call('GET', '', query, { signal })).body.toString('utf8')
      }),
  })
}

interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  readonly signal: AbortSignal
}

function baseUrl({ bucket, region, endpoint }: S3Options): string {
  if (!NAME.test(bucket)) throw new ConfigurationError('s3 needs bucket, the name of a bucket.')
  if (!/^[a-z0-9-]{1,40}$/.test(region)) throw new ConfigurationError('s3 needs region, as eu-central-1.')
  // The certificate of Amazon's host names holds one label for the bucket.
  if (endpoint === undefined && bucket.includes('.')) return `https://s3.${region}.amazonaws.com/${bucket}/`
  if (endpoint === undefined) return `https://${bucket}.s3.${region}.amazonaws.com/`
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  const isPlain = url?.protocol === 'http:' && LOOPBACK.test(url.hostname)
  if (
    url === undefined ||
    (url.protocol !== 'https:' && !isPlain) ||
    url.origin !== endpoint.replace(/\/$/, '')
  )
    throw new ConfigurationError(
      's3 takes as endpoint https://host or https://host:port; plain http is for this machine alone.',
    )
  return `${url.origin}/${bucket}/`
}

/** S3 asks for a checksum where a retention is set. */
function checksum(body: Uint8Array): Readonly<Record<string, string>> {
  return {
    'x-amz-checksum-sha256': createHash('sha256').update(body).digest('base64'),
    'x-amz-sdk-checksum-algorithm': 'SHA256',
  }
}

function retentionHeaders(retention: S3Retention | undefined): Readonly<Record<string, string>> {
  if (retention === undefined) return {}
  return {
    'x-amz-object-lock-mode': retention.mode,
    'x-amz-object-lock-retain-until-date': new Date(retention.until).toISOString(),
  }
}

function versioned({ versionId }: S3Object): readonly (readonly [string, string])[] {
  return versionId === undefined ? [] : [['versionId', versionId]]
}

function objectOf({ headers }: ExchangeReply): S3Object {
  const versionId = headers.get('x-amz-version-id')
  return versionId === null || versionId === 'null' ? {} : { versionId }
}

function retentionOf(xml: string): S3Retention {
  const told = retentionIn(element(xml, 'Mode'), element(xml, 'RetainUntilDate'))
  if (told === undefined) throw new Error('The S3 bucket does not say how long it keeps the object.')
  return told
}

function retentionIn(
  mode: string | null | undefined,
  date: string | null | undefined,
): S3Retention | undefined {
  const until = Date.parse(date ?? '')
  const isHeld = (mode === 'COMPLIANCE' || mode === 'GOVERNANCE') && !Number.isNaN(until)
  return isHeld ? { mode, until } : undefined
}

/** S3's own word for what was wrong; the rest of its answer repeats the request. */
function reason({ body }: ExchangeReply): string {
  const [, code] = /<Code>([A-Za-z0-9.]{1,64})<\/Code>/.exec(body.toString('latin1')) ?? []
  return code === undefined ? '' : ` (${code})`
}
