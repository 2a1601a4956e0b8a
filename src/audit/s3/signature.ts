/**
 * AWS Signature Version 4 for one request to S3, in its headers.
 * Source: "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)", Amazon S3 API Reference.
 */
import { createHash, createHmac } from 'node:crypto'

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Of temporary credentials. */
  readonly sessionToken?: string
}

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT'
  /** With its path and query encoded as `encodeS3` does. */
  readonly url: URL
  /** Names in lower case. `host`, `x-amz-date`, `x-amz-content-sha256` and `x-amz-security-token` are added. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** RFC 3986: everything but unreserved characters, where `encodeURIComponent` leaves `!'()*`. */
export function encodeS3(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/**
 * Every header of the request, `authorization` among them; `host` is not, because the client sets it.
 *
 * @param now milliseconds since the Unix epoch; S3 refuses a clock that is 15 minutes off.
 */
export function signedHeaders(
  request: S3Request,
  region: string,
  credentials: S3Credentials,
  now: number,
): Readonly<Record<string, string>> {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const { sessionToken } = credentials
  const headers: Record<string, string> = {
    ...request.headers,
    'x-amz-content-sha256': sha256(request.body),
    'x-amz-date': time,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  }
  const all = Object.entries({ ...headers, host: request.url.host }).sort(byName)
  const names = all.map(([name]) => name).join(';')
  const canonical = [
    request.method,
    request.url.pathname,
    [...request.url.search.slice(1).split('&')].filter(Boolean).map(withEquals).sort().join('&'),
    ...all.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, ' ')}`),
    '',
    names,
    headers['x-amz-content-sha256'],
  ].join('\n')
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`
  const signature = hmac(
    signingKey(credentials.secretAccessKey, scope),
    ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n'),
  ).toString('hex')
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope},SignedHeaders=${names},Signature=${signature}`,
  }
}

function signingKey(secret: string, scope: string): Buffer {
  return scope.split('/').reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`))
}

function withEquals(parameter: string): string {
  return parameter.includes('=') ? parameter : `${parameter}=`
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex')
}
