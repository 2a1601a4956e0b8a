/** Where keys come from: discovery, rotation, outages, and issuers that misbehave. */
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { ConfigurationError } from '../../../src/errors.js'
import { oidc } from '../../../src/identity/oidc/oidc.js'
import { type Issuer, startIssuer } from '../../support/issuer.js'
import { goodClaims, refusal, testClock, trusting } from './world.js'

const MINUTE = 60_000
let issuer: Issuer
beforeEach(async () => {
  issuer = await startIssuer({ algorithm: 'ES256' })
})
afterEach(() => issuer.close())

const signed = (changed = {}): Promise<string> => issuer.sign(goodClaims(issuer, changed))
/** How often the issuer was asked for its keys. */
const fetches = (): number => issuer.requests.filter(line => line === 'GET /jwks').length

/** Has the issuer answer one path with something else. */
function answering(path: string, answer: (response: ServerResponse) => void): void {
  issuer.intercept((request, response) => {
    if (request.url !== path) return false
    response.setHeader('content-type', 'application/json')
    answer(response)
    return true
  })
}
const json = (value: unknown) => (response: ServerResponse) => void response.end(JSON.stringify(value))
const DISCOVERY = '/.well-known/openid-configuration'

async function foreignToken(kid: string, key?: JWK): Promise<string> {
  const { privateKey } = await generateKeyPair('ES256')
  return new SignJWT(goodClaims(issuer))
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
    .sign(key ?? privateKey)
}

describe('keys', () => {
  test('are fetched once for many callers, and only when the first comes', async () => {
    const identity = trusting(issuer)
    expect(issuer.requests).toEqual([])
    const tokens = await Promise.all(Array.from({ length: 20 }, () => signed()))
    await Promise.all(tokens.map(token => identity.verify(token)))
    expect(issuer.requests).toEqual([`GET ${DISCOVERY}`, 'GET /jwks'])
  })

  test('that are new are found when the first token signed with them comes', async () => {
    const clock = testClock()
    const identity = trusting(issuer, { clock })
    const old = await signed()
    await identity.verify(old)
    await issuer.rotate()
    clock.advance(31_000)
    expect(await identity.verify(await signed())).toBeDefined()
    expect(await identity.verify(old)).toBeDefined()
    expect(fetches()).toBe(2)
  })

  test('that are gone sign nothing any more, also what was verified before', async () => {
    const clock = testClock()
    const identity = trusting(issuer, { clock })
    const old = await signed({ exp: Math.floor(Date.now() / 1000) + 3600 })
    await identity.verify(old)
    await issuer.rotate({ drop: true })
    clock.advance(10 * MINUTE)
    expect(await refusal(identity, old)).toContain('does not publish')
  })

  test('that nobody has make the issuer be asked once per cool-down, however many come', async () => {
    const clock = testClock()
    const identity = trusting(issuer, { clock })
    await identity.verify(await signed())
    clock.advance(31_000)
    const flood = await Promise.all(Array.from({ length: 40 }, (_, at) => foreignToken(`kid-${at}`)))
    await Promise.all(flood.map(token => refusal(identity, token)))
    for (const token of flood) await refusal(identity, token)
    expect(fetches()).toBe(2)
    clock.advance(31_000)
    await refusal(identity, await foreignToken('another'))
    expect(fetches()).toBe(3)
    expect(await identity.verify(await signed())).toBeDefined()
  })

  test('are renewed in the background, so that a short outage is never felt', async () => {
    const clock = testClock()
    const identity = trusting(issuer, { clock })
    await identity.verify(await signed())
    clock.advance(6 * MINUTE)
    await identity.verify(await signed({ exp: Math.floor(Date.now() / 1000) + 3600 }))
    await until(() => fetches() === 2)
  })
})

describe('an issuer that goes away', () => {
  const long = () => signed({ exp: Math.floor(Date.now() / 1000) + 7200 })

  test('is done without for ten minutes, then nobody is let in, and it comes back by itself', async () => {
    const clock = testClock()
    const identity = trusting(issuer, { clock })
    const [token, fresh] = [await long(), await long()]
    const principal = await identity.verify(token)
    await issuer.stop()
    clock.advance(10 * MINUTE - 1000)
    expect(await identity.verify(token)).toBeDefined()
    expect(await identity.verify(fresh)).toBeDefined()
    clock.advance(1001)
    expect(await refusal(identity, token)).toContain('cannot be had (ECONNREFUSED)')
    await expect(identity.verify({ kind: 'token', token })).rejects.toThrow('cannot be had')
    await expect(identity.verify({ kind: 'asserted', principal })).rejects.toThrow('cannot be had')
    await issuer.start()
    clock.advance(1001)
    expect(await identity.verify(token)).toBeDefined()
    expect(await identity.verify({ kind: 'asserted', principal })).toEqual(principal)
  })

  test('is not covered for longer by a machine that slept, or a clock that was set back', async () => {
    for (const stuck of ['now', 'monotonic'] as const) {
      const moving = testClock()
      const still = moving[stuck]()
      const clock = { ...moving, [stuck]: () => still }
      await issuer.start()
      const identity = trusting(issuer, { clock })
      const token = await long()
      await identity.verify(token)
      await issuer.stop()
      moving.advance(10 * MINUTE)
      expect(await refusal(identity, token)).toContain('cannot be had')
    }
  })

  test('before the first token lets nobody in, and is asked at most once a second', async () => {
    const at = Date.now()
    const clock = { now: () => at, monotonic: () => 5 }
    const identity = trusting(issuer, { clock })
    const token = await long()
    let asked = 0
    issuer.intercept((_, response) => {
      asked++
      response.writeHead(503).end('down')
      return true
    })
    for (let at = 0; at < 20; at++) await refusal(identity, token)
    expect(asked).toBe(1)
  })

  test('while a token with an unknown key comes refuses it', async () => {
    const clock = testClock()
    const identity = trusting(issuer, { clock })
    await identity.verify(await long())
    const stranger = await foreignToken('unknown')
    await issuer.stop()
    clock.advance(31_000)
    expect(await refusal(identity, stranger)).toContain('cannot be had')
    expect(await identity.verify(await long())).toBeDefined()
  })

  test.each([
    ['never answers', () => {}],
    ['stops in the middle', (response: ServerResponse) => void response.write('{"issuer":')],
  ])('and %s is waited for no longer than it may take', async (_, answer) => {
    for (const path of [DISCOVERY, '/jwks']) {
      answering(path, answer)
      const hasty = trusting(issuer, { timeoutMs: 200 })
      expect(await refusal(hasty, await long())).toContain('cannot be had (timeout)')
    }
  })
})

describe('an issuer that misbehaves', () => {
  test.each([
    ['another issuer', { issuer: 'https://evil.example' }],
    ['itself with a slash', { issuer: 'SLASH' }],
    ['no issuer', { issuer: undefined }],
    ['keys over http', { jwks_uri: 'http://evil.example/jwks' }],
    ['keys over http on loopback', { jwks_uri: 'http://127.0.0.1:9/jwks' }],
    ['keys in a file', { jwks_uri: 'file:///etc/passwd' }],
    ['keys in itself', { jwks_uri: 'data:application/json,{"keys":[]}' }],
    ['no keys', { jwks_uri: undefined }],
    ['keys that are no address', { jwks_uri: 7 }],
  ])('names %s in its discovery document', async (_, changed) => {
    const { issuer: named } = changed as { issuer?: string }
    const document = { issuer: issuer.url, jwks_uri: `${issuer.url}/jwks`, ...changed }
    if (named === 'SLASH') Object.assign(document, { issuer: `${issuer.url}/` })
    answering(DISCOVERY, json(document))
    const reason = await refusal(trusting(issuer), await signed())
    expect(reason).toMatch(/discovery document|keys cannot be had/)
  })

  test.each([
    ['an error', (response: ServerResponse) => void response.writeHead(500).end('{}')],
    ['a redirect', (response: ServerResponse) => void response.writeHead(302, { location: '/jwks2' }).end()],
    [
      'keys with an error',
      (response: ServerResponse) => json({ keys: issuer.keys() })(response.writeHead(500)),
    ],
    ['a web page', (response: ServerResponse) => void response.end('<html>')],
    ['a list', json([])],
    ['null', json(null)],
    ['no list of keys', json({ keys: {} })],
    ['an endless answer', (response: ServerResponse) => endless(response)],
    ['a thousand keys', json({ keys: Array.from({ length: 1000 }, () => ({ kty: 'EC' })) })],
  ])('gives %s for keys', async (_, answer) => {
    answering('/jwks', answer)
    expect(await refusal(trusting(issuer), await signed())).toMatch(/keys/)
  })

  test('is not followed elsewhere', async () => {
    answering(DISCOVERY, response => void response.writeHead(302, { location: `${issuer.url}/other` }).end())
    await refusal(trusting(issuer), await signed())
    expect(issuer.requests.filter(line => line.includes('other'))).toEqual([])
  })

  test('publishes private and symmetric keys, which sign nothing here', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const jwk = { ...(await exportJWK(privateKey)), kid: 'open', alg: 'ES256' }
    const secret = {
      kty: 'oct',
      k: 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I',
      kid: 'shared',
      alg: 'HS256',
    }
    answering('/jwks', json({ keys: [jwk, secret, ...issuer.keys(), null, 7, {}, { kty: 7 }] }))
    const identity = trusting(issuer)
    expect(await refusal(identity, await foreignToken('open', jwk))).toContain('does not publish')
    const mac = await new SignJWT(goodClaims(issuer))
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'shared' })
      .sign(Buffer.from(secret.k, 'base64url'))
    expect(await refusal(identity, mac)).toContain('algorithm')
    expect(await identity.verify(await signed())).toBeDefined()
  })

  test('publishes two keys under one name, so nobody can tell which is meant', async () => {
    const { publicKey } = await generateKeyPair('ES256', { extractable: true })
    const kid = String(issuer.keys()[0]?.kid)
    const twin = { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }
    answering('/jwks', json({ keys: [...issuer.keys(), twin] }))
    expect(await refusal(trusting(issuer), await signed())).toContain('several keys')
  })

  test('publishes keys for encryption under the name of one for signing', async () => {
    answering('/jwks', json({ keys: issuer.keys().map(key => ({ ...key, use: 'enc' })) }))
    expect(await refusal(trusting(issuer), await signed())).toContain('does not publish')
  })

  test('has a certificate that nobody here trusts', async () => {
    const identity = oidc({ issuer: issuer.url, audience: issuer.audience })
    expect(await refusal(identity, await signed())).toMatch(
      /cannot be had \([A-Z_]*(CERT|ISSUER|SIGNATURE)[A-Z_]*\)/,
    )
  })

  test('is reached over http only where that is allowed, and only on this machine', async () => {
    expect(() => oidc({ issuer: 'http://127.0.0.1:9', audience: 'a' })).toThrow(ConfigurationError)
    for (const url of [
      'http://login.corp.example',
      'http://127.0.0.1.evil.example',
      'http://10.0.0.1',
      'ftp://127.0.0.1',
    ]) {
      expect(() => oidc({ issuer: url, audience: 'a', allowInsecureLoopback: true })).toThrow('https only')
    }
    const plain = await plainIssuer()
    const identity = oidc({ issuer: plain.url, audience: issuer.audience, allowInsecureLoopback: true })
    expect(await identity.verify(await signed({ iss: plain.url }))).toMatchObject({ issuer: plain.url })
    await plain.close()
  })

  test('that is reached over https cannot have its keys fetched over http', async () => {
    const plain = await plainIssuer()
    answering(DISCOVERY, json({ issuer: issuer.url, jwks_uri: `${plain.url}/jwks` }))
    expect(await refusal(trusting(issuer), await signed())).toContain('keys cannot be had')
    expect(plain.asked).toEqual([])
    await plain.close()
  })
})

/** An issuer without TLS, with the keys of the real one. */
async function plainIssuer() {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.setHeader('content-type', 'application/json')
    json(request.url === '/jwks' ? { keys: issuer.keys() } : { issuer: url, jwks_uri: `${url}/jwks` })(
      response,
    )
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = async () => {
    server.closeAllConnections()
    await new Promise(done => server.close(done))
  }
  return { url, asked, close }
}

function endless(response: ServerResponse): void {
  const chunk = Buffer.alloc(65_536, ' ')
  const more = (): void => {
    if (!response.destroyed) response.write(chunk, more)
  }
  more()
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000 && !holds(); tries++) await new Promise(done => setTimeout(done, 10))
  expect(holds()).toBe(true)
}
