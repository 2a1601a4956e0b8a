/** The issuer that other tests rely on does what a provider does. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { boundedFetch } from '../../../src/identity/oidc/bounded-fetch.js'
import { type Issuer, startIssuer } from '../../support/issuer.js'

let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer()
  issuer.addUser('alice', {
    email: 'alice@corp.example',
    email_verified: true,
    groups: ['support'],
    amr: ['pwd', 'otp'],
    acr: 'urn:mfa',
  })
})
afterAll(() => issuer.close())

describe('the test issuer', () => {
  test('gives clients JWT access tokens of RFC 9068', async () => {
    const token = await issuer.clientToken('billing-bot')
    expect(decodeProtectedHeader(token)).toMatchObject({ typ: 'at+jwt', alg: 'RS256' })
    expect(decodeJwt(token)).toMatchObject({
      iss: issuer.url,
      aud: issuer.audience,
      sub: 'billing-bot',
      client_id: 'billing-bot',
    })
  })

  test('gives opaque tokens for the other audience', async () => {
    const token = await issuer.clientToken('billing-bot', { audience: issuer.opaqueAudience })
    expect(token.split('.')).toHaveLength(1)
  })

  test('signs people in through its pages', async () => {
    const { accessToken, idToken, refreshToken } = await issuer.signIn('alice')
    expect(decodeJwt(accessToken)).toMatchObject({ sub: 'alice', groups: ['support'], amr: ['pwd', 'otp'] })
    expect(decodeJwt(idToken ?? '')).toMatchObject({ sub: 'alice', aud: issuer.publicClient })
    expect(refreshToken).toBeDefined()
    await expect(issuer.signIn('mallory')).rejects.toThrow('There+is+no+such+user')
  })

  test('confirms and denies devices through its pages', async () => {
    const oidc = await import('openid-client')
    const config = await oidc.discovery(new URL(issuer.url), issuer.publicClient, undefined, oidc.None(), {
      [oidc.customFetch]: boundedFetch({
        ca: issuer.ca,
        timeoutMs: 5000,
        maxBytes: 65_536,
        allowInsecureLoopback: false,
      }),
    })
    const started = await oidc.initiateDeviceAuthorization(config, { scope: 'openid' })
    await issuer.confirmDevice(started.user_code, 'alice')
    const tokens = await oidc.pollDeviceAuthorizationGrant(config, { ...started, interval: 0.01 })
    expect(decodeJwt(tokens.access_token)).toMatchObject({ sub: 'alice' })
    const refused = await oidc.initiateDeviceAuthorization(config, { scope: 'openid' })
    await issuer.denyDevice(refused.user_code)
    await expect(
      oidc.pollDeviceAuthorizationGrant(config, { ...refused, interval: 0.01 }),
    ).rejects.toMatchObject({ error: 'access_denied' })
  })

  test('goes away and comes back with the same keys, and rotates them', async () => {
    const [before] = issuer.keys()
    await issuer.stop()
    await expect(issuer.clientToken('billing-bot')).rejects.toThrow('ECONNREFUSED')
    await issuer.start()
    expect(decodeProtectedHeader(await issuer.clientToken('billing-bot')).kid).toBe(before?.kid)
    await issuer.rotate()
    expect(decodeProtectedHeader(await issuer.clientToken('billing-bot')).kid).not.toBe(before?.kid)
    expect(issuer.keys()).toHaveLength(2)
  })
})
