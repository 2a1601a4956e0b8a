/** The program as an OAuth client: every exchange with the issuer that signing in needs. */
import type { Configuration, DeviceAuthorizationResponse, TokenEndpointResponse } from 'openid-client'
import { errorCode } from '../../audit/error-code.js'
import { boundedFetch } from '../../identity/oidc/bounded-fetch.js'
import { COULD_NOT, Exit } from '../exit.js'
import type { SignIn } from './sign-in.js'

/** Whom to sign in with. */
export type Registration = Pick<SignIn, 'issuer' | 'clientId' | 'scope' | 'audience' | 'ca' | 'tokenType'> & {
  /** Of a confidential client. */
  readonly secret?: string
}

/** What the issuer gave. */
export interface Given {
  /** The access token; the ID token where that is what Cardea is configured to take. */
  readonly token: string
  readonly refreshToken?: string
  /** Milliseconds; null: the issuer did not say. */
  readonly lifetimeMs: number | null
}

/** One way of asking for tokens. Every method rejects with Exit 2, which holds nothing the issuer said but its error code. */
export interface IssuerClient {
  /** Device authorization (RFC 8628). `show` is called once the person can act. */
  device(show: (response: DeviceAuthorizationResponse) => void, signal: AbortSignal): Promise<Given>
  refresh(refreshToken: string): Promise<Given>
  credentials(): Promise<Given>
  /** RFC 7009. `false`: the issuer takes nothing back. */
  revoke(token: string): Promise<boolean>
}

const TIMEOUT_MS = 15_000
const MAX_ANSWER_BYTES = 262_144
const LONGEST_INTERVAL_S = 60

/** @throws Exit 2 when the issuer cannot be reached or is another one. */
export async function issuerClient(registration: Registration): Promise<IssuerClient> {
  const oauth = await import('openid-client')
  const { issuer, clientId, ca, secret, scope, audience, tokenType } = registration
  const fetch = boundedFetch({
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_ANSWER_BYTES,
    allowInsecureLoopback: false,
    ...(ca === undefined ? {} : { ca }),
  })
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw error instanceof Exit ? error : new Exit(COULD_NOT, `${what}: ${reasonOf(error)}.`)
    }
  }
  const configuration = await attempt(`The issuer ${issuer} cannot be used`, () =>
    oauth.discovery(
      new URL(issuer),
      clientId,
      undefined,
      secret === undefined ? oauth.None() : oauth.ClientSecretBasic(secret),
      { [oauth.customFetch]: fetch, timeout: TIMEOUT_MS / 1000 },
    ),
  )
  const target = {
    ...(scope === undefined ? {} : { scope }),
    ...targetOf(audience),
  }
  return Object.freeze({
    device: (show, signal) =>
      attempt('Nobody signed in', async () => {
        const response = await oauth.initiateDeviceAuthorization(configuration, target)
        show(response)
        return given(await poll(configuration, response, targetOf(audience), signal), tokenType)
      }),
    refresh: refreshToken =>
      attempt('The sign-in could not be renewed', async () =>
        given(await oauth.refreshTokenGrant(configuration, refreshToken, targetOf(audience)), tokenType),
      ),
    credentials: () =>
      attempt('The program could not sign in', async () =>
        given(await oauth.clientCredentialsGrant(configuration, target), tokenType),
      ),
    revoke: async token => {
      if (configuration.serverMetadata().revocation_endpoint === undefined) return false
      await attempt('The tokens could not be taken back', () => oauth.tokenRevocation(configuration, token))
      return true
    },
  } satisfies IssuerClient)
}

/** Issuers are told in two ways whom a token is for: RFC 8707, and Auth0's word for it. Others ignore them. */
function targetOf(audience: string | undefined): Record<string, string> {
  if (audience === undefined) return {}
  return { audience, ...(audience.startsWith('https://') ? { resource: audience } : {}) }
}

/** Waits for the person. An issuer that cannot be reached for a while is asked less often (RFC 8628 section 3.5). */
async function poll(
  configuration: Configuration,
  response: DeviceAuthorizationResponse,
  parameters: Record<string, string>,
  interrupted: AbortSignal,
): Promise<TokenEndpointResponse> {
  const { pollDeviceAuthorizationGrant } = await import('openid-client')
  const expired = AbortSignal.timeout(response.expires_in * 1000)
  const signal = AbortSignal.any([interrupted, expired])
  let interval = response.interval ?? 5
  while (true) {
    try {
      return await pollDeviceAuthorizationGrant(configuration, { ...response, interval }, parameters, {
        signal,
      })
    } catch (error) {
      if (interrupted.aborted) throw new Exit(COULD_NOT, 'Signing in was stopped; nothing was kept.')
      if (expired.aborted) throw new Exit(COULD_NOT, 'Nobody signed in: the code has expired.')
      if (answerOf(error) !== undefined || !isOutage(error)) throw error
      interval = Math.min(interval * 2, LONGEST_INTERVAL_S)
    }
  }
}

function given(response: TokenEndpointResponse, tokenType: SignIn['tokenType']): Given {
  const { access_token, id_token, refresh_token, expires_in } = response
  const token = tokenType === 'id-token' ? id_token : access_token
  if (token === undefined) throw new Exit(COULD_NOT, 'The issuer gave no ID token: ask for the scope openid.')
  return {
    token,
    ...(refresh_token === undefined ? {} : { refreshToken: refresh_token }),
    lifetimeMs: expires_in === undefined ? null : expires_in * 1000,
  }
}

const ANSWERS: Readonly<Record<string, string>> = {
  access_denied: 'the request was refused',
  expired_token: 'the code has expired',
  invalid_grant: 'the issuer does not take it any more; run cardea login',
  invalid_client: 'the issuer does not know the client, or its secret is wrong',
  unauthorized_client: 'the issuer does not let this client sign in in this way',
  invalid_target: 'the issuer does not know the audience',
  invalid_scope: 'the issuer does not know one of the scopes',
}

/** Of what the issuer says only its error code is repeated: the rest may quote what it was sent. */
function reasonOf(error: unknown): string {
  const answer = answerOf(error)
  if (answer !== undefined) return ANSWERS[answer] ?? `the issuer answered ${answer}`
  const code = codesOf(error)[0]
  // How RFC 6749 section 5.2 has issuers answer a client that used the Authorization header.
  if (code === 'OAUTH_WWW_AUTHENTICATE_CHALLENGE') return ANSWERS['invalid_client'] ?? code
  return code === undefined ? 'the issuer did not give a proper answer' : `no proper answer (${code})`
}

function answerOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('error' in error)) return undefined
  return typeof error.error === 'string' && /^[a-z_]{1,40}$/.test(error.error) ? error.error : undefined
}

/** What went wrong below: on the way, not in what was said. */
function isOutage(error: unknown): boolean {
  return codesOf(error).some(code => /^(E[A-Z_]+|OAUTH_TIMEOUT|UND_ERR_\w+|TimeoutError)$/.test(code))
}

/** Names of the error and its causes, deepest first, for a person to look up. */
function codesOf(error: unknown, depth = 0): string[] {
  if (typeof error !== 'object' || error === null || depth > 5) return []
  const code = errorCode(error)
  const own = code !== undefined && /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? [code] : []
  const timeout = 'name' in error && error.name === 'TimeoutError' ? ['TimeoutError'] : []
  return [...('cause' in error ? codesOf(error.cause, depth + 1) : []), ...own, ...timeout]
}
