/** An access token says who asks: a person, an agent acting for her, a service; and some tokens say nothing. */
import assert from 'node:assert/strict'
import {
  fileTrail,
  GovernedConnection,
  IdentityRefusedError,
  oidc,
  PolicyDeniedError,
  parsePolicy,
} from 'cardea'
import { startIssuer } from '../test/support/issuer.js'
import { withShop } from './support/shop.js'

/** A real OpenID provider on this machine; yours is Okta, Entra ID, Keycloak or another (docs/identity.md). */
const issuer = await startIssuer()
issuer.addUser('alice', { name: 'Alice', groups: ['db-support'], amr: ['pwd', 'otp'] })

const policy = parsePolicy(`
version: 1
rules:
  - id: support-reads-payments
    effect: allow
    when:
      principal: { roles: support }
      kind: select
      reads: public.payments
`)

await withShop(async ({ knex, directory }) => {
  const identity = oidc({
    issuer: issuer.url,
    audience: issuer.audience,
    ca: issuer.ca,
    roles: { 'db-support': ['support'] },
    agents: ['billing-bot'],
  })
  const audit = fileTrail({ directory })
  const governed = await GovernedConnection.wrap(knex, { policy, audit, identity })
  const agent = { framework: 'autogen', id: 'billing-bot' }

  // Alice signs in. Her group brings the role that the policy asks for.
  const alice = await identity.verify((await issuer.signIn('alice')).accessToken)
  assert.deepEqual([alice.subject, alice.kind, alice.roles], ['alice', 'human', ['support']])
  const db = governed.as(alice, { agent })
  assert.deepEqual(await db('payments').where({ id: 1 }).first('status'), { status: 'settled' })

  // An agent with a token in which the issuer says for whom it acts (RFC 8693).
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: issuer.url,
    aud: issuer.audience,
    sub: 'alice',
    groups: ['db-support'],
    act: { sub: 'billing-bot' },
    iat: now,
    exp: now + 300,
  }
  const bot = await identity.verify(await issuer.sign(claims))
  assert.deepEqual([bot.subject, bot.kind, bot.onBehalfOf?.subject], ['billing-bot', 'agent', 'alice'])
  assert.equal((await governed.as(bot, { agent })('payments').select('id')).length, 3)

  // A client for itself has no groups, so the policy has no rule for it.
  const reports = await identity.verify(await issuer.clientToken('reports'))
  assert.equal(reports.kind, 'service')
  await assert.rejects(async () => governed.as(reports)('payments').select('id'), PolicyDeniedError)

  // Tokens that prove nothing: expired, for somebody else, changed by a letter.
  const good = await issuer.sign(claims)
  for (const hostile of [
    await issuer.sign({ ...claims, iat: now - 900, exp: now - 600 }),
    await issuer.sign({ ...claims, aud: 'https://other.example' }),
    good.replace(/.{8}$/, 'AAAAAAAA'),
  ]) {
    await assert.rejects(identity.verify(hostile), IdentityRefusedError)
    await assert.rejects(
      async () => governed.as({ token: hostile })('payments').select('id'),
      IdentityRefusedError,
    )
  }

  // A principal that somebody wrote by hand is a claim, however good it looks.
  await assert.rejects(
    async () =>
      governed
        .as({ ...alice })('payments')
        .select('id'),
    IdentityRefusedError,
  )

  await governed.close()
  console.log(
    'oidc identity: Alice and her agent read; a service, three false tokens and a forged principal did not',
  )
})
await issuer.close()
