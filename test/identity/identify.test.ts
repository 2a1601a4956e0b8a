import { describe, expect, test } from '@jest/globals'
import { assertedIdentity } from '../../src/identity/asserted.js'
import { identify } from '../../src/identity/identify.js'
import type { IdentityProvider } from '../../src/identity/identity-provider.js'
import type { Credentials, Principal } from '../../src/model/principal.js'
import { isRefusal } from '../../src/model/refusal.js'
import type { Submission } from '../../src/model/submission.js'

const NOW = Date.UTC(2030, 0, 1)
const clock = { now: () => NOW, monotonic: () => 0 }
const alice: Principal = {
  subject: 'alice',
  issuer: 'https://idp.example',
  kind: 'human',
  roles: ['support'],
}

function submission(credentials: Credentials = { kind: 'asserted', principal: alice }): Submission {
  return {
    statement: 'select 1',
    bindings: [],
    dialect: 'postgres',
    credentials,
    session: 's',
    dataSource: { id: 'd', environment: 'test' },
    point: 'knex',
    issuer: 'caller',
    origination: 'test',
  }
}

/** What a provider written in JavaScript may give back. */
function giving(value: unknown): IdentityProvider {
  return { name: 'given', verify: () => value as Principal | null }
}

async function refusedBy(provider: IdentityProvider) {
  const outcome = await identify(submission(), provider, clock)
  if (!isRefusal(outcome)) throw new Error('the caller was identified')
  expect(outcome.code).toBe('CARDEA_IDENTITY_REFUSED')
  return outcome
}

async function principalBy(provider: IdentityProvider): Promise<Principal> {
  const outcome = await identify(submission(), provider, clock)
  if (isRefusal(outcome)) throw new Error(outcome.reason)
  return outcome.principal
}

describe('a caller who is known', () => {
  test('keeps the submission as it stands', async () => {
    const asked = submission()
    const outcome = await identify(asked, assertedIdentity(), clock)
    expect(outcome).toMatchObject({ principal: alice })
    expect((outcome as { submission: Submission }).submission).toBe(asked)
  })

  test('every field of the principal is kept, and nothing else', async () => {
    const whole: Principal = {
      ...alice,
      kind: 'agent',
      name: 'Bot',
      groups: ['g'],
      amr: ['otp'],
      expiresAt: NOW + 1,
      onBehalfOf: { subject: 'bob', issuer: 'x' },
    }
    expect(await principalBy(giving({ ...whole, isAdmin: true }))).toEqual(whole)
  })

  test('cannot be changed by whoever holds the provider’s object', async () => {
    const roles = ['support']
    const mutable = { ...alice, roles, onBehalfOf: { subject: 'bob', issuer: 'x' } }
    const principal = await principalBy(giving(mutable))
    roles.push('dba')
    mutable.subject = 'root'
    mutable.onBehalfOf.subject = 'eve'
    expect(principal).toEqual({ ...alice, onBehalfOf: { subject: 'bob', issuer: 'x' } })
    expect(Object.isFrozen(principal)).toBe(true)
    expect(Object.isFrozen(principal.roles)).toBe(true)
    expect(Object.isFrozen(principal.onBehalfOf)).toBe(true)
  })

  test('may come from a provider that takes its time', async () => {
    const slow: IdentityProvider = { name: 'slow', verify: async () => alice }
    expect(await principalBy(slow)).toEqual(alice)
  })
})

describe('a caller who is refused', () => {
  test('credentials that prove nothing', async () => {
    expect((await refusedBy(giving(null))).evidence).toBeUndefined()
  })

  test('a provider that cannot work; its error stays inside', async () => {
    for (const verify of [
      () => {
        throw new Error('ldap://secret')
      },
      () => Promise.reject(new Error('ldap://secret')),
    ]) {
      const { reason } = await refusedBy({ name: 'ldap', verify })
      expect(reason).toContain('ldap could not verify')
      expect(reason).not.toContain('secret')
    }
  })

  test.each([
    ['undefined', undefined],
    ['true', true],
    ['text', 'alice'],
    ['an empty object', {}],
    ['a blank subject', { ...alice, subject: ' ' }],
    ['a blank issuer', { ...alice, issuer: '' }],
    ['a subject that is no text', { ...alice, subject: 7 }],
    ['an unknown kind', { ...alice, kind: 'admin' }],
    ['a kind of null', { ...alice, kind: null }],
    ['roles as text', { ...alice, roles: 'dba' }],
    ['roles that are no texts', { ...alice, roles: [{ name: 'dba' }] }],
    ['groups of null', { ...alice, groups: null }],
    ['an end that is no number', { ...alice, expiresAt: '2099' }],
    ['a nameless human behind the agent', { ...alice, onBehalfOf: { subject: '', issuer: 'x' } }],
    ['nobody behind the agent', { ...alice, onBehalfOf: null }],
    [
      'an object that throws when read',
      {
        get subject() {
          throw new Error('no')
        },
      },
    ],
  ])('what is no principal: %s', async (_, value) => {
    await refusedBy(giving(value))
  })

  test('a chain of agents without end', async () => {
    const loop: { subject: string; issuer: string; onBehalfOf?: unknown } = { subject: 'a', issuer: 'x' }
    loop.onBehalfOf = loop
    expect((await refusedBy(giving(loop))).reason).toContain('not well-formed')
  })

  test.each([
    ['expired now', { ...alice, expiresAt: NOW }],
    ['expired long ago', { ...alice, expiresAt: 0 }],
    ['with an end that is not a time', { ...alice, expiresAt: Number.NaN }],
    [
      'whose human’s sign-in has expired',
      { ...alice, expiresAt: NOW + 1, onBehalfOf: { ...alice, expiresAt: NOW } },
    ],
  ])('%s', async (_, principal) => {
    const { evidence, reason } = await refusedBy(giving(principal))
    expect(reason).toContain('expired')
    expect(evidence?.principal?.subject).toBe('alice')
  })
})

describe('asserted identity', () => {
  test('believes what the host program states, and no token', () => {
    const provider = assertedIdentity()
    expect(provider.verify({ kind: 'asserted', principal: alice })).toBe(alice)
    expect(provider.verify({ kind: 'token', token: 'eyJ' })).toBeNull()
  })
})
