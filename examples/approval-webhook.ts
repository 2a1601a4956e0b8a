/**
 * Approval by webhook: Cardea posts a signed request to a service of yours, and takes its signed answer. The
 * service here verifies and signs on its own, as one in any language would (Standard Webhooks 1.0.0).
 */
import assert from 'node:assert/strict'
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  ApprovalDeniedError,
  type ApprovalRequest,
  fileTrail,
  GovernedConnection,
  loadPolicy,
  serveApprovals,
  webhookApproval,
} from 'cardea'
import { withShop } from './support/shop.js'

const secret = `whsec_${randomBytes(32).toString('base64')}`
const answerSecret = `whsec_${randomBytes(32).toString('base64')}`

function signature(key: string, id: string, timestamp: string, body: string): string {
  const bytes = Buffer.from(key.slice('whsec_'.length), 'base64')
  return `v1,${createHmac('sha256', bytes).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}

function isAuthentic(id: string, timestamp: string, body: string, given: string): boolean {
  const fresh = Math.abs(Date.now() / 1_000 - Number(timestamp)) < 300
  const expected = Buffer.from(signature(secret, id, timestamp, body))
  const one = Buffer.from(given)
  return fresh && one.length === expected.length && timingSafeEqual(one, expected)
}

/** The service: takes requests and hands them to a person. Bob never lets anybody refund. */
async function approvalService(
  answerTo: () => string,
): Promise<{ url: string; seen: string[]; server: Server }> {
  const seen: string[] = []
  const server = createServer(async (incoming, outgoing) => {
    let body = ''
    for await (const chunk of incoming) body += chunk
    const header = (name: string): string => String(incoming.headers[name])
    const id = header('webhook-id')
    if (!isAuthentic(id, header('webhook-timestamp'), body, header('webhook-signature'))) {
      return void outgoing.writeHead(401).end()
    }
    outgoing.writeHead(202).end()
    const { type, data } = JSON.parse(body)
    seen.push(type)
    if (type === 'approval.requested') await answer(answerTo(), data.request)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, server }
}

/** Whom the service has signed in is who answers: here Bob, by single sign-on. */
async function answer(url: string, request: ApprovalRequest): Promise<void> {
  const refund = request.bindings.some(binding => binding.includes('refunded'))
  const body = JSON.stringify({
    type: 'approval.answer',
    data: {
      request: request.id,
      decision: refund ? 'denied' : 'approved',
      reason: refund ? 'no refunds today' : 'settled by hand, OPS-42',
      approver: { subject: 'bob', issuer: 'https://login.corp.example', roles: ['dba'], amr: ['pwd', 'otp'] },
    },
  })
  const id = `answer_${request.id}`
  const timestamp = String(Math.floor(Date.now() / 1_000))
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signature(answerSecret, id, timestamp, body),
    },
    body,
  })
  assert.deepEqual([response.status, ((await response.json()) as { counted: boolean }).counted], [200, true])
}

await withShop(async ({ knex, directory }) => {
  let answerTo = ''
  const service = await approvalService(() => answerTo)
  const webhook = webhookApproval({ url: service.url, secret, answerSecret })
  const server = await serveApprovals({ channels: [webhook], port: 0 })
  answerTo = `${server.url}${webhook.path}`
  const governed = await GovernedConnection.wrap(knex, {
    policy: await loadPolicy('examples/support/policy.yaml'),
    approval: webhook,
    audit: fileTrail({ directory }),
  })
  const db = governed.as({ subject: 'alice', issuer: 'https://login.corp.example' })

  assert.equal(await db('payments').where({ id: 3 }).update({ status: 'settled' }), 1)
  await assert.rejects(
    async () => db('payments').where({ id: 3 }).update({ status: 'refunded' }),
    (error: unknown) => error instanceof ApprovalDeniedError && error.reason.includes('no refunds today'),
  )

  // Somebody who knows the address, and even the request, but not the secret.
  const forged = await fetch(answerTo, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'webhook-id': 'x', 'webhook-signature': 'v1,x' },
    body: '{"type":"approval.answer"}',
  })
  assert.equal(forged.status, 401)

  await governed.close()
  await server.close()
  service.server.closeAllConnections()
  service.server.close()
  assert.equal(service.seen.filter(type => type === 'approval.requested').length, 2)
  console.log('approval-webhook: one approved, one denied, one forged answer refused')
})
