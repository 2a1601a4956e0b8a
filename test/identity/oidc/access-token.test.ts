import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { CompactEncrypt, type CryptoKey, decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { OidcIdentity } from '../../../src/identity/oidc/oidc.js'
import { type Claims, type Issuer, startIssuer } from '../../support/issuer.js'
import { compact, goodClaims, refusal, testClock, trusting } from './world.js'

let issuer: Issuer
let identity: OidcIdentity
/** A key that the issuer knows nothing of. */
let stranger: CryptoKey
beforeAll(async () => {
  issuer = await startIssuer()
  stranger = (await generateKeyPair('RS256')).privateKey
  issuer.addUser('alice', { groups: ['g1'], amr: ['pwd', 'otp'], acr: 'urn:mfa', name: 'Alice' })
  identity = trusting(issuer)
})
afterAll(() => issuer.close())

const signed = (changed: Claims = {}, header: Parameters<Issuer['sign']>[1] = {}): Promise<string> =>
  issuer.sign(goodClaims(issuer, changed), header)
const kid = (): string => String(issuer.keys()[0]?.kid)
const now = (): number => Math.floor(Date.now() / 1000)

describe('a token of the issuer', () => {
  test('of a person makes a person', async () => {
    const { accessToken } = await issuer.signIn('alice')
    expect(await identity.verify(accessToken)).toEqual({
      subject: 'alice',
      issuer: issuer.url,
      kind: 'human',
      name: 'Alice',
      groups: ['g1'],
      roles: [],
      amr: ['pwd', 'otp'],
      acr: 'urn:mfa',
      tokenId: decodeJwt(accessToken).jti,
      expiresAt: expect.any(Number),
    })
  })

  test('of a client makes a service, or an agent where it is listed as one', async () => {
    const token = await issuer.clientToken('billing-bot')
    expect(await identity.verify(token)).toMatchObject({ subject: 'billing-bot', kind: 'service' })
    const knowing = trusting(issuer, { agents: ['billing-bot'] })
    expect(await knowing.verify(token)).toMatchObject({ subject: 'billing-bot', kind: 'agent' })
  })

  test('is a principal for the pipeline, the same one each time, frozen to the bottom', async () => {
    const { accessToken: token } = await issuer.signIn('alice')
    const principal = await identity.verify({ kind: 'token', token })
    expect(principal).toBe(await identity.verify(token))
    expect(Object.isFrozen(principal) && Object.isFrozen(principal?.groups)).toBe(true)
  })

  test('is checked with each algorithm that a provider may use', async () => {
    for (const algorithm of ['ES256', 'PS256', 'EdDSA']) {
      const other = await startIssuer({ algorithm })
      const token = await other.clientToken('bot')
      expect(await trusting(other).verify(token)).toMatchObject({ subject: 'bot' })
      const narrow = trusting(other, { algorithms: ['RS256'] })
      expect(await refusal(narrow, token)).toContain('algorithm')
      await other.close()
    }
  })

  test('for one of several audiences passes, also where the token names several', async () => {
    const wide = trusting(issuer, { audience: ['https://other.test', issuer.audience] })
    expect(await wide.verify(await signed({ aud: ['https://x.test', issuer.audience] }))).toBeDefined()
  })
})

describe('a principal that comes back', () => {
  test('is accepted while its token is good', async () => {
    const clock = testClock()
    const own = trusting(issuer, { clock })
    const principal = await own.verify(await signed())
    expect(await own.verify({ kind: 'asserted', principal })).toBe(principal)
    clock.advance(331_000)
    expect(await own.verify({ kind: 'asserted', principal })).toBeNull()
  })

  test('is not accepted as a copy, from another provider, or made up', async () => {
    const principal = await identity.verify(await signed())
    for (const other of [
      structuredClone(principal),
      { ...principal },
      { subject: 'alice', issuer: issuer.url },
    ]) {
      expect(await identity.verify({ kind: 'asserted', principal: other })).toBeNull()
    }
    expect(await trusting(issuer).verify({ kind: 'asserted', principal })).toBeNull()
  })

  test('ends with the key that vouched for it, and with the revocation of the token', async () => {
    const own = await startIssuer()
    const clock = testClock()
    const revoked = new Set<string>()
    const provider = trusting(own, {
      clock,
      revocation: { isRevoked: ({ tokenId = '' }) => revoked.has(tokenId) },
    })
    const first = await provider.verify(await own.sign(goodClaims(own, { jti: 'one' })))
    const second = await provider.verify(await own.sign(goodClaims(own, { jti: 'two', exp: now() + 3000 })))
    revoked.add('one')
    expect(await provider.verify({ kind: 'asserted', principal: first })).toBeNull()
    expect(await provider.verify({ kind: 'asserted', principal: second })).not.toBeNull()
    await own.rotate({ drop: true })
    clock.advance(600_000)
    expect(await provider.verify({ kind: 'asserted', principal: second })).toBeNull()
    await own.close()
  })
})

describe('a revocation list', () => {
  test('is asked each time, for everybody in the token', async () => {
    const asked: unknown[] = []
    const revocation = { isRevoked: (token: unknown) => asked.push(token) < 0 }
    const token = await signed({ jti: 'j', iat: now(), act: { sub: 'bot' } })
    const own = trusting(issuer, { revocation })
    await own.verify(token)
    await own.verify(token)
    const common = { issuer: issuer.url, tokenId: 'j', issuedAt: expect.any(Number) }
    const once = [
      { ...common, subject: 'bot' },
      { ...common, subject: 'alice' },
    ]
    expect(asked).toEqual([...once, ...once])
  })

  test.each([
    ['fails', () => Promise.reject(new Error('db-password-in-here')), 'cannot be read'],
    ['answers nonsense', () => undefined as unknown as boolean, 'revoked'],
  ])('that %s refuses', async (_, isRevoked, reason) => {
    const own = trusting(issuer, { revocation: { isRevoked } })
    expect(await refusal(own, await signed(), 'db-password-in-here')).toContain(reason)
  })
})

describe('a hostile token', () => {
  test('without a signature', async () => {
    const claims = goodClaims(issuer)
    for (const alg of ['none', 'None', 'NONE', '', undefined, null, ['RS256'], 'RS257']) {
      const header = { alg, typ: 'at+jwt', kid: kid() }
      expect(await refusal(identity, compact(header, claims))).toContain('not a signed JWT')
      expect(await refusal(identity, compact(header, claims, 'AAAA'))).toContain('algorithm')
    }
  })

  test('signed with the public key as if it were a secret', async () => {
    const [jwk] = issuer.keys()
    const pem = createPublicKey({ key: { ...jwk }, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
    const token = compact({ alg: 'HS256', typ: 'at+jwt', kid: kid() }, goodClaims(issuer))
    const mac = createHmac('sha256', pem).update(token.slice(0, -1)).digest('base64url')
    expect(await refusal(identity, token + mac)).toContain('algorithm')
  })

  test('signed with another key under the kid of the issuer’s', async () => {
    const forged = await new SignJWT(goodClaims(issuer))
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: kid() })
      .sign(stranger)
    expect(await refusal(identity, forged)).toContain('signature')
  })

  test('that brings its key along, or says where to fetch it', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
    const jwk = await exportJWK(publicKey)
    const before = issuer.requests.length
    for (const extra of [
      { jwk },
      { jku: `${issuer.url}/stolen` },
      { x5u: `${issuer.url}/stolen` },
      { x5c: ['AAAA'] },
      { kid: `${issuer.url}/stolen` },
    ]) {
      const forged = await new SignJWT(goodClaims(issuer))
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: kid(), ...extra })
        .sign(privateKey)
      await refusal(identity, forged)
    }
    expect(issuer.requests.slice(before).filter(line => line.includes('stolen'))).toEqual([])
  })

  test.each([
    ['a path', '../../../../dev/null'],
    ['SQL', "' UNION SELECT 'secret' --"],
    ['a prototype', '__proto__'],
    ['a constructor', 'constructor'],
    ['a command', '$(id)'],
    ['a zero', '\u0000'],
    ['a long text', 'a'.repeat(4000)],
    ['nothing', ''],
  ])('with %s as key id', async (_, wanted) => {
    const forged = await new SignJWT(goodClaims(issuer))
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: wanted })
      .sign(stranger)
    expect(await refusal(identity, forged)).toContain('does not publish')
  })

  test('with a key id that is no text', async () => {
    for (const wanted of [7, null, {}, ['a']]) {
      const token = compact({ alg: 'RS256', typ: 'at+jwt', kid: wanted }, goodClaims(issuer), 'AAAA')
      expect(await refusal(identity, token)).toContain('kid')
    }
  })

  test.each([
    ['b64=false', { b64: false, crit: ['b64'] }],
    ['b64 alone', { b64: false }],
    ['an extension', { crit: ['exp'], exp: 1 }],
    ['an empty crit', { crit: [] }],
  ])('that demands %s', async (_, extra) => {
    const token = compact({ alg: 'RS256', typ: 'at+jwt', kid: kid(), ...extra }, goodClaims(issuer), 'AAAA')
    expect(await refusal(identity, token)).toContain('crit')
  })

  test('that is encrypted, or holds another token', async () => {
    const { publicKey } = await generateKeyPair('RSA-OAEP')
    const inner = await signed()
    const encrypted = await new CompactEncrypt(Buffer.from(inner))
      .setProtectedHeader({ alg: 'RSA-OAEP', enc: 'A256GCM', cty: 'JWT', typ: 'at+jwt' })
      .encrypt(publicKey)
    expect(await refusal(identity, encrypted)).toContain('encrypted')
    expect(
      await refusal(
        identity,
        compact({ alg: 'RS256', typ: 'at+jwt', cty: 'JWT', kid: kid() }, inner, 'AAAA'),
      ),
    ).toContain('signature')
  })

  test.each([
    ['nothing', ''],
    ['a blank', ' '],
    ['one part', 'abc'],
    ['two parts', 'abc.def'],
    ['four parts', 'a.b.c.d'],
    ['a thousand parts', 'a.'.repeat(1000)],
    ['dots', '..'],
    ['not base64url', '!!!.###.$$$'],
    ['padding', 'eyJhbGciOiJSUzI1NiJ9==.e30.AAAA'],
    ['a header that is no object', compact('[]', {}, 'AAAA')],
    ['a header that is not JSON', compact('{', {}, 'AAAA')],
    ['a header that is not UTF-8', `${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.e30.AAAA`],
    ['a deep header', compact(`${'['.repeat(4000)}${']'.repeat(4000)}`, {}, 'AAAA')],
  ])('that is %s', async (_, token) => {
    await refusal(identity, token)
  })

  test('that is no text at all', async () => {
    for (const token of [undefined, null, 7, {}, ['a.b.c'], Buffer.from('a.b.c')]) {
      expect(await identity.verify({ kind: 'token', token: token as string })).toBeNull()
    }
  })

  test('that is huge is refused unread', async () => {
    const before = issuer.requests.length
    const fresh = trusting(issuer)
    expect(await refusal(fresh, await signed({ pad: 'x'.repeat(20_000) }))).toContain('too long')
    expect(await refusal(fresh, 'a'.repeat(10_000_000))).toContain('too long')
    expect(issuer.requests).toHaveLength(before)
    const roomy = trusting(issuer, { maxTokenLength: 40_000 })
    expect(await roomy.verify(await signed({ pad: 'x'.repeat(20_000) }))).toBeDefined()
  })

  test.each([
    ['of another issuer', { iss: 'https://evil.example' }, 'another issuer'],
    ['of the issuer with a slash', { iss: 'x' }, 'another issuer'],
    ['of no issuer', { iss: undefined }, 'another issuer'],
    ['of a list of issuers', { iss: ['https://127.0.0.1'] }, 'another issuer'],
    ['for another audience', { aud: 'https://other.example' }, 'another audience'],
    ['for no audience', { aud: undefined }, 'another audience'],
    ['for an empty list', { aud: [] }, 'another audience'],
    ['for an audience in an object', { aud: { 0: 'https://cardea.test/database' } }, 'another audience'],
    ['for a longer audience', { aud: 'https://cardea.test/database/x' }, 'another audience'],
    ['that has expired', { iat: now() - 600, exp: now() - 31 }, 'expired'],
    ['that is not valid yet', { nbf: now() + 3600 }, 'not valid yet'],
    ['from the future', { iat: now() + 3600, exp: now() + 3900 }, 'future'],
    ['without an end', { exp: undefined }, 'no expiry'],
    ['without a beginning', { iat: undefined }, 'when it was issued'],
    ['with an end in words', { exp: '4102444800' }, 'exp is not a time'],
    ['with a null end', { exp: null }, 'exp is not a time'],
    ['with an end in a list', { exp: [4102444800] }, 'exp is not a time'],
    ['with an end before 1970', { exp: -1 }, 'exp is not a time'],
    ['with an end in milliseconds', { exp: Date.now() + 60_000 }, 'exp is not a time'],
    ['that lives too long', { exp: now() + 90_000 }, 'lives longer'],
    ['with a start in words', { nbf: '0' }, 'nbf is not a time'],
    ['of nobody', { sub: undefined }, 'no subject'],
    ['of an empty name', { sub: '' }, 'no subject'],
    ['of a blank name', { sub: ' \t' }, 'no subject'],
    ['of a number', { sub: 7 }, 'no subject'],
    ['of a name with a line break', { sub: 'alice\nroot' }, 'no subject'],
    ['of a name that is written backwards', { sub: 'alice\u202etoor' }, 'no subject'],
    ['of a name with a zero', { sub: 'alice\u0000' }, 'no subject'],
    ['of a name without end', { sub: 'a'.repeat(256) }, 'no subject'],
  ])('%s', async (_, changed, reason) => {
    expect(await refusal(identity, await signed(changed))).toContain(reason)
  })

  test('with an issuer that differs in a letter, a slash or case', async () => {
    const { url } = issuer
    for (const iss of [`${url}/`, url.toUpperCase(), url.replace('127.0.0.1', 'localhost'), ` ${url}`]) {
      expect(await refusal(identity, await signed({ iss }))).toContain('another issuer')
    }
  })

  test.each(['1e400', 'NaN', '-1e400', '9007199254740993e300', '"1e9"', 'true'])(
    'with the end %s',
    async exp => {
      const claims = JSON.stringify(goodClaims(issuer)).replace(/"exp":\d+/, `"exp":${exp}`)
      await refusal(identity, await signRaw(claims))
    },
  )

  test('with a claim twice is read as one, the last, and never mixed', async () => {
    const claims = JSON.stringify(goodClaims(issuer, { aud: 'https://other.example' }))
    const twice = claims.replace('{', `{"aud":${JSON.stringify(issuer.audience)},`)
    expect(await refusal(identity, await signRaw(twice))).toContain('audience')
  })

  test('with claims that are not an object', async () => {
    for (const payload of ['[]', 'null', '"text"', '7', '{', '\ufeff{}', '']) {
      await refusal(identity, await signRaw(payload))
    }
    expect(await refusal(identity, await signRaw(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])))).toContain(
      'JSON',
    )
  })

  test('with claims that try to become everybody’s', async () => {
    const claims = JSON.stringify(goodClaims(issuer)).replace(
      '{',
      '{"__proto__":{"groups":["admin"],"email_verified":true},"constructor":{"prototype":{"groups":["admin"]}},',
    )
    const principal = await identity.verify(await signRaw(claims))
    expect(principal).toMatchObject({ subject: 'alice', groups: [], roles: [] })
    expect(({} as { groups?: unknown }).groups).toBeUndefined()
    const bare = JSON.stringify(goodClaims(issuer, { sub: undefined })).replace(
      '{',
      '{"__proto__":{"sub":"root"},',
    )
    expect(await refusal(identity, await signRaw(bare))).toContain('no subject')
  })

  test('that is good, with any one byte of it changed', async () => {
    const token = await signed()
    expect(await identity.verify(token)).toBeDefined()
    const at = fc.nat(token.length - 1)
    await fc.assert(
      fc.asyncProperty(at, fc.integer({ min: 1, max: 255 }), async (index, by) => {
        const changed = String.fromCharCode((token.charCodeAt(index) + by) % 256)
        const mutant = token.slice(0, index) + changed + token.slice(index + 1)
        expect(await identity.verify({ kind: 'token', token: mutant })).toBeNull()
      }),
      { numRuns: 2000 },
    )
    // The last letter of a signature holds bits that mean nothing.
    for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
      const mutant = token.slice(0, -1) + last
      if (mutant !== token) expect(await identity.verify({ kind: 'token', token: mutant })).toBeNull()
    }
  })

  test('that is cut, doubled or joined with another', async () => {
    const [token, other] = [await signed(), await signed({ sub: 'bob' })]
    const [header = '', payload = '', signature = ''] = token.split('.')
    const [, otherPayload = '', otherSignature = ''] = other.split('.')
    for (const mutant of [
      token.slice(0, -1),
      `${token}A`,
      `${token}.`,
      `.${token}`,
      ` ${token}`,
      `${token}\n`,
      `Bearer ${token}`,
      token + token,
      `${header}.${otherPayload}.${signature}`,
      `${header}.${payload}.${otherSignature}`,
      `${header}.${payload}.`,
    ]) {
      await refusal(identity, mutant)
    }
  })

  async function signRaw(payload: string | Uint8Array): Promise<string> {
    // The issuer's own key, with a payload that no JSON writer would make.
    const { CompactSign } = await import('jose')
    return issuer.signWith((key, kid) =>
      new CompactSign(typeof payload === 'string' ? Buffer.from(payload) : payload)
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid })
        .sign(key),
    )
  }
})

describe('the kind of token', () => {
  test('an ID token of the real issuer is no access token, whatever is configured', async () => {
    const { idToken = '' } = await issuer.signIn('alice')
    for (const tokenType of ['at+jwt', 'jwt'] as const) {
      const careless = trusting(issuer, { audience: issuer.publicClient, tokenType })
      expect(await refusal(careless, idToken)).toMatch(/access token/)
    }
    const google = trusting(issuer, {
      audience: issuer.publicClient,
      tokenType: 'id-token',
      accept: () => true,
    })
    expect(await google.verify(idToken)).toMatchObject({ subject: 'alice', kind: 'human' })
  })

  test.each([
    undefined,
    'JWT',
    'jwt',
    'logout+jwt',
    'dpop+jwt',
    'oauth-id-jag+jwt',
    'at+jwt2',
    'secevent+jwt',
    7,
  ])('typ %j is not that of RFC 9068', async typ => {
    const header = { typ } as Parameters<Issuer['sign']>[1]
    expect(await refusal(identity, await signed({}, header))).toContain('typ at+jwt')
  })

  test.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'application/AT+jwt'])('typ %j is', async typ => {
    expect(await identity.verify(await signed({}, { typ }))).toBeDefined()
  })

  test('jwt takes tokens that say nothing, but no others', async () => {
    const lenient = trusting(issuer, { tokenType: 'jwt' })
    for (const typ of [undefined, 'JWT', 'at+jwt', 'application/okta-internal-at+jwt']) {
      const header = { typ } as Parameters<Issuer['sign']>[1]
      expect(await lenient.verify(await signed({}, header))).toBeDefined()
    }
    for (const typ of ['logout+jwt', 'dpop+jwt', 'oauth-id-jag+jwt', 'secevent+jwt', 'JWS', '']) {
      expect(await refusal(lenient, await signed({}, { typ }))).toContain('something else')
    }
    const bare = { scope: undefined, client_id: undefined }
    expect(await refusal(lenient, await signed({ ...bare, azp: 'x' }, { typ: 'JWT' }))).toContain(
      'Nothing in the token',
    )
    for (const marked of [
      { nonce: 'n' },
      { at_hash: 'h' },
      { c_hash: 'h' },
      { typ: 'ID' },
      { typ: 'Refresh' },
    ]) {
      expect(await refusal(lenient, await signed(marked, { typ: 'JWT' }))).toContain('not an access token')
    }
  })

  test('id-token takes no access token', async () => {
    const google = trusting(issuer, { tokenType: 'id-token', accept: () => true })
    await refusal(google, await signed())
    await refusal(google, await signed({ typ: 'Bearer' }, { typ: 'JWT' }))
  })
})

describe('single use', () => {
  test('admits a token once, though its principal goes on', async () => {
    const own = trusting(issuer, { singleUse: true })
    const token = await signed({ jti: 'once' })
    const principal = await own.verify(token)
    expect(await own.verify({ kind: 'asserted', principal })).toBe(principal)
    expect(await refusal(own, token)).toContain('used before')
    expect(await refusal(own, await signed({ jti: 'once', sub: 'bob' }))).toContain('used before')
    expect(await refusal(own, await signed({ jti: undefined }))).toContain('no id')
  })

  test('of many who present it at once, one is admitted', async () => {
    const own = trusting(issuer, { singleUse: true })
    const token = await signed()
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => own.verify(token)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test('is not got round by the second spelling of an ECDSA signature', async () => {
    const own = await startIssuer({ algorithm: 'ES256' })
    const provider = trusting(own, { singleUse: true })
    const token = await own.sign(goodClaims(own))
    const [header, payload, signature = ''] = token.split('.')
    const bytes = Buffer.from(signature, 'base64url')
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    const s = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
    const twin = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
    await provider.verify(token)
    expect(await refusal(provider, `${header}.${payload}.${twin.toString('base64url')}`)).toContain(
      'used before',
    )
    await own.close()
  })
})

test('keys that are too weak to prove anything do not', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const own = await startIssuer()
  own.intercept((request, response) => {
    if (request.url !== '/jwks') return false
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'weak', alg: 'RS256', use: 'sig' }
    response.end(JSON.stringify({ keys: [jwk] }))
    return true
  })
  const head = compact({ alg: 'RS256', typ: 'at+jwt', kid: 'weak' }, goodClaims(own)).slice(0, -1)
  const token = `${head}.${sign('sha256', Buffer.from(head), privateKey).toString('base64url')}`
  expect(await refusal(trusting(own), token)).toContain('signature')
  await own.close()
})
