/**
 * Approval in a terminal: the program serves its requests on this machine, and a signed-in approver answers with
 * `cardea approvals` from another terminal, in their own name.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import {
  fileTrail,
  GovernedConnection,
  inboxApproval,
  oidc,
  parsePolicy,
  search,
  serveApprovals,
} from 'cardea'
import { startIssuer } from '../test/support/issuer.js'
import { withShop } from './support/shop.js'

const issuer = await startIssuer()
issuer.addUser('alice', { groups: ['support'], amr: ['pwd', 'mfa'] })
issuer.addUser('bob', { groups: ['dba'], amr: ['pwd', 'mfa'] })

const policy = parsePolicy(`
version: 1
extends: pci-baseline
limits:
  approval: { approvers: [dba], amr: mfa, decideWithin: 5m }
`)

/** What Bob types. His token comes from \`cardea login\`; here it is handed over in the environment. */
async function bobTypes(server: string, ...command: string[]): Promise<string> {
  const { accessToken } = await issuer.signIn('bob')
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['dist/cli/main.js', 'approvals', ...command],
    {
      env: { ...process.env, CARDEA_TOKEN: accessToken, CARDEA_SERVER: server, NO_COLOR: '1' },
    },
  )
  return stdout
}

await withShop(async ({ knex, directory }) => {
  const identity = oidc({ issuer: issuer.url, audience: issuer.audience, ca: issuer.ca })
  const inbox = inboxApproval({ authenticate: token => identity.verify(token) })
  const governed = await GovernedConnection.wrap(knex, {
    policy,
    identity,
    approval: inbox,
    audit: fileTrail({ directory }),
  })
  const server = await serveApprovals({ channels: [inbox], port: 0 })

  const alice = await identity.verify((await issuer.signIn('alice')).accessToken)
  const agent = { framework: 'autogen', id: 'billing-bot', claimedReason: 'the customer paid by phone' }
  const db = governed.as(alice, { agent })
  const update = db('payments')
    .where({ id: 3 })
    .update({ status: 'settled' })
    .then(rows => rows)

  let list = ''
  while (!/[0-9A-Z]{26}/.test(list)) list = await bobTypes(server.url, 'list')
  const [id = ''] = /[0-9A-Z]{26}/.exec(list) ?? []
  const shown = await bobTypes(server.url, 'show', id)
  assert.match(shown, /update "payments" set "status" = \$1 where "id" = \$2/)
  assert.match(shown, /the customer paid by phone/)
  // What the statement will change, read beforehand.
  assert.match(shown, /failed/)
  const version = /[Vv]ersion:? (\d+)/.exec(shown)?.[1] ?? ''
  await bobTypes(
    server.url,
    'approve',
    id,
    '--version',
    version,
    '--yes',
    '--reason',
    'seen in the ledger, OPS-42',
  )

  assert.equal(await update, 1)
  await server.close()
  await governed.close()
  const grants: unknown[] = []
  for await (const found of search(directory, { text: 'approval.grant' })) grants.push(found)
  assert.match(JSON.stringify(grants), /"subject":"bob"/)
  console.log('approval in a terminal: bob read the request, approved it in his own name, and the update ran')
})
await issuer.close()
