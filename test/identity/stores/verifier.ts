/**
 * A process of its own that verifies agent tokens against a shared database: one token per line in, one
 * verdict per line out. Told where by the environment.
 */
import { createInterface } from 'node:readline'
import { openStoreConnection } from '../../../src/connect/store-connection.js'
import { agentTokens } from '../../../src/identity/agent-tokens/agent-tokens.js'
import { knexAgentTokenStore } from '../../../src/identity/stores/agent-tokens.js'
import { knexRevocations } from '../../../src/identity/stores/revocations.js'

const { STORE = '', ISSUER = '', PUBLIC_KEY = '' } = process.env
const knex = await openStoreConnection(STORE)
const identity = agentTokens({
  issuer: ISSUER,
  publicKeys: [PUBLIC_KEY],
  store: knexAgentTokenStore(knex),
  revocations: knexRevocations({ knex }),
})
for await (const token of createInterface({ input: process.stdin })) {
  const principal = await Promise.resolve(identity.verify({ kind: 'token', token })).catch(() => 'failed')
  process.stdout.write(`${JSON.stringify(principal)}\n`)
}
await knex.destroy()
