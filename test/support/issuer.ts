/**
 * A real OpenID provider (oidc-provider) on loopback over TLS, for tests of identity.
 *
 * Offers discovery, JWKS, client credentials, authorization code with PKCE, device flow, refresh,
 * introspection and revocation; access tokens are JWTs (`typ: at+jwt`) for `audience` and opaque for
 * `opaqueAudience`; tokens can be bound by DPoP or by client certificate.
 *
 * @example
 * const issuer = await startIssuer()
 * issuer.addUser('alice', { email: 'alice@corp.example', email_verified: true, groups: ['support'], amr: ['pwd', 'otp'] })
 * const { accessToken } = await issuer.signIn('alice')       // through the real pages
 * const bot = await issuer.clientToken('billing-bot')        // client credentials
 * await issuer.confirmDevice(userCode, 'alice')              // plays the person at `cardea login`
 * await issuer.rotate(); await issuer.stop(); await issuer.start(); await issuer.close()
 */
import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Agent, createServer, request, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose'
import { browser } from './issuer/browser.js'
import { type Certificate, certificateAuthority } from './issuer/certificates.js'
import { type Client, type Handler, type Household, makeProvider, type Stored } from './issuer/provider.js'

export type Claims = Readonly<Record<string, unknown>>

export interface Tokens {
  readonly accessToken: string
  readonly idToken?: string
  readonly refreshToken?: string
  /** Seconds. */
  readonly expiresIn: number
}

export interface TokenRequest {
  /** Default `issuer.audience`. `issuer.opaqueAudience` gives an opaque token. */
  readonly audience?: string
  /** Sent as the `DPoP` header; binds the token to the key of the proof. */
  readonly dpop?: string
  /** Used for the TLS connection; binds the token where the client is registered for it. */
  readonly certificate?: Certificate
}

export interface Issuer {
  /** The issuer identifier, for example `https://127.0.0.1:34567`. */
  readonly url: string
  /** The certificate authority to trust, PEM. */
  readonly ca: string
  /** Access tokens for it are JWTs. It is also what clients get that name no resource. */
  readonly audience: string
  /** Access tokens for it are opaque. */
  readonly opaqueAudience: string
  /** May introspect and revoke: `{ id, secret }`. */
  readonly introspector: { readonly id: string; readonly secret: string }
  /**
   * A public client for people: authorization code with PKCE (redirects to any loopback port), device
   * flow and refresh.
   */
  readonly publicClient: string
  /** `GET /jwks` and so on, everything asked so far. */
  readonly requests: readonly string[]
  readonly tokenEndpoint: string

  /** Registers a person. The claims appear in access and ID tokens; `amr` and `acr` too. */
  addUser(name: string, claims?: Claims): void
  /**
   * Registers a client for client credentials, with a secret of its own.
   *
   * @param claims of the access tokens that it gets.
   * @param metadata more client metadata (RFC 7591), or other values for it.
   */
  addClient(id: string, claims?: Claims, metadata?: Claims): { readonly id: string; readonly secret: string }
  /** Client credentials. The client is registered when it is not known yet. */
  clientToken(id: string, options?: TokenRequest): Promise<string>
  /** Authorization code with PKCE, through the real pages, as `publicClient`. */
  signIn(user: string, options?: TokenRequest): Promise<Tokens>
  /** What a person does with the user code of a device flow: opens the page, confirms, signs in. @throws Error with what the page says. */
  confirmDevice(userCode: string, user: string): Promise<void>
  /** The same person, refusing. */
  denyDevice(userCode: string): Promise<void>
  /** Revokes an opaque token (RFC 7009). */
  revoke(token: string): Promise<void>
  /** Any JWT, signed with the key in use: claims and header exactly as given, nothing added but `alg`, `kid` and `typ: at+jwt`. */
  sign(claims: Claims, header?: Partial<JWTHeaderParameters>): Promise<string>
  /** Whatever `make` makes with the key in use: for tokens that no well-behaved writer would write. */
  signWith(make: (key: CryptoKey | Uint8Array, kid: string) => Promise<string>): Promise<string>
  /** The public keys as published, the key in use first. */
  keys(): readonly JWK[]
  /** A new signing key. The old one stays published unless `drop` says otherwise. */
  rotate(options?: { readonly drop?: boolean }): Promise<void>
  /** A certificate of `ca` for a client. */
  certificate(name: string): Certificate
  /** Sees each request first; `true`: it has answered. `undefined` takes the hook away. */
  intercept(hook: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined): void
  /** Goes away: the port is closed and open connections are cut. */
  stop(): Promise<void>
  /** Comes back on the same port with the same keys, users and tokens. */
  start(): Promise<void>
  /** `stop`, for good. */
  close(): Promise<void>
}

export interface IssuerOptions {
  /** Seconds that an access token lives. Default 600. */
  readonly lifetime?: number
  /** Default `RS256`. Or `ES256`, `PS256`, `EdDSA`. */
  readonly algorithm?: string
}

const REDIRECT = 'http://127.0.0.1/callback'
const PUBLIC_CLIENT = 'cardea-cli'

export async function startIssuer(options: IssuerOptions = {}): Promise<Issuer> {
  const { lifetime = 600, algorithm = 'RS256' } = options
  const authority = certificateAuthority()
  const tls = authority.issue('test issuer')
  const users = new Map<string, Claims>()
  const clients = new Map<string, Client>()
  const introspector = { id: 'cardea', secret: randomBytes(24).toString('base64url') }
  const requests: string[] = []
  let hook: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
  let answer: Handler = (_, response) => response.writeHead(503).end()
  const handler: Handler = (request, response) => {
    requests.push(`${request.method} ${request.url}`)
    if (hook?.(request, response) !== true) answer(request, response)
  }
  const listen = (port: number): Promise<Server> =>
    new Promise((resolve, reject) => {
      const { key, cert } = tls
      const wanted = { key, cert, ca: authority.cert, requestCert: true, rejectUnauthorized: false }
      const made = createServer(wanted, handler)
      made.once('error', reject)
      made.listen(port, '127.0.0.1', () => resolve(made))
    })
  let server: Server | undefined = await listen(0)
  const { port } = server.address() as AddressInfo
  const url = `https://127.0.0.1:${port}`
  const house: Household = {
    url,
    audience: 'https://cardea.test/database',
    opaqueAudience: 'https://cardea.test/opaque',
    lifetime,
    algorithm,
    users,
    clients,
    store: new Map<string, Stored>(),
  }
  let keys = [await signingKey(algorithm)]
  answer = await makeProvider(house, keys)

  function addClient(id: string, claims: Claims = {}, metadata: Claims = {}) {
    const secret = randomBytes(24).toString('base64url')
    clients.set(id, {
      claims,
      metadata: {
        client_id: id,
        client_secret: secret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        ...metadata,
      },
    })
    return { id, secret }
  }
  const authorization = (id: string): string => {
    const secret = String(clients.get(id)?.metadata['client_secret'])
    return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
  }
  clients.set(introspector.id, {
    claims: {},
    metadata: {
      client_id: introspector.id,
      client_secret: introspector.secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    },
  })
  clients.set(PUBLIC_CLIENT, {
    claims: {},
    metadata: {
      client_id: PUBLIC_CLIENT,
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      redirect_uris: [REDIRECT],
      response_types: ['code'],
    },
  })

  const exchange = async (
    path: string,
    form: Readonly<Record<string, string>>,
    { dpop, certificate }: TokenRequest,
    basic?: string,
  ): Promise<Record<string, unknown>> => {
    const headers = {
      ...(dpop === undefined ? {} : { dpop }),
      ...(basic === undefined ? {} : { authorization: basic }),
    }
    const client = certificate && { cert: certificate.cert, key: certificate.key }
    return post(url + path, form, { ca: authority.cert, headers, ...client })
  }

  const issuer: Issuer = {
    url,
    ca: authority.cert,
    audience: house.audience,
    opaqueAudience: house.opaqueAudience,
    introspector,
    publicClient: PUBLIC_CLIENT,
    requests,
    tokenEndpoint: `${url}/token`,
    addUser: (name, claims = {}) => void users.set(name, claims),
    addClient,
    async clientToken(id, asked = {}) {
      if (!clients.has(id)) addClient(id)
      const form = {
        grant_type: 'client_credentials',
        resource: asked.audience ?? house.audience,
        scope: 'db',
      }
      return readTokens(await exchange('/token', form, asked, authorization(id))).accessToken
    },
    async signIn(user, asked = {}) {
      const verifier = randomBytes(32).toString('base64url')
      const resource = asked.audience ?? house.audience
      const wanted = new URLSearchParams({
        client_id: PUBLIC_CLIENT,
        response_type: 'code',
        redirect_uri: REDIRECT,
        scope: 'openid profile email groups db',
        resource,
        nonce: randomBytes(8).toString('base64url'),
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      })
      const person = browser(authority.cert, REDIRECT)
      const page = await person.open(`${url}/auth?${wanted}`)
      const agreed = await person.submit(page, { login: user })
      const arrived = agreed.location === undefined ? await person.submit(agreed) : agreed
      const code = new URL(arrived.location ?? `${url}/`).searchParams.get('code')
      if (code === null) throw new Error(`Nobody signed in: ${arrived.location ?? arrived.body}`)
      const form = {
        grant_type: 'authorization_code',
        client_id: PUBLIC_CLIENT,
        code,
        code_verifier: verifier,
        redirect_uri: REDIRECT,
        resource,
      }
      return readTokens(await exchange('/token', form, asked))
    },
    async confirmDevice(userCode, user) {
      const person = browser(authority.cert)
      const asked = await person.submit(await person.open(`${url}/device`), { user_code: userCode })
      const signIn = await person.submit(asked)
      const agreed = await person.submit(signIn, { login: user })
      const done = agreed.body.includes('consent') ? await person.submit(agreed) : agreed
      if (!done.body.includes('Signed in.')) throw new Error(`The device was not confirmed: ${done.body}`)
    },
    async denyDevice(userCode) {
      const person = browser(authority.cert)
      const asked = await person.submit(await person.open(`${url}/device`), { user_code: userCode })
      await person.submit(asked, { abort: 'yes' })
    },
    async revoke(token) {
      await exchange('/token/revocation', { token }, {}, authorization(introspector.id))
    },
    async sign(claims, header = {}) {
      const [key] = keys
      if (key === undefined) throw new Error('There is no key.')
      return new SignJWT({ ...claims })
        .setProtectedHeader({ alg: algorithm, kid: String(key.kid), typ: 'at+jwt', ...header })
        .sign(await importJWK(key, algorithm))
    },
    async signWith(make) {
      const [key] = keys
      if (key === undefined) throw new Error('There is no key.')
      return make(await importJWK(key, algorithm), String(key.kid))
    },
    keys: () => keys.map(publicPart),
    async rotate({ drop = false } = {}) {
      keys = [await signingKey(algorithm), ...(drop ? [] : keys)]
      answer = await makeProvider(house, keys)
    },
    certificate: name => authority.issue(name),
    intercept(next) {
      hook = next
    },
    async stop() {
      const going = server
      server = undefined
      if (going === undefined) return
      const closed = new Promise(resolve => going.close(resolve))
      going.closeAllConnections()
      await closed
    },
    async start() {
      server ??= await listen(port)
    },
    close: () => issuer.stop(),
  }
  return issuer
}

async function signingKey(algorithm: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  return {
    ...(await exportJWK(privateKey)),
    kid: randomBytes(8).toString('hex'),
    alg: algorithm,
    use: 'sig',
  }
}

function publicPart({ d: _, p: __, q: ___, dp, dq, qi, ...rest }: JWK): JWK {
  return rest
}

function readTokens(body: Record<string, unknown>): Tokens {
  const { access_token: accessToken, id_token: idToken, refresh_token: refreshToken } = body
  return {
    accessToken: String(accessToken),
    ...(idToken === undefined ? {} : { idToken: String(idToken) }),
    ...(refreshToken === undefined ? {} : { refreshToken: String(refreshToken) }),
    expiresIn: Number(body['expires_in']),
  }
}

/** @throws Error with what the issuer says, when it does not agree. */
function post(
  url: string,
  form: Readonly<Record<string, string>>,
  options: { ca: string; headers: Record<string, string>; cert?: string; key?: string },
): Promise<Record<string, unknown>> {
  const body = new URLSearchParams(form).toString()
  return new Promise((resolve, reject) => {
    const headers = { ...options.headers, 'content-type': 'application/x-www-form-urlencoded' }
    // Without an agent no connection is kept, so none outlives the test.
    const agent: Agent | false = false
    const sent = request(url, { ...options, agent, method: 'POST', headers }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text === '' ? {} : JSON.parse(text))
        else reject(new Error(`The issuer answered ${response.statusCode}: ${text}`))
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
