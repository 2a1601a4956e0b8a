/** Tokens for agents: what is accepted is exactly what was minted, registered and not taken back. */
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { SignJWT } from 'jose'
import { agentTokens } from '../../../src/identity/agent-tokens/agent-tokens.js'
import { mintAgentToken } from '../../../src/identity/agent-tokens/mint.js'
import { asked, claimsIn, forged, house, ISSUER, NOW, operator, PEOPLE } from './support.js'

const HOUR = 3_600_000

describe('a minted token', () => {
  test('names the agent, the person behind it, the roles and the end', async () => {
    const { make, verify } = house()
    const { token, entry } = await make()
    expect(await verify(token)).toEqual({
      subject: 'reporting',
      issuer: ISSUER,
      kind: 'agent',
      roles: ['support', 'reports'],
      tokenId: entry.id,
      expiresAt: NOW + HOUR,
      onBehalfOf: { subject: 'alice', issuer: PEOPLE, email: 'alice@corp.example', kind: 'human' },
    })
  })

  test('is in the register before it is handed out, and the register does not hold it', async () => {
    const { make, register } = house()
    const { token, entry } = await make()
    expect(register.entries).toEqual([entry])
    expect(entry.mintedBy).toEqual({ subject: 'olivia', issuer: PEOPLE })
    const kept = JSON.stringify(register.entries)
    for (const part of token.split('.')) expect(kept).not.toContain(part)
  })

  test('is not handed out when the register cannot take it', async () => {
    const { make, register } = house()
    register.state.down = true
    await expect(make()).rejects.toThrow()
  })

  test('is accepted at once by a verifier whose picture of the register is older', async () => {
    const { make, verify } = house()
    expect(await verify((await make()).token)).not.toBeNull()
    expect(await verify((await make()).token)).not.toBeNull()
  })

  test('ends on time to the millisecond', async () => {
    const { make, verify, time } = house()
    const { token } = await make({ lifetimeMs: 60_000 })
    time.now = NOW + 59_999
    expect(await verify(token)).not.toBeNull()
    time.now = NOW + 60_000
    expect(await verify(token)).toBeNull()
  })

  test('carries only what the mint was asked for', async () => {
    const { make } = house()
    const { token } = await make({ sponsor: { subject: 'alice', issuer: PEOPLE } })
    expect(Object.keys(claimsIn(token)).sort()).toEqual(
      ['aud', 'exp', 'iat', 'iss', 'jti', 'nbf', 'roles', 'sponsor', 'sub'].sort(),
    )
    expect(claimsIn(token)['sponsor']).toEqual({ sub: 'alice', iss: PEOPLE })
  })
})

describe('the mint refuses', () => {
  test.each([
    ['more than 24 hours', { lifetimeMs: 24 * HOUR + 1000 }],
    ['less than a second', { lifetimeMs: 0 }],
    ['a negative lifetime', { lifetimeMs: -HOUR }],
    ['a lifetime that is no number', { lifetimeMs: Number.NaN }],
    ['an endless lifetime', { lifetimeMs: Number.POSITIVE_INFINITY }],
    ['an agent as its own sponsor', { sponsor: { subject: 'reporting', issuer: PEOPLE } }],
    ['another spelling of that', { sponsor: { subject: 'Ｒeporting', issuer: PEOPLE } }],
    ['a sponsor that is an agent', { sponsor: { subject: 'x', issuer: PEOPLE, kind: 'agent' as const } }],
    ['a sponsor that is a service', { sponsor: { subject: 'x', issuer: PEOPLE, kind: 'service' as const } }],
    ['a sponsor whom the agents’ own issuer names', { sponsor: { subject: 'other-agent', issuer: ISSUER } }],
    ['a sponsor without a name', { sponsor: { subject: ' ', issuer: PEOPLE } }],
    ['a sponsor without an issuer', { sponsor: { subject: 'alice', issuer: '' } }],
    ['an agent without an id', { agent: '' }],
    ['an agent with a line break in its id', { agent: 'a\nb' }],
    ['an agent with an endless id', { agent: 'a'.repeat(256) }],
    ['a nameless role', { roles: [''] }],
    ['countless roles', { roles: Array.from({ length: 33 }, (_, at) => `r${at}`) }],
    ['an agent that mints', { mintedBy: { ...operator, kind: 'agent' as const } }],
    ['a service that mints', { mintedBy: { ...operator, kind: 'service' as const } }],
    ['somebody who mints for another', { mintedBy: { ...operator, onBehalfOf: operator } }],
  ])('%s', async (_, change) => {
    const { make, register } = house()
    await expect(make(change)).rejects.toMatchObject({ code: 'CARDEA_CONFIGURATION' })
    expect(register.entries).toEqual([])
  })

  test('a key that is not Ed25519, without repeating it', async () => {
    const { mint } = house()
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const pem = rsa.export({ type: 'pkcs8', format: 'pem' }).toString()
    for (const signingKey of [rsa, pem, 'nonsense']) {
      const error = await mintAgentToken(asked, { ...mint, signingKey }).catch(each => each)
      expect(error.code).toBe('CARDEA_CONFIGURATION')
      expect(JSON.stringify([error.message, error.stack, String(error.cause)])).not.toContain(
        pem.slice(100, 140),
      )
    }
  })

  test('a sponsor whose access was revoked, and one about whom nobody can say', async () => {
    const { make, revoked, lists, register } = house()
    revoked.push(({ issuer, subject }) => issuer === PEOPLE && subject === 'alice')
    await expect(make()).rejects.toMatchObject({ code: 'CARDEA_CONFIGURATION' })
    lists.down = true
    await expect(make({ sponsor: { subject: 'bob', issuer: PEOPLE } })).rejects.toThrow()
    expect(register.entries).toEqual([])
  })

  test('nobody 24 hours', async () => {
    const { make, verify } = house()
    expect(await verify((await make({ lifetimeMs: 24 * HOUR })).token)).not.toBeNull()
  })
})

describe('refused is a token', () => {
  test('of another credential kind, or none', async () => {
    const { verifier, verify } = house()
    expect(await verifier().verify({ kind: 'asserted', principal: operator })).toBeNull()
    const odd: unknown[] = ['', '.', '..', 'a.b.c', 'opaque', null, 7, {}, 'x'.repeat(1_000_000)]
    for (const token of odd) expect(await verify(token as string)).toBeNull()
  })

  test('with alg none, however spelled and signed', async () => {
    const { make, verify } = house()
    const { token } = await make()
    const [, payload, signature] = token.split('.')
    for (const alg of ['none', 'None', 'NONE', '', null, undefined, 'EdDSA ', 'Ed25519', 'HS256', 'ES256']) {
      const header = Buffer.from(JSON.stringify({ alg, typ: 'cardea-agent+jwt' })).toString('base64url')
      expect(await verify(`${header}.${payload}.`)).toBeNull()
      expect(await verify(`${header}.${payload}.${signature}`)).toBeNull()
    }
  })

  test('signed with the public key as a secret', async () => {
    const { make, verify, publicKey } = house()
    const claims = claimsIn((await make()).token)
    const pem = publicKey.export({ type: 'spki', format: 'pem' })
    const der = publicKey.export({ type: 'spki', format: 'der' })
    const { x = '' } = publicKey.export({ format: 'jwk' })
    for (const secret of [Buffer.from(pem), der, Buffer.from(x, 'base64url'), Buffer.from(x)]) {
      const kid = JSON.parse(
        Buffer.from((await make()).token.split('.')[0] ?? '', 'base64url').toString(),
      ).kid
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', typ: 'cardea-agent+jwt', kid })
        .sign(secret)
      expect(await verify(token)).toBeNull()
    }
  })

  test('signed by another key, under its own name, ours, or with itself in the header', async () => {
    const { make, verify } = house()
    const { token } = await make()
    const [head = ''] = token.split('.')
    const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString())
    const thief = generateKeyPairSync('ed25519')
    const jwk = thief.publicKey.export({ format: 'jwk' })
    const headers = [
      {},
      { kid },
      { kid, jwk },
      { kid: '../../dev/null' },
      { kid, jku: 'https://evil.example' },
    ]
    for (const header of headers) {
      expect(await verify(await forged(thief.privateKey, claimsIn(token), header))).toBeNull()
    }
  })

  test('with our key but without its name, of another type, or with extensions', async () => {
    const { make, verify, privateKey } = house()
    const claims = claimsIn((await make()).token)
    expect(await verify(await forged(privateKey, claims))).not.toBeNull()
    const headers = [{ kid: undefined }, { typ: 'JWT' }, { typ: undefined }, { typ: 'at+jwt' }]
    for (const header of headers) expect(await verify(await forged(privateKey, claims, header))).toBeNull()
    const extended = forged(privateKey, claims, { crit: ['x'], x: 1 }).catch(() => 'cannot be made')
    expect(await verify(await extended)).toBeNull()
  })

  test.each(['iss', 'aud', 'sub', 'jti', 'iat', 'nbf', 'exp', 'roles', 'sponsor'])(
    'without %s, or with another value there',
    async claim => {
      const { make, verify, privateKey } = house()
      const { token, entry } = await make()
      const claims = claimsIn(token)
      const others: Record<string, unknown[]> = {
        jti: ['', 'unknown', [entry.id], null],
        roles: [['support', 'reports', 'admin'], [], 'support', null],
        sponsor: [
          { sub: 'bob', iss: PEOPLE },
          { sub: 'alice', iss: ISSUER },
          { sub: 'alice' },
          { iss: PEOPLE },
          'alice',
          null,
          { sub: 'alice', iss: PEOPLE, email: 'ceo@corp.example' },
        ],
        exp: [Number(claims['exp']) + 1, `${claims['exp']}`, null],
        iat: [Number(claims['iat']) - 1, null],
        nbf: [Number(claims['nbf']) - 1, null],
      }
      for (const value of [undefined, ...(others[claim] ?? ['another', ['cardea', 'another'], null, ''])]) {
        expect(await verify(await forged(privateKey, { ...claims, [claim]: value }))).toBeNull()
      }
    },
  )

  test('with a claim too many', async () => {
    const { make, verify, privateKey } = house()
    const claims = claimsIn((await make()).token)
    expect(await verify(await forged(privateKey, { ...claims, act: { sub: 'root' } }))).toBeNull()
  })

  test('that lives longer than 24 hours, though signed and registered', async () => {
    const { make, verify, privateKey, register } = house()
    const { token, entry } = await make()
    const expiresAt = entry.issuedAt + 25 * HOUR
    register.entries[0] = { ...entry, expiresAt }
    expect(await verify(await forged(privateKey, { ...claimsIn(token), exp: expiresAt / 1000 }))).toBeNull()
  })

  test('whose sponsor is an agent, itself or nobody, though signed and registered', async () => {
    const { make, verify, privateKey, register } = house()
    const { token, entry } = await make()
    const wrong = [
      { subject: 'reporting', issuer: PEOPLE },
      { subject: 'other-agent', issuer: ISSUER },
      { subject: '', issuer: '' },
    ]
    for (const sponsor of wrong) {
      register.entries[0] = { ...entry, sponsor }
      const claim = { sub: sponsor.subject, iss: sponsor.issuer }
      expect(await verify(await forged(privateKey, { ...claimsIn(token), sponsor: claim }))).toBeNull()
    }
  })

  test('from the future', async () => {
    const { make, verify, time } = house()
    time.now = NOW + 60_000
    const { token } = await make()
    time.now = NOW
    expect(await verify(token)).toBeNull()
    time.now = NOW + 40_000
    expect(await verify(token)).not.toBeNull()
  })

  test('that is not in the register, also when a picture of it is known', async () => {
    const { make, verify, register, time } = house()
    const { token } = await make()
    expect(await verify(token)).not.toBeNull()
    register.entries.length = 0
    time.now = NOW + 2_000
    expect(await verify(token)).toBeNull()
    const fresh = house()
    expect(await fresh.verify(await forged(fresh.privateKey, claimsIn(token)))).toBeNull()
  })

  test('that was revoked, within the time that a picture of the register lasts', async () => {
    const { make, verify, time, register } = house()
    const { token, entry } = await make()
    expect(await verify(token)).not.toBeNull()
    await register.store.revoke(entry.id, { at: NOW, by: operator, why: 'lost' })
    time.now = NOW + 2_000
    expect(await verify(token)).toBeNull()
  })

  test.each([
    [
      'token',
      (entry: { id: string }) =>
        ({ tokenId }: { tokenId?: string }) =>
          tokenId === entry.id,
    ],
    [
      'agent',
      () =>
        ({ subject, issuer }: { subject: string; issuer: string }) =>
          subject === 'reporting' && issuer === ISSUER,
    ],
    [
      'sponsor',
      () =>
        ({ subject, issuer, issuedAt }: { subject: string; issuer: string; issuedAt?: number }) =>
          subject === 'alice' && issuer === PEOPLE && issuedAt === NOW,
    ],
  ])('whose %s is on the revocation list', async (_, matches) => {
    const { make, verify, revoked } = house()
    const { token, entry } = await make()
    expect(await verify(token)).not.toBeNull()
    revoked.push(matches(entry))
    expect(await verify(token)).toBeNull()
  })

  test('of which a revocation list says anything but no', async () => {
    const { make, verify, mint, publicKey } = house()
    const { token } = await make()
    for (const answer of [undefined, null, 0, '', 'no']) {
      const revocations = { isRevoked: () => answer as unknown as boolean }
      expect(await verify(token, agentTokens({ ...mint, publicKeys: [publicKey], revocations }))).toBeNull()
    }
  })

  test('when any of its bytes is another', async () => {
    const { make, verify } = house()
    const { token } = await make()
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\0'
    await fc.assert(
      fc.asyncProperty(
        fc.nat(token.length - 1),
        fc.constantFrom(...alphabet),
        fc.constantFrom('replace', 'insert', 'drop'),
        async (at, character, how) => {
          const kept = how === 'insert' ? at : at + 1
          const changed = token.slice(0, at) + (how === 'drop' ? '' : character) + token.slice(kept)
          fc.pre(changed !== token)
          expect(await verify(changed)).toBeNull()
        },
      ),
      { numRuns: 400 },
    )
    // The last character has bits that are no part of the signature.
    for (const character of alphabet) {
      const changed = token.slice(0, -1) + character
      if (changed !== token) expect(await verify(changed)).toBeNull()
    }
    for (const changed of [`${token}=`, `${token}.`, ` ${token}`, `${token}\n`]) {
      expect(await verify(changed)).toBeNull()
    }
  })
})

describe('while the register cannot be read', () => {
  test('what was known counts for a quarter of a minute, then nobody is let in', async () => {
    const { make, verify, register, time } = house()
    const { token } = await make()
    expect(await verify(token)).not.toBeNull()
    register.state.down = true
    time.now = NOW + 14_000
    expect(await verify(token)).not.toBeNull()
    time.now = NOW + 15_000
    await expect(verify(token)).rejects.toThrow()
    register.state.down = false
    expect(await verify(token)).not.toBeNull()
  })

  test('a verifier that never read it lets nobody in', async () => {
    const { make, verifier, verify, register } = house()
    const { token } = await make()
    register.state.down = true
    await expect(verify(token, verifier())).rejects.toThrow()
  })

  test('an unknown token is an error and not an answer', async () => {
    const { make, verify, register } = house()
    await verify((await make()).token)
    const { token } = await make()
    register.state.down = true
    await expect(verify(token)).rejects.toThrow()
  })

  test('and neither while the revocation list cannot', async () => {
    const { make, verify, lists } = house()
    const { token } = await make()
    lists.down = true
    await expect(verify(token)).rejects.toThrow()
  })
})

describe('a host program that asks itself', () => {
  test('gets the principal, which is as good as its token for as long as that lasts', async () => {
    const { make, verifier, time, revoked } = house()
    const identity = verifier()
    const { token } = await make()
    const principal = await identity.verify(token)
    expect(principal).toMatchObject({ subject: 'reporting', kind: 'agent' })
    expect(Object.isFrozen(principal) && Object.isFrozen(principal.onBehalfOf)).toBe(true)
    const again = () => identity.verify({ kind: 'asserted', principal })
    expect(await again()).toEqual(principal)
    expect(await identity.verify({ kind: 'asserted', principal: { ...principal } })).toBeNull()
    revoked.push(({ subject }) => subject === 'alice')
    expect(await again()).toBeNull()
    revoked.length = 0
    time.now = NOW + HOUR
    expect(await again()).toBeNull()
  })

  test('is told no by an error that holds nothing of the token', async () => {
    const { make, verifier, register } = house()
    const identity = verifier()
    const { token } = await make()
    const refusals = [await identity.verify(`${token}x`).catch(error => error)]
    register.state.down = true
    refusals.push(await identity.verify(token).catch(error => error))
    for (const error of refusals) {
      expect(error).toMatchObject({ code: 'CARDEA_IDENTITY_REFUSED' })
      expect(`${error.stack} ${error.cause}`).not.toContain(token.split('.')[1])
    }
  })
})

describe('set-up', () => {
  test('needs an issuer and public keys of the right kind', () => {
    const { register, revocations, publicKey, privateKey } = house()
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey
    const options = { issuer: ISSUER, publicKeys: [publicKey], store: register.store, revocations }
    expect(agentTokens(options).name).toBe('agent tokens')
    for (const wrong of [
      { issuer: '' },
      { audience: '' },
      { publicKeys: [] },
      { publicKeys: [privateKey] },
      { publicKeys: [pem] },
      { publicKeys: [rsa] },
      { publicKeys: ['nonsense'] },
    ]) {
      expect(() => agentTokens({ ...options, ...wrong })).toThrow(
        expect.objectContaining({ code: 'CARDEA_CONFIGURATION' }),
      )
    }
  })

  test('takes the old key and the new one while a key is replaced', async () => {
    const one = house()
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const store = one.register.store
    const both = agentTokens({ ...one.mint, publicKeys: [one.publicKey, publicKey] })
    const old = await one.make()
    const fresh = await mintAgentToken(asked, { ...one.mint, signingKey: privateKey, store })
    expect(await one.verify(old.token, both)).not.toBeNull()
    expect(await one.verify(fresh.token, both)).not.toBeNull()
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const next = agentTokens({ ...one.mint, publicKeys: [pem] })
    expect(await one.verify(old.token, next)).toBeNull()
    expect(await one.verify(fresh.token, next)).not.toBeNull()
  })
})
