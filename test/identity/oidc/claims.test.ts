import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decodeJwt } from 'jose'
import type { Claims as ReadClaims } from '../../../src/identity/oidc/claim-values.js'
import { type MappingSettings, principalOf } from '../../../src/identity/oidc/claims.js'
import type { OidcOptions } from '../../../src/identity/oidc/settings.js'
import { TokenRefused } from '../../../src/identity/oidc/verdict.js'
import { readPrincipal } from '../../../src/identity/read-principal.js'
import type { Principal } from '../../../src/model/principal.js'
import { type Claims, type Issuer, startIssuer } from '../../support/issuer.js'
import { goodClaims, refusal, trusting } from './world.js'

interface Fixture {
  readonly about: string
  readonly options: Partial<OidcOptions>
  readonly header: Claims
  /** `iat` and the like are seconds from now. */
  readonly claims: Claims
  /** `null`: refused. */
  readonly principal: Principal | null
}

const folder = fileURLToPath(new URL('../../fixtures/claims/', import.meta.url))
const fixtures = readdirSync(folder).map(file => {
  const fixture: Fixture = JSON.parse(readFileSync(folder + file, 'utf8'))
  return { name: file.replace('.json', ''), ...fixture }
})

let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer()
})
afterAll(() => issuer.close())

/** The fixture as if the test issuer were the vendor: its URL, its key, and now. */
async function here({ claims, header, principal }: Fixture): Promise<{ token: string; expected: unknown }> {
  const now = Math.floor(Date.now() / 1000)
  const times = ['iat', 'nbf', 'exp', 'auth_time'].filter(name => name in claims)
  const moved = Object.fromEntries(times.map(name => [name, now + Number(claims[name])]))
  const vendor = String(claims['iss'])
  const text = JSON.stringify({ ...claims, ...moved }).replaceAll(vendor, issuer.url)
  const expected: unknown = JSON.parse(JSON.stringify(principal).replaceAll(vendor, issuer.url))
  const { typ } = header
  return { token: await issuer.sign(JSON.parse(text), { typ } as { typ: string }), expected }
}

describe('tokens as vendors write them', () => {
  test('are there for each vendor', () => {
    const vendors = ['okta', 'entra', 'google', 'auth0', 'keycloak', 'rfc8693']
    for (const vendor of vendors) expect(fixtures.some(({ name }) => name.startsWith(vendor))).toBe(true)
  })

  test.each(fixtures)('$name: $about', async fixture => {
    const { token, expected } = await here(fixture)
    const { jti } = decodeJwt(token)
    const accept = fixture.options.tokenType === 'id-token' ? { accept: () => true } : {}
    const identity = trusting(issuer, { ...fixture.options, ...accept })
    if (expected === null) return expect(await refusal(identity, token)).toContain('leaves groups out')
    const { expiresAt, tokenId, ...principal } = await identity.verify(token)
    expect(principal).toEqual(expected)
    expect(tokenId).toBe(jti)
    expect(expiresAt).toBeGreaterThan(Date.now())
  })

  test.each(fixtures.filter(({ options }) => options.tokenType === 'jwt'))(
    '$name is refused where marked tokens are asked for, and as an ID token',
    async fixture => {
      const { token } = await here(fixture)
      await refusal(trusting(issuer, { ...fixture.options, tokenType: 'at+jwt' }), token)
    },
  )

  test.each([
    ['of Okta', { ver: 1, amr: ['pwd'], idp: '00o1', auth_time: 0, at_hash: 'x', name: 'A' }],
    ['of Entra ID', { aio: 'x', rh: 'x', uti: 'x', tid: 't', oid: 'o', nonce: 'n', ver: '2.0' }],
    ['of Entra ID without a nonce', { aio: 'x', rh: 'x', uti: 'x', tid: 't', oid: 'o', ver: '2.0' }],
    ['of Keycloak', { typ: 'ID', azp: 'portal', scope: 'openid' }],
    ['of Auth0', { sid: 's', nonce: 'n', nickname: 'a' }],
    ['of Google', { azp: 'x', hd: 'corp.example', email: 'a@corp.example', email_verified: true }],
  ])('an ID token %s is no access token', async (_, extra) => {
    const claims = goodClaims(issuer, { scope: undefined, client_id: undefined, jti: undefined, ...extra })
    const token = await issuer.sign(claims, { typ: 'JWT' })
    expect(await refusal(trusting(issuer, { tokenType: 'jwt' }), token)).toMatch(/access token/)
  })

  test('a Google account of another organisation is kept out by accept', async () => {
    const human = fixtures.find(({ name }) => name === 'google-human')
    if (human === undefined) throw new Error('no fixture')
    const accept = (claims: ReadClaims) => claims['hd'] === 'corp.example'
    const { token } = await here(human)
    expect(await trusting(issuer, { ...human.options, accept }).verify(token)).toBeDefined()
    for (const hd of ['evil.example', undefined]) {
      const { token: foreign } = await here({ ...human, claims: { ...human.claims, hd } })
      expect(await refusal(trusting(issuer, { ...human.options, accept }), foreign)).toContain('accept')
    }
  })
})

const settings: MappingSettings = { groupsPath: ['groups'], agents: new Set(['bot']), trustEmail: false }
const of = (claims: Claims, changed: Partial<MappingSettings> = {}): Principal =>
  principalOf({ iss: 'https://i', sub: 'alice', ...claims }, 1000, { ...settings, ...changed })

describe('groups', () => {
  test('bring the roles that the configuration says, and no others', () => {
    const roles = { a: ['support', 'reader'], b: ['reader'] }
    expect(of({ groups: ['b', 'a', 'c'] }, { roles })).toMatchObject({
      groups: ['b', 'a', 'c'],
      roles: ['reader', 'support'],
    })
    for (const group of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(of({ groups: [group] }, { roles }).roles).toEqual([])
    }
    expect(of({ groups: ['a'], roles: ['admin'] }).roles).toEqual([])
  })

  test('may be mapped by a function, whose mistakes let nobody in', () => {
    const upper = (groups: readonly string[]) => groups.map(group => group.toUpperCase())
    expect(of({ groups: ['a'] }, { roles: upper }).roles).toEqual(['A'])
    for (const wrong of [undefined, 'admin', [7], null, new Promise(() => {})]) {
      expect(() => of({ groups: [] }, { roles: () => wrong as unknown as string[] })).toThrow(
        'roles function',
      )
    }
    const failing = () => {
      throw new Error('secret-in-here')
    }
    expect(() => of({}, { roles: failing })).toThrow(/^The roles function of the configuration gave no list/)
    expect(() => of({}, { accept: failing })).toThrow(/^The accept function of the configuration failed/)
    for (const wrong of [1, 'true', {}, Promise.resolve(true)]) {
      expect(() => of({}, { accept: () => wrong as boolean })).toThrow(TokenRefused)
    }
  })

  test.each([
    ['a text', 'admin'],
    ['an object', { 0: 'admin', length: 1 }],
    ['null', null],
    ['numbers', [7]],
    ['a list in a list', [['admin']]],
    ['an empty name', ['']],
    ['a name with a line break', ['a\nb']],
    ['too many', Array.from({ length: 1001 }, (_, at) => `g${at}`)],
  ])('that are %s are refused', (_, groups) => {
    expect(() => of({ groups })).toThrow('not a list of at most 1000 names')
  })

  test('are found along a path, of own claims only', () => {
    const groupsPath = ['realm_access', 'roles']
    expect(of({ realm_access: { roles: ['a'] } }, { groupsPath }).groups).toEqual(['a'])
    expect(of({ realm_access: {} }, { groupsPath }).groups).toEqual([])
    expect(() => of({ realm_access: 'roles' }, { groupsPath })).toThrow('not where they should be')
    expect(of({}, { groupsPath: ['__proto__', 'roles'] }).groups).toEqual([])
    const inherited = Object.create({ groups: ['admin'], sub: 'root' })
    Object.assign(inherited, { iss: 'https://i', sub: 'alice' })
    expect(principalOf(inherited, 1, settings)).toMatchObject({ subject: 'alice', groups: [] })
  })

  test('that the issuer left out are not no groups', () => {
    for (const cut of [
      { _claim_names: { groups: 'src1' } },
      { hasgroups: true },
      { hasgroups: 'true' },
      { 'groups:src1': 'x' },
      { groups: ['a'], _claim_names: { groups: 'src1' } },
    ]) {
      expect(() => of(cut)).toThrow('leaves groups out')
    }
    expect(of({ hasgroups: true, roles: ['r'] }, { groupsPath: ['roles'] }).groups).toEqual(['r'])
    expect(of({ _claim_names: { address: 'src1' } }).groups).toEqual([])
  })
})

describe('who it is', () => {
  test('an e-mail address counts when it is verified', () => {
    const email = 'alice@corp.example'
    expect(of({ email, email_verified: true }).email).toBe(email)
    for (const email_verified of [false, 'true', 1, null, undefined, {}, ['true']]) {
      expect(of({ email, email_verified })).not.toHaveProperty('email')
    }
    expect(of({ email }, { trustEmail: true }).email).toBe(email)
    for (const wrong of ['alice', 'a@b@c', 'a b@c', '@', 7, ['a@b'], `${'a'.repeat(300)}@b`, 'a@b\n']) {
      expect(of({ email: wrong, email_verified: true })).not.toHaveProperty('email')
    }
  })

  test('a domain that Entra ID has verified counts as such', () => {
    const email = 'alice@corp.example'
    for (const yes of [true, 1, '1', 'true']) expect(of({ email, tid: 't', xms_edov: yes }).email).toBe(email)
    for (const no of [false, 0, '0', 'false', null, {}]) {
      expect(of({ email, tid: 't', xms_edov: no })).not.toHaveProperty('email')
    }
    expect(of({ email, xms_edov: true })).not.toHaveProperty('email')
  })

  test('what is no text is left out', () => {
    expect(of({ name: 7, acr: ['1'], amr: 'mfa' })).toEqual({
      subject: 'alice',
      issuer: 'https://i',
      kind: 'human',
      groups: [],
      roles: [],
      expiresAt: 1000,
    })
    expect(of({ name: 'A', acr: '1', amr: ['mfa'] })).toMatchObject({ name: 'A', acr: '1', amr: ['mfa'] })
  })

  test.each([
    ['a client for itself', { sub: 'x', client_id: 'x' }],
    ['Okta', { sub: 'x', cid: 'x' }],
    ['Auth0', { sub: 'x', azp: 'y', gty: 'client-credentials' }],
    ['Auth0, RFC 9068', { sub: 'x@clients', client_id: 'x' }],
    ['Entra ID', { idtyp: 'app', azp: 'y' }],
    ['Entra ID, version 1', { appid: 'y', appidacr: '1' }],
    ['Keycloak', { preferred_username: 'service-account-y', azp: 'y' }],
    ['Google', { email: 'x@y.iam.gserviceaccount.com' }],
  ])('a program of %s is no person', (_, claims) => {
    expect(of(claims).kind).toBe('service')
  })

  test('an introspected token of a client has the client for a subject', () => {
    const claims = { sub: undefined, client_id: 'bot', active: true }
    expect(of(claims)).toMatchObject({ subject: 'bot', kind: 'agent' })
    expect(() => of({ ...claims, active: undefined })).toThrow('no subject')
  })
})

describe('who acts for whom', () => {
  const nested = (depth: number): unknown =>
    depth === 0 ? undefined : { sub: `a${depth}`, act: nested(depth - 1) }

  test('the outermost actor is the principal, the subject the last', () => {
    expect(of({ act: nested(2) })).toEqual({
      subject: 'a2',
      issuer: 'https://i',
      kind: 'agent',
      groups: [],
      roles: [],
      expiresAt: 1000,
      onBehalfOf: {
        subject: 'a1',
        issuer: 'https://i',
        kind: 'agent',
        groups: [],
        roles: [],
        onBehalfOf: { subject: 'alice', issuer: 'https://i', kind: 'human', groups: [], roles: [] },
      },
    })
  })

  test('act comes before what the client id says', () => {
    expect(of({ client_id: 'bot', act: { sub: 'other' } })).toMatchObject({
      subject: 'other',
      onBehalfOf: { subject: 'alice', kind: 'human' },
    })
    expect(of({ client_id: 'bot' })).toMatchObject({ subject: 'bot', onBehalfOf: { subject: 'alice' } })
    expect(of({ client_id: 'portal' })).not.toHaveProperty('onBehalfOf')
  })

  test('a chain has an end', () => {
    expect(of({ act: nested(7) }).subject).toBe('a7')
    for (const depth of [8, 9, 100, 2000]) expect(() => of({ act: nested(depth) })).toThrow('too many actors')
    const loop: { sub: string; act?: unknown } = { sub: 'a' }
    loop.act = loop
    expect(() => of({ act: loop })).toThrow('too many actors')
  })

  test.each([
    ['a text', 'bot'],
    ['null', null],
    ['a list', [{ sub: 'bot' }]],
    ['an object without a name', {}],
    ['a blank name', { sub: ' ' }],
    ['a name from elsewhere', { sub: 'bot', iss: 'https://evil' }],
    ['a nameless one further in', { sub: 'bot', act: {} }],
    ['false', false],
  ])('an actor that is %s is refused', (_, act) => {
    expect(() => of({ act })).toThrow(/actor/)
  })
})

test('whatever the claims are, there is a sound principal of the right subject or none', () => {
  const names = ['sub', 'groups', 'act', 'name', 'email', 'email_verified', 'amr', 'acr', 'azp', 'hasgroups']
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 4 }),
    fc.array(fc.string()),
    fc.record({ sub: fc.string(), act: fc.object() }),
  )
  const others = fc.dictionary(fc.oneof(fc.constantFrom(...names, '__proto__'), fc.string()), value)
  const claims = fc.oneof(
    others,
    fc.tuple(others, fc.string()).map(([given, sub]) => ({ ...given, sub })),
  )
  let sound = 0
  fc.assert(
    fc.property(claims, given => {
      const whole = { iss: 'https://i', ...given }
      let principal: Principal
      try {
        principal = principalOf(whole, 1000, settings)
      } catch (error) {
        expect(error).toBeInstanceOf(TokenRefused)
        return
      }
      expect(readPrincipal(principal)).toEqual(principal)
      let last: Principal = principal
      while (last.onBehalfOf !== undefined) last = last.onBehalfOf
      expect(last.subject).toBe(given['sub'])
      expect(principal.expiresAt).toBe(1000)
      sound++
    }),
    { numRuns: 3000 },
  )
  expect(sound).toBeGreaterThan(200)
})
