/** Every version of every checkpoint below a prefix of a bucket. */
import { ConfigurationError } from '../../errors.js'
import { systemClock } from '../../util/clock.js'
import { s3Bucket } from '../s3/bucket.js'
import { type FoundCheckpoint, inNotes } from './found.js'

/** Requests under way at once. */
const AT_ONCE = 16

/**
 * @param place `s3://bucket/prefix`.
 * @param env credentials, region and endpoint by the names that Amazon's own programs use.
 * @throws ConfigurationError where the environment does not say how to reach the bucket.
 */
export async function readS3(
  place: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<readonly FoundCheckpoint[]> {
  const [, name = '', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(place) ?? []
  const bucket = s3Bucket({ bucket: name, ...access(env) }, systemClock)
  const versions = await bucket.versions(prefix, signal)
  const wanted = versions.filter(({ key }) => key.endsWith('.note'))
  const found: FoundCheckpoint[] = []
  for (let at = 0; at < wanted.length; at += AT_ONCE) {
    const some = wanted.slice(at, at + AT_ONCE).map(async version => {
      const text = (await bucket.get(version.key, version, signal)).toString('utf8')
      return inNotes(`s3://${name}/${version.key}`, text)
    })
    found.push(...(await Promise.all(some)).flat())
  }
  return found
}

function access(env: NodeJS.ProcessEnv) {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION']
  if (accessKeyId === undefined || secretAccessKey === undefined || region === undefined) {
    throw new ConfigurationError(
      'To read an anchor in S3, set AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_ENDPOINT_URL_S3 for a server that is not Amazon’s.',
    )
  }
  const { AWS_SESSION_TOKEN: sessionToken } = env
  const endpoint = env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL']
  return {
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    ...(endpoint === undefined ? {} : { endpoint }),
  }
}
