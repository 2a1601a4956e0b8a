import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { exportJWK, exportPKCS8, generateKeyPair } from 'jose'
import type { OidcIdentity } from '../../../src/identity/oidc/oidc.js'
import { oidc } from '../../../src/identity/oidc/oidc.js'
import type { OidcOptions } from '../../../src/identity/oidc/settings.js'
import { type Claims, type Issuer, startIssuer } from '../../support/issuer.js'
import { refusal, type TestClock, testClock, trusting } from './world.js'

const PATH = '/token/introspection'
let issuer: Issuer
let clock: TestClock
let identity: OidcIdentity
beforeEach(async () => {
  issuer = await startIssuer({ algorithm: 'ES256' })
  issuer.addUser('alice', { groups: ['g1'], amr: ['mfa'] })
  clock = testClock()
  identity = asking()
})
afterEach(() => issuer.close())

function asking(options: Partial<OidcOptions> = {}): OidcIdentity {
  const { id, secret } = issuer.introspector
  const introspection = { clientId: id, clientSecret: secret }
  return trusting(issuer, { audience: issuer.opaqueAudience, clock, introspection, ...options })
}
const opaque = async (): Promise<string> =>
  (await issuer.signIn('alice', { audience: issuer.opaqueAudience })).accessToken
const asked = (): number => issuer.requests.filter(line => line === `POST ${PATH}`).length
const now = (): number => Math.floor(Date.now() / 1000)

/** Has the issuer say this about every token. */
function saying(answer: unknown, status = 200): void {
  issuer.intercept((request, response: ServerResponse) => {
    if (request.url !== PATH) return false
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
    return true
  })
}
function good(changed: Claims = {}): Claims {
  const claims = {
    active: true,
    sub: 'alice',
    aud: issuer.opaqueAudience,
    exp: now() + 300,
    token_type: 'Bearer',
  }
  return JSON.parse(JSON.stringify({ ...claims, ...changed }))
}

describe('an opaque token', () => {
  test('of a person makes a person', async () => {
    expect(await identity.verify(await opaque())).toMatchObject({
      subject: 'alice',
      issuer: issuer.url,
      kind: 'human',
      groups: ['g1'],
      amr: ['mfa'],
    })
  })

  test('of a client makes a service', async () => {
    const token = await issuer.clientToken('bot', { audience: issuer.opaqueAudience })
    expect(await identity.verify(token)).toMatchObject({ subject: 'bot', kind: 'service' })
  })

  test('is refused where nobody may ask about it', async () => {
    const mute = trusting(issuer, { audience: issuer.opaqueAudience })
    expect(await refusal(mute, await opaque())).toContain('introspection is not configured')
    expect(asked()).toBe(0)
  })

  test('is refused when it is unknown, for another audience, or no access token', async () => {
    expect(await refusal(identity, 'b3BhcXVl-made-up-token')).toContain('not active')
    expect(await refusal(asking({ audience: 'https://other.test' }), await opaque())).toContain('audience')
    const { refreshToken = '' } = await issuer.signIn('alice', { audience: issuer.opaqueAudience })
    expect(await refusal(identity, refreshToken)).toMatch(/token_type|audience/)
  })

  test('is asked about once in half a minute, and again after that', async () => {
    const token = await opaque()
    const principal = await identity.verify(token)
    await Promise.all(Array.from({ length: 20 }, () => identity.verify(token)))
    expect(asked()).toBe(1)
    await issuer.revoke(token)
    clock.advance(30_000)
    expect(await refusal(identity, token)).toContain('not active')
    expect(await identity.verify({ kind: 'asserted', principal })).toBeNull()
    expect(asked()).toBe(2)
  })

  test('ends when it says, also while the answer is remembered', async () => {
    saying(good({ exp: now() + 2 }))
    const own = asking({ clockSkewMs: 0 })
    const principal = await own.verify('opaque-token')
    clock.advance(3000)
    expect(await refusal(own, 'opaque-token')).toContain('expired')
    expect(await own.verify({ kind: 'asserted', principal })).toBeNull()
    expect(asked()).toBe(1)
  })

  test('that is used once is used once', async () => {
    const own = asking({ singleUse: true })
    const token = await opaque()
    await own.verify(token)
    expect(await refusal(own, token)).toContain('used before')
  })

  test('is asked about with a private key where there is one', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    issuer.addClient(
      'keyed',
      {},
      {
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        client_secret: undefined,
        jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] },
      },
    )
    const pem = await exportPKCS8(privateKey)
    const introspection = { clientId: 'keyed', privateKey: pem, algorithm: 'ES256', keyId: 'k1' }
    expect(await asking({ introspection }).verify(await opaque())).toMatchObject({ subject: 'alice' })
    const misfit = asking({ introspection: { ...introspection, algorithm: 'RS256' } })
    await expect(misfit.verify(await opaque())).rejects.toThrow('does not fit')
  })
})

describe('an answer about a token', () => {
  test.each([
    ['is not active', { active: false }, 'not active'],
    ['is of another issuer', { iss: 'https://evil.example' }, 'another issuer'],
    ['is for nobody', { aud: undefined }, 'audience'],
    ['has no end', { exp: undefined }, 'no expiry'],
    ['has an end in words', { exp: '9999999999' }, 'not a time'],
    ['has ended', { exp: now() - 600 }, 'expired'],
    ['has not begun', { nbf: now() + 600 }, 'not valid yet'],
    ['lives too long', { exp: now() + 100_000 }, 'lives longer'],
    ['has no type', { token_type: undefined }, 'token_type'],
    ['is a refresh token', { token_type: 'refresh_token' }, 'token_type'],
    ['is of nobody', { sub: undefined }, 'no subject'],
    ['is of an empty name', { sub: '' }, 'no subject'],
    ['is bound to a key', { cnf: { jkt: 'x' } }, 'DPoP'],
  ])('that %s refuses', async (_, changed, reason) => {
    saying(good(changed))
    expect(await refusal(identity, 'opaque-token-of-somebody')).toContain(reason)
  })

  test('that is good is believed', async () => {
    saying(good({ iss: issuer.url }))
    expect(await identity.verify('opaque-token-of-somebody')).toMatchObject({ subject: 'alice' })
  })

  test.each([
    ['an error', '{"error":"x"}', 500],
    ['a refusal of the client', '{"error":"invalid_client"}', 401],
    ['a web page', '<html>', 200],
    ['nothing', '', 200],
    ['a list', [], 200],
    ['no word on whether it is active', {}, 200],
    ['active in words', { active: 'true' }, 200],
    ['too much', `{"active":true,"x":"${'x'.repeat(300_000)}"}`, 200],
  ])('that is %s means that nobody can tell', async (_, answer, status) => {
    saying(answer, status)
    const token = 'opaque-token-of-somebody'
    expect(await refusal(identity, token, issuer.introspector.secret)).toContain('could not be asked')
    await expect(identity.verify({ kind: 'token', token })).rejects.toThrow('could not be asked')
    issuer.intercept(undefined)
    expect(await refusal(identity, token)).toContain('not active')
  })

  test('is not waited for without end', async () => {
    issuer.intercept(request => request.url === PATH)
    const hasty = asking({ timeoutMs: 2000 })
    expect(await refusal(hasty, 'opaque-token-of-somebody')).toContain(
      'could not be asked about the token (timeout)',
    )
  })

  test('cannot be had over http', async () => {
    issuer.intercept((request, response) => {
      if (request.url !== '/.well-known/openid-configuration') return false
      const { url } = issuer
      response.setHeader('content-type', 'application/json')
      response.end(
        JSON.stringify({
          issuer: url,
          jwks_uri: `${url}/jwks`,
          introspection_endpoint: 'http://127.0.0.1:9/',
        }),
      )
      return true
    })
    expect(await refusal(identity, 'opaque-token-of-somebody')).toContain('could not be asked')
  })
})

test('the secret goes to nobody but the issuer, in the way that it asks for', async () => {
  const seen: string[] = []
  issuer.intercept((request, response) => {
    if (request.url === PATH) {
      let body = ''
      request.on('data', chunk => {
        body += chunk
      })
      request.on('end', () => {
        seen.push(`${request.headers.authorization ?? ''} ${body}`)
        response.setHeader('content-type', 'application/json').end(JSON.stringify(good()))
      })
      return true
    }
    if (request.url !== '/.well-known/openid-configuration') return false
    response.setHeader('content-type', 'application/json').end(
      JSON.stringify({
        issuer: issuer.url,
        jwks_uri: `${issuer.url}/jwks`,
        introspection_endpoint: issuer.url + PATH,
        introspection_endpoint_auth_methods_supported: ['client_secret_post'],
      }),
    )
    return true
  })
  await identity.verify('opaque-token-of-somebody')
  expect(seen).toEqual([expect.stringContaining(`client_secret=${issuer.introspector.secret}`)])
  expect(seen[0]).not.toContain('Basic')
  expect(() =>
    oidc({ issuer: issuer.url, audience: 'a', introspection: { clientId: 'x', clientSecret: '' } }),
  ).toThrow('introspection needs')
})
