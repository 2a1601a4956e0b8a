/** Tokens that are worth nothing to whoever steals them: DPoP and client certificates. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { OidcIdentity } from '../../../src/identity/oidc/oidc.js'
import type { TokenProof } from '../../../src/model/principal.js'
import { type Claims, type Issuer, startIssuer } from '../../support/issuer.js'
import { goodClaims, testClock, trusting } from './world.js'

const URL_HERE = 'https://db.corp.example/query'
let issuer: Issuer
let identity: OidcIdentity
let key: CryptoKey
let jwk: JWK
beforeAll(async () => {
  issuer = await startIssuer({ algorithm: 'ES256' })
  issuer.addUser('alice')
  identity = trusting(issuer)
  const pair = await generateKeyPair('ES256', { extractable: true })
  key = pair.privateKey
  jwk = await exportJWK(pair.publicKey)
})
afterAll(() => issuer.close())

const hash = (token: string): string => createHash('sha256').update(token).digest('base64url')

async function proof(claims: Claims, header: Claims = {}, signer = key): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const whole = { jti: `p${Math.random()}`, iat: now, ...claims }
  return new SignJWT(JSON.parse(JSON.stringify(whole)))
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header } as { alg: string })
    .sign(signer)
}
const dpop = (jwt: string): TokenProof => ({ kind: 'dpop', jwt, method: 'POST', url: URL_HERE })
const forRequest = (token: string, changed: Claims = {}): Promise<string> =>
  proof({ htm: 'POST', htu: URL_HERE, ath: hash(token), ...changed })
const boundToken = async (): Promise<string> => {
  const atIssuer = await proof({ htm: 'POST', htu: issuer.tokenEndpoint })
  return issuer.clientToken('bot', { dpop: atIssuer })
}

describe('a token bound to a key', () => {
  test('is accepted with a proof of that key, once per proof', async () => {
    const token = await boundToken()
    const shown = dpop(await forRequest(token))
    expect(await identity.verify(token, shown)).toMatchObject({ subject: 'bot' })
    await expect(identity.verify(token, shown)).rejects.toThrow('used before')
    expect(
      await identity.verify({ kind: 'token', token, proof: dpop(await forRequest(token)) }),
    ).not.toBeNull()
  })

  test('needs no second proof for the principal that it made', async () => {
    const token = await boundToken()
    const principal = await identity.verify(token, dpop(await forRequest(token)))
    expect(await identity.verify({ kind: 'asserted', principal })).toBe(principal)
  })

  test('is refused alone, also after it was accepted, and with a proof of another kind', async () => {
    const token = await boundToken()
    await expect(identity.verify(token)).rejects.toThrow('no DPoP proof')
    await identity.verify(token, dpop(await forRequest(token)))
    await expect(identity.verify(token)).rejects.toThrow('no DPoP proof')
    expect(await identity.verify({ kind: 'token', token })).toBeNull()
    const { thumbprint } = issuer.certificate('bot')
    await expect(identity.verify(token, { kind: 'certificate', thumbprint })).rejects.toThrow('no DPoP proof')
  })

  test.each([
    ['another method', { htm: 'GET' }, 'htm'],
    ['no method', { htm: undefined }, 'htm'],
    ['another path', { htu: 'https://db.corp.example/other' }, 'htu'],
    ['another host', { htu: 'https://evil.example/query' }, 'htu'],
    ['http', { htu: 'http://db.corp.example/query' }, 'htu'],
    ['no URL', { htu: 'query' }, 'htu'],
    ['another token', { ath: hash('other') }, 'ath'],
    ['no token', { ath: undefined }, 'ath'],
    ['yesterday', { iat: 1_700_000_000 }, 'iat'],
    ['tomorrow', { iat: Math.floor(Date.now() / 1000) + 86_400 }, 'iat'],
    ['a time in words', { iat: 'now' }, 'does not hold'],
    ['no time', { iat: undefined }, 'iat'],
    ['no id', { jti: undefined }, 'jti'],
    ['an empty id', { jti: '' }, 'jti'],
    ['an endless id', { jti: 'x'.repeat(300) }, 'jti'],
  ])('is refused with a proof for %s', async (_, changed, reason) => {
    const token = await boundToken()
    await expect(identity.verify(token, dpop(await forRequest(token, changed)))).rejects.toThrow(reason)
  })

  test('is accepted with a URL that means the same', async () => {
    const token = await boundToken()
    const same = { htu: 'HTTPS://DB.corp.example:443/query?x=1#y' }
    expect(await identity.verify(token, dpop(await forRequest(token, same)))).toBeDefined()
  })

  test('is refused with a proof of another key, or one that is no proof', async () => {
    const token = await boundToken()
    const other = await generateKeyPair('ES256', { extractable: true })
    const claims = { htm: 'POST', htu: URL_HERE, ath: hash(token) }
    const otherJwk = await exportJWK(other.publicKey)
    const wrong: [string, Promise<string> | string][] = [
      ['another key', proof(claims, { jwk: otherJwk }, other.privateKey)],
      ['form or signature', proof(claims, { jwk: otherJwk })],
      ['form or signature', proof(claims, {}, other.privateKey)],
      ['form or signature', proof(claims, { jwk: await exportJWK(key) })],
      ['form or signature', proof(claims, { jwk: undefined })],
      ['form or signature', proof(claims, { typ: 'jwt' })],
      ['form or signature', proof(claims, { typ: undefined })],
      ['form or signature', token],
      ['form or signature', ''],
      ['too long', `${'x'.repeat(9000)}.y.z`],
      ['too long', undefined as unknown as string],
    ]
    for (const [reason, jwt] of wrong) {
      await expect(identity.verify(token, dpop(await jwt))).rejects.toThrow(reason)
    }
  })

  test('is refused with a proof that is older than a minute', async () => {
    const clock = testClock()
    const own = trusting(issuer, { clock, clockSkewMs: 0 })
    const token = await boundToken()
    const jwt = await forRequest(token)
    clock.advance(62_000)
    await expect(own.verify(token, dpop(jwt))).rejects.toThrow('iat')
  })
})

describe('a token bound to a certificate', () => {
  test('is accepted from whoever has the certificate', async () => {
    const certificate = issuer.certificate('bot')
    issuer.addClient('mtls-bot', {}, { tls_client_certificate_bound_access_tokens: true })
    const token = await issuer.clientToken('mtls-bot', { certificate })
    const { thumbprint } = certificate
    expect(await identity.verify(token, { kind: 'certificate', thumbprint })).toMatchObject({
      subject: 'mtls-bot',
    })
    for (const other of [issuer.certificate('bot').thumbprint, '', thumbprint.toLowerCase()]) {
      await expect(identity.verify(token, { kind: 'certificate', thumbprint: other })).rejects.toThrow(
        'certificate',
      )
    }
    await expect(identity.verify(token)).rejects.toThrow('certificate')
    await expect(identity.verify(token, dpop(await forRequest(token)))).rejects.toThrow('certificate')
  })
})

describe('binding', () => {
  test.each([
    ['nothing', {}],
    ['null', null],
    ['a text', 'jkt'],
    ['a list', ['jkt']],
    ['a key that is named only', { kid: 'k' }],
    ['an unknown way', { 'x5t#S512': 'x' }],
    ['two things at once', { jkt: 'x', 'x5t#S256': 'y' }],
    ['a thumbprint that is no text', { 'x5t#S256': undefined }],
    ['no thumbprint', { 'x5t#S256': null }],
  ])('to %s is not understood, so it is refused', async (_, cnf) => {
    const token = await issuer.sign(goodClaims(issuer, { cnf }))
    for (const shown of [
      undefined,
      dpop(await forRequest(token)),
      { kind: 'certificate', thumbprint: 'x' } as const,
    ]) {
      await expect(identity.verify(token, shown)).rejects.toThrow(/bound|binding|DPoP/)
    }
  })

  test('to two things is not satisfied by one of them', async () => {
    const { thumbprint } = issuer.certificate('bot')
    for (const cnf of [
      { 'x5t#S256': thumbprint, jkt: 'x' },
      { jkt: 'x', 'x5t#S256': thumbprint },
    ]) {
      const token = await issuer.sign(goodClaims(issuer, { cnf }))
      await expect(identity.verify(token, { kind: 'certificate', thumbprint })).rejects.toThrow(
        'not supported',
      )
    }
  })

  test('may be required of every token', async () => {
    const strict = trusting(issuer, { binding: 'required' })
    const plain = await issuer.clientToken('plain-bot')
    await expect(strict.verify(plain)).rejects.toThrow('not bound')
    const { thumbprint } = issuer.certificate('bot')
    await expect(strict.verify(plain, { kind: 'certificate', thumbprint })).rejects.toThrow('not bound')
    const token = await boundToken()
    expect(await strict.verify(token, dpop(await forRequest(token)))).toBeDefined()
  })

  test('of the connection does no harm to a token that is not bound; a proof that binds nothing does', async () => {
    const plain = await issuer.clientToken('plain-bot')
    const { thumbprint } = issuer.certificate('bot')
    expect(await identity.verify(plain, { kind: 'certificate', thumbprint })).toBeDefined()
    await expect(identity.verify(plain, dpop(await forRequest(plain)))).rejects.toThrow('not bound')
  })
})
