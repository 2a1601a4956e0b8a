import type { ClientAuth, Configuration } from 'openid-client'
import { ConfigurationError } from '../../errors.js'
import { boundedFetch } from './bounded-fetch.js'
import { isClaims } from './claim-values.js'
import { type Keys, readKeys } from './key-set.js'
import type { IntrospectionClient, Settings } from './settings.js'
import { CouldNotVerify, hint } from './verdict.js'

/** The issuer as its discovery document describes it, and its keys. */
export interface Provider extends Keys {
  readonly configuration: Configuration
}

/** Discovery documents and key sets are a few kilobytes. */
const MAX_ANSWER_BYTES = 262_144

/**
 * Reads the discovery document (OpenID Connect Discovery 4) and the keys that it points to.
 *
 * @throws CouldNotVerify when either cannot be had, or the document is of another issuer.
 */
export async function connect(settings: Settings): Promise<Provider> {
  const { issuer, allowInsecureLoopback, timeoutMs, ca, introspection } = settings
  const fetch = boundedFetch({
    timeoutMs,
    maxBytes: MAX_ANSWER_BYTES,
    allowInsecureLoopback,
    ...(ca === undefined ? {} : { ca }),
  })
  const client = await import('openid-client')
  const authentication = introspection && (await clientAuthentication(introspection))
  let configuration: Configuration
  try {
    configuration = await client.discovery(
      new URL(issuer),
      introspection?.clientId ?? 'cardea',
      undefined,
      authentication ?? client.None(),
      {
        [client.customFetch]: fetch,
        timeout: timeoutMs / 1000,
        execute: allowInsecureLoopback ? [client.allowInsecureRequests] : [],
      },
    )
  } catch (error) {
    throw new CouldNotVerify(`The issuer’s discovery document cannot be had${hint(error)}.`)
  }
  const metadata = configuration.serverMetadata()
  if (metadata.issuer !== issuer) {
    throw new CouldNotVerify('The discovery document names another issuer than the configuration does.')
  }
  return { configuration, ...(await fetchKeys(metadata.jwks_uri, fetch)) }
}

async function fetchKeys(url: string | undefined, fetch: ReturnType<typeof boundedFetch>): Promise<Keys> {
  if (url === undefined) throw new CouldNotVerify('The issuer’s discovery document names no keys (jwks_uri).')
  let jwks: unknown
  try {
    const response = await fetch(url, { headers: { accept: 'application/json, application/jwk-set+json' } })
    if (response.status !== 200) throw new Error('not there')
    jwks = await response.json()
  } catch (error) {
    throw new CouldNotVerify(`The issuer’s keys cannot be had${hint(error)}.`)
  }
  if (!isClaims(jwks)) throw new CouldNotVerify('The issuer’s keys are not a JSON Web Key Set.')
  return readKeys(jwks)
}

/** @throws ConfigurationError when the private key cannot be read; without the words of whoever tried. */
async function clientAuthentication(client: IntrospectionClient): Promise<ClientAuth> {
  const { ClientSecretBasic, ClientSecretPost, PrivateKeyJwt } = await import('openid-client')
  if ('privateKey' in client) {
    const { importPKCS8 } = await import('jose')
    try {
      const key = await importPKCS8(client.privateKey, client.algorithm)
      return PrivateKeyJwt(client.keyId === undefined ? key : { key, kid: client.keyId })
    } catch {
      throw new ConfigurationError('oidc: introspection.privateKey does not fit introspection.algorithm.')
    }
  }
  const [basic, post] = [ClientSecretBasic(client.clientSecret), ClientSecretPost(client.clientSecret)]
  return (server, ...rest) => {
    const methods = server.introspection_endpoint_auth_methods_supported
    const onlyPost =
      methods?.includes('client_secret_post') === true && !methods.includes('client_secret_basic')
    return (onlyPost ? post : basic)(server, ...rest)
  }
}
