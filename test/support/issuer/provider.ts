/** The configuration of oidc-provider for tests: every flow that Cardea uses, and pages without frills. */
import { X509Certificate } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { TLSSocket } from 'node:tls'
import type { JWK } from 'jose'
import type Provider from 'oidc-provider'
import type { Context, Token } from 'oidc-provider'

export interface Household {
  readonly url: string
  readonly audience: string
  readonly opaqueAudience: string
  /** Seconds. */
  readonly lifetime: number
  readonly algorithm: string
  readonly users: ReadonlyMap<string, Readonly<Record<string, unknown>>>
  /** Claims of tokens that a client gets for itself, and the registration of the client. */
  readonly clients: ReadonlyMap<string, Client>
  /** Everything that was issued, by model and id. Survives a restart and a rotation. */
  readonly store: Map<string, Stored>
}

export interface Client {
  readonly metadata: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

export interface Stored {
  readonly payload: Record<string, unknown>
  readonly until: number
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** The package, without its remark that it would rather run on a later Node. */
async function loadProvider(): Promise<typeof Provider> {
  const { warn } = console
  console.warn = () => {}
  try {
    return (await import('oidc-provider')).default
  } finally {
    console.warn = warn
  }
}

export async function makeProvider(house: Household, keys: readonly JWK[]): Promise<Handler> {
  const provider = new (await loadProvider())(house.url, {
    adapter: (model: string) => adapter(model, house),
    jwks: { keys: keys.map(key => ({ ...key })) },
    features: features(house),
    clientAuthMethods: [
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      'none',
      'self_signed_tls_client_auth',
    ],
    clientDefaults: { id_token_signed_response_alg: house.algorithm },
    scopes: ['openid', 'offline_access', 'profile', 'email', 'groups'],
    claims: {
      openid: ['sub', 'amr', 'acr'],
      profile: ['name'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    conformIdTokenClaims: false,
    cookies: { keys: ['cookie-signing-key-of-the-test-issuer'] },
    interactions: { url: (_: Context, { uid }: { uid: string }) => `/interaction/${uid}` },
    findAccount: (_: Context, accountId: string) => account(accountId, house),
    loadExistingGrant: (ctx: Context) => consent(ctx, house),
    issueRefreshToken: (_: Context, client: { grantTypeAllowed(type: string): boolean }) =>
      client.grantTypeAllowed('refresh_token'),
    extraTokenClaims: (_: Context, token: Token) => extraClaims(token, house),
    pkce: { required: () => true },
    rotateRefreshToken: true,
    ttl: {
      AccessToken: () => house.lifetime,
      ClientCredentials: () => house.lifetime,
      DeviceCode: 600,
      Grant: 86_400,
      IdToken: 3_600,
      Interaction: 3_600,
      RefreshToken: 86_400,
      Session: 86_400,
    },
    renderError(ctx: Context, out: Record<string, unknown>) {
      ctx.type = 'html'
      ctx.body = `<h1>${out['error']}</h1><p>${out['error_description']}</p>`
    },
  })
  provider.use(async (ctx, next) => {
    await next()
    const { body } = ctx
    // A client that is told no interval asks every five seconds (RFC 8628, 3.2): tests would wait for nothing else.
    if (typeof body === 'object' && body !== null && 'device_code' in body)
      ctx.body = { ...body, interval: 0.2 }
  })
  const callback = provider.callback()
  return (request, response) => {
    if (request.url?.startsWith('/interaction/') !== true) return callback(request, response)
    signIn(provider, house, request, response).catch((error: Error) =>
      response.writeHead(400).end(error.message),
    )
  }
}

function features(house: Household): Record<string, unknown> {
  return {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true, allowedPolicy: () => true },
    dPoP: { enabled: true },
    rpInitiatedLogout: { enabled: false },
    mTLS: {
      enabled: true,
      certificateBoundAccessTokens: true,
      selfSignedTlsClientAuth: true,
      getCertificate: ({ req }: Context) => peerCertificate(req),
    },
    deviceFlow: {
      enabled: true,
      userCodeInputSource(ctx: Context, form: string, _: unknown, error?: Error) {
        ctx.body = `<p>${error === undefined ? 'Enter the code' : 'That code does not work'}</p>${form}`
      },
      userCodeConfirmSource(ctx: Context, form: string, _: unknown, __: unknown, code: string) {
        ctx.body = `<p>Does your device show ${code}?</p>${form}`
      },
      successSource(ctx: Context) {
        ctx.body = '<p>Signed in. You can close this page.</p>'
      },
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: (_: Context, __: unknown, oneOf?: string[]) => oneOf ?? house.audience,
      useGrantedResource: () => true,
      getResourceServerInfo: (_: Context, resource: string) => ({
        audience: resource,
        scope: 'db',
        accessTokenFormat: resource === house.opaqueAudience ? 'opaque' : 'jwt',
        accessTokenTTL: house.lifetime,
        jwt: { sign: { alg: house.algorithm } },
      }),
    },
  }
}

function adapter(model: string, { clients, store }: Household) {
  const keyOf = (id: string): string => `${model}:${id}`
  const get = (id: string) => {
    if (model === 'Client') return clients.get(id)?.metadata
    const found = store.get(keyOf(id))
    return found === undefined || found.until < Date.now() ? undefined : found.payload
  }
  const whose = (property: string, value: string) =>
    [...store]
      .filter(([key, { payload }]) => key.startsWith(`${model}:`) && payload[property] === value)
      .map(([key]) => key.slice(model.length + 1))
  return {
    upsert: async (id: string, payload: Record<string, unknown>, expiresIn?: number) => {
      const until = expiresIn === undefined ? Number.POSITIVE_INFINITY : Date.now() + expiresIn * 1000
      store.set(keyOf(id), { payload, until })
    },
    find: async (id: string) => get(id),
    findByUid: async (uid: string) => get(whose('uid', uid)[0] ?? ''),
    findByUserCode: async (code: string) => get(whose('userCode', code)[0] ?? ''),
    destroy: async (id: string) => void store.delete(keyOf(id)),
    consume: async (id: string) => {
      Object.assign(get(id) ?? {}, { consumed: Math.floor(Date.now() / 1000) })
    },
    revokeByGrantId: async (grant: string) => {
      for (const [key, { payload }] of store) if (payload['grantId'] === grant) store.delete(key)
    },
  }
}

function account(accountId: string, { users }: Household) {
  const claims = users.get(accountId)
  return claims && { accountId, claims: async () => ({ ...claims, sub: accountId }) }
}

/** Nobody is asked twice: who signs in agrees. */
async function consent(ctx: Context, { audience, opaqueAudience }: Household) {
  const { client, session, provider } = ctx.oidc
  const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId })
  grant.addOIDCScope('openid offline_access profile email groups')
  for (const resource of [audience, opaqueAudience]) grant.addResourceScope(resource, 'db')
  await grant.save()
  return grant
}

function extraClaims({ accountId, clientId = '' }: Token, { users, clients }: Household) {
  return accountId === undefined ? clients.get(clientId)?.claims : users.get(accountId)
}

function peerCertificate({ socket }: IncomingMessage): X509Certificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined
  const { raw } = socket.getPeerCertificate()
  return raw === undefined ? undefined : new X509Certificate(raw)
}

/** The sign-in page: a name is enough, the password is the name of a user that exists. */
async function signIn(
  provider: Provider,
  { users }: Household,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { uid, prompt } = await provider.interactionDetails(request, response)
  if (request.method === 'GET') {
    const form = `<form method="post" action="/interaction/${uid}"><input name="login"></form>`
    response.setHeader('content-type', 'text/html').end(`<p>Please do: ${prompt.name}</p>${form}`)
    return
  }
  if (prompt.name === 'consent') return provider.interactionFinished(request, response, { consent: {} })
  let body = ''
  for await (const chunk of request) body += chunk
  const login = new URLSearchParams(body).get('login') ?? ''
  const claims = users.get(login)
  const result =
    claims === undefined
      ? { error: 'access_denied', error_description: 'There is no such user' }
      : { login: { accountId: login, amr: claims['amr'], acr: claims['acr'] } }
  await provider.interactionFinished(request, response, result)
}
