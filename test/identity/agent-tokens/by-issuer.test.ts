/** Several issuers: each token has exactly one judge. */
import { expect, test } from '@jest/globals'
import { identityByIssuer } from '../../../src/identity/by-issuer.js'
import type { TokenIdentity } from '../../../src/identity/token-identity.js'
import type { Principal } from '../../../src/model/principal.js'
import { bearer } from './support.js'

const A = 'https://a.example'
const B = 'https://b.example'

function jwt(claims: unknown): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part(claims)}.sig`
}

/** Accepts everything as `principal`, and counts how often it was asked. */
function gullible(principal: Principal | null | Error) {
  const asked = { times: 0 }
  const verify = async () => {
    asked.times += 1
    if (principal instanceof Error) throw principal
    return principal
  }
  const provider: TokenIdentity = { name: 'gullible', verify: verify as TokenIdentity['verify'] }
  return { provider, asked }
}

test('a token goes to the provider of its issuer and to no other', async () => {
  const a = gullible({ subject: 'x', issuer: A })
  const b = gullible({ subject: 'y', issuer: B })
  const identity = identityByIssuer({ issuers: { [A]: a.provider, [B]: b.provider } })
  expect(await identity.verify(bearer(jwt({ iss: B })))).toEqual({ subject: 'y', issuer: B })
  expect([a.asked.times, b.asked.times]).toEqual([0, 1])
})

test('the outage and the refusal of one never become the acceptance of another', async () => {
  const away = gullible(new Error('away'))
  const refusing = gullible(null)
  const b = gullible({ subject: 'y', issuer: B })
  const issuers = { [A]: away.provider, c: refusing.provider, [B]: b.provider }
  const identity = identityByIssuer({ issuers, opaque: b.provider })
  await expect(identity.verify(bearer(jwt({ iss: A })))).rejects.toThrow('away')
  expect(await identity.verify(bearer(jwt({ iss: 'c' })))).toBeNull()
  expect(b.asked.times).toBe(0)
})

test.each([
  ['another issuer', { iss: 'https://c.example' }],
  ['almost the issuer', { iss: `${A}/` }],
  ['no issuer', {}],
  ['two issuers', { iss: [A] }],
  ['an issuer that every object knows', { iss: '__proto__' }],
  ['another', { iss: 'constructor' }],
  ['nothing', null],
])('a token with %s goes to nobody', async (_, claims) => {
  const a = gullible({ subject: 'x', issuer: A })
  const identity = identityByIssuer({ issuers: { [A]: a.provider }, opaque: a.provider })
  expect(await identity.verify(bearer(jwt(claims)))).toBeNull()
  expect(a.asked.times).toBe(0)
})

test('a provider cannot vouch for another’s people', async () => {
  const a = gullible({ subject: 'boss', issuer: B })
  const identity = identityByIssuer({ issuers: { [A]: a.provider } })
  expect(await identity.verify(bearer(jwt({ iss: A })))).toBeNull()
})

test('a token that is no JWT goes to the provider for those, or to nobody', async () => {
  const a = gullible({ subject: 'x', issuer: A })
  const opaque = gullible({ subject: 'o', issuer: 'https://o.example' })
  const issuers = { [A]: a.provider }
  expect(await identityByIssuer({ issuers }).verify(bearer('opaque'))).toBeNull()
  const identity = identityByIssuer({ issuers, opaque: opaque.provider })
  expect(await identity.verify(bearer('opaque'))).toMatchObject({ subject: 'o' })
  expect(await identity.verify(bearer('{}.{}'))).toBeNull()
  expect(await identity.verify(bearer('x'.repeat(100_000)))).toBeNull()
  expect([a.asked.times, opaque.asked.times]).toEqual([0, 1])
})

test('nothing to choose from is a mistake', () => {
  const { provider } = gullible(null)
  for (const issuers of [{}, { '': provider }]) {
    expect(() => identityByIssuer({ issuers })).toThrow(
      expect.objectContaining({ code: 'CARDEA_CONFIGURATION' }),
    )
  }
})

test('a principal goes back to the provider of its issuer', async () => {
  const a = gullible({ subject: 'x', issuer: A })
  const b = gullible(null)
  const identity = identityByIssuer({ issuers: { [A]: a.provider, [B]: b.provider } })
  const asserted = (issuer: string) => ({ kind: 'asserted' as const, principal: { subject: 'x', issuer } })
  expect(await identity.verify(asserted(A))).toEqual({ subject: 'x', issuer: A })
  expect(await identity.verify(asserted(B))).toBeNull()
  expect(await identity.verify(asserted('https://c.example'))).toBeNull()
  expect([a.asked.times, b.asked.times]).toEqual([1, 1])
})

test('a host program that asks itself is told no by an error', async () => {
  const a = gullible({ subject: 'x', issuer: A })
  const identity = identityByIssuer({ issuers: { [A]: a.provider } })
  expect(await identity.verify(jwt({ iss: A }))).toEqual({ subject: 'x', issuer: A })
  for (const token of [jwt({ iss: B }), 'opaque', '']) {
    await expect(identity.verify(token)).rejects.toMatchObject({ code: 'CARDEA_IDENTITY_REFUSED' })
  }
  const liar = identityByIssuer({ issuers: { [B]: a.provider } })
  await expect(liar.verify(jwt({ iss: B }))).rejects.toMatchObject({ code: 'CARDEA_IDENTITY_REFUSED' })
})
