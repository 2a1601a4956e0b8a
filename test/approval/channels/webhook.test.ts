import { createHmac, randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { HttpChannel } from '../../../src/approval/channels/http-channel.js'
import {
  type WebhookApprovalOptions,
  webhookApproval,
} from '../../../src/approval/channels/webhook/webhook.js'
import { ConfigurationError } from '../../../src/errors.js'
import type { Approver } from '../../../src/model/grant.js'
import type { Principal } from '../../../src/model/principal.js'
import { alice, bob, carol, type HandClock, handClock, MINUTE, passed } from '../desk-kit.js'
import { approvalRequest } from '../request-kit.js'
import {
  type Desk,
  deskWith,
  eventually,
  forever,
  type Peer,
  peer,
  printed,
  type Received,
  type Replied,
  rejection,
  requiring,
} from './kit.js'

const makeSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`
const secret = makeSecret()
const answerSecret = makeSecret()

let clock: HandClock
let receiver: Peer
let replies: (request: Received) => Replied | Promise<Replied>
let webhook: HttpChannel
let desk: Desk

beforeEach(async () => {
  clock = handClock()
  replies = () => ({ status: 204 })
  receiver = await peer(request => replies(request))
  await restart()
})

afterEach(async () => {
  await desk.close()
  await receiver.close()
})

/** Another channel, with other options, at another desk. */
async function restart(options: Partial<WebhookApprovalOptions> = {}): Promise<void> {
  await desk?.close()
  webhook = webhookApproval({
    url: `${receiver.url}/hook?key=s3cret`,
    secret,
    answerSecret,
    clock,
    ...options,
  })
  desk = await deskWith([webhook], clock)
}

/** Standard Webhooks, written down a second time. */
function sign(key: string, id: string, timestamp: string, body: string | Uint8Array): string {
  const bytes = Buffer.from(key.slice('whsec_'.length), 'base64')
  return `v1,${createHmac('sha256', bytes).update(`${id}.${timestamp}.`).update(body).digest('base64')}`
}

const seconds = (offsetMs = 0): string => String(Math.floor((clock.now() + offsetMs) / 1_000))

interface Sent {
  readonly id?: string
  readonly at?: string
  readonly key?: string
  readonly signature?: string
  readonly type?: string
}

let count = 0

/** A message as the receiver would send it, or nearly. */
function message(body: string, parts: Sent = {}): Request {
  const { id = `msg_${++count}`, at = seconds(), key = answerSecret, type = 'application/json' } = parts
  const { signature = sign(key, id, at, body) } = parts
  return new Request('http://localhost/webhook', {
    method: 'POST',
    headers: {
      'content-type': type,
      'webhook-id': id,
      'webhook-timestamp': at,
      'webhook-signature': signature,
    },
    body,
  })
}

function answerBody(request: string, data: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    type: 'approval.answer',
    data: { request, decision: 'approved', reason: 'ticket 42', approver: bob, ...data },
  })
}

async function deliver(request: Request): Promise<{ status: number; body: unknown }> {
  const response = await webhook.handle(request)
  return { status: response.status, body: await response.json() }
}

async function untouched(id: string): Promise<void> {
  expect(await desk.queue.find(id, bob)).toMatchObject({ state: 'pending', answers: [] })
}

describe('what is sent', () => {
  test('is the request, signed', async () => {
    const { id } = await desk.ask()
    await eventually(() => receiver.received.length === 1)
    const [{ method, path, headers, body } = { method: '', path: '', headers: {}, body: '' }] =
      receiver.received
    expect([method, path, headers['content-type']]).toEqual(['POST', '/hook?key=s3cret', 'application/json'])
    expect(headers['webhook-id']).toBe(`${id}-requested`)
    expect(headers['webhook-timestamp']).toBe(seconds())
    expect(headers['webhook-signature']).toBe(sign(secret, `${id}-requested`, seconds(), body))
    expect(JSON.parse(body)).toEqual({
      type: 'approval.requested',
      timestamp: new Date(clock.now()).toISOString(),
      data: { request: JSON.parse(JSON.stringify((await desk.queue.find(id, bob))?.request)) },
    })
    expect(body).not.toContain('4111111111111111')
  })

  test('is signed with each secret, so that one can be changed for another', async () => {
    const next = makeSecret()
    await restart({ secret: [secret, next] })
    await webhook.announce(approvalRequest('01'), forever)
    const { headers, body } = receiver.received[0] as Received
    expect(headers['webhook-signature']).toBe(
      [secret, next].map(key => sign(key, '01-requested', seconds(), body)).join(' '),
    )
  })

  test('says how it ended', async () => {
    const { id, outcome } = await desk.ask()
    await eventually(() => receiver.received.length === 1)
    await deliver(message(answerBody(id, { decision: 'denied', reason: 'not today' })))
    await outcome
    await eventually(() => receiver.received.length === 2)
    const { headers, body } = receiver.received[1] as Received
    expect(headers['webhook-signature']).toBe(sign(secret, `${id}-denied`, seconds(), body))
    expect(JSON.parse(body)).toEqual({
      type: 'approval.concluded',
      timestamp: expect.any(String),
      data: { id, state: 'denied', why: expect.stringContaining('not today') },
    })
  })

  test.each([500, 503, 429])('is sent again after a %d, under the same id', async status => {
    replies = () => (receiver.received.length < 3 ? { status } : { status: 200, body: 'ok' })
    await webhook.announce(approvalRequest('01'), forever)
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([
      '01-requested',
      '01-requested',
      '01-requested',
    ])
  })

  test('is sent again after a broken connection, with the time of the attempt', async () => {
    replies = () => {
      if (receiver.received.length > 1) return { status: 200 }
      clock.advance(MINUTE)
      return null
    }
    const before = seconds()
    await webhook.announce(approvalRequest('01'), forever)
    const [first, second] = receiver.received as [Received, Received]
    expect(first.headers['webhook-timestamp']).toBe(before)
    expect(second.headers['webhook-timestamp']).toBe(seconds())
    expect(second.headers['webhook-signature']).toBe(sign(secret, '01-requested', seconds(), second.body))
  })

  test('waits where the receiver asks for it', async () => {
    replies = () =>
      receiver.received.length === 1 ? { status: 503, headers: { 'retry-after': '1' } } : { status: 200 }
    await webhook.announce(approvalRequest('01'), forever)
    expect(receiver.received).toHaveLength(2)
  })

  test('is given up where the receiver asks for too long', async () => {
    replies = () => ({ status: 429, headers: { 'retry-after': '3600' } })
    await expect(webhook.announce(approvalRequest('01'), forever)).rejects.toThrow('answered 429')
    expect(receiver.received).toHaveLength(1)
  }, 15_000)

  test.each([400, 401, 404, 410])('is not sent again after a %d', async status => {
    replies = () => ({ status, body: 'no' })
    await expect(webhook.announce(approvalRequest('01'), forever)).rejects.toThrow(
      `The approval webhook answered ${status}.`,
    )
    expect(receiver.received).toHaveLength(1)
  })

  test('is not taken elsewhere', async () => {
    replies = ({ path }) =>
      path === '/elsewhere' ? { status: 200 } : { status: 307, headers: { location: '/elsewhere' } }
    await expect(webhook.announce(approvalRequest('01'), forever)).rejects.toThrow(
      'a redirect is not followed',
    )
    expect(receiver.received.map(({ path }) => path)).toEqual(['/hook?key=s3cret'])
  })

  test('is given up when the request is over, or the channel closes', async () => {
    replies = () => new Promise<Replied>(() => {})
    const controller = new AbortController()
    const over = webhook.announce(approvalRequest('01'), controller.signal)
    const closed = webhook.announce(approvalRequest('02'), forever)
    const [first, second] = [rejection(over), rejection(closed)]
    await eventually(() => receiver.received.length === 2)
    controller.abort()
    expect(await first).toMatch(/did not answer in time/)
    await webhook.close?.()
    expect(await second).toMatch(/did not answer in time/)
  })

  test('is refused as unavailable when nobody can be told, with nothing secret in the words', async () => {
    await receiver.close()
    const { outcome } = await desk.ask()
    const refusal = await outcome
    expect(refusal).toMatchObject({ code: 'CARDEA_APPROVAL_UNAVAILABLE' })
    const words = printed(refusal) + printed(desk.notes)
    expect(words).toMatch(/could not be reached \(ECONNREFUSED\)/)
    expect(words).not.toMatch(/s3cret|whsec_|\/hook/)
    receiver = await peer(() => ({ status: 200 }))
  })
})

describe('an answer', () => {
  test('that is signed counts, and the statement passes', async () => {
    const { id, outcome } = await desk.ask()
    const approver: Required<Omit<Approver, 'kind'>> = {
      subject: 'bob@corp.example',
      issuer: 'https://idp.corp.example',
      email: 'bob@corp.example',
      roles: ['dba'],
      groups: ['staff'],
      amr: ['pwd', 'otp'],
    }
    const body = answerBody(id, { approver, ticket: 'OPS-1' })
    expect(await deliver(message(body))).toEqual({
      status: 200,
      body: { counted: true, state: 'approved', approvals: 1, quorum: 1 },
    })
    expect(passed(await outcome).grant?.answers).toEqual([
      { decision: 'approved', approver, reason: 'ticket 42', ticket: 'OPS-1' },
    ])
    expect(desk.notes.find(({ event }) => event === 'approval.answer')?.detail).toMatchObject({
      via: 'webhook',
    })
  })

  test('is taken from any of several secrets', async () => {
    const old = makeSecret()
    await restart({ answerSecret: [answerSecret, old] })
    const { id } = await desk.ask(requiring({ quorum: 2 }))
    expect((await deliver(message(answerBody(id), { key: old }))).status).toBe(200)
    expect((await deliver(message(answerBody(id, { approver: carol })))).status).toBe(200)
  })

  test('is taken when one of several signatures is right', async () => {
    const { id } = await desk.ask()
    const body = answerBody(id)
    const signature = `v1a,bm9uc2Vuc2U= ${sign(makeSecret(), 'msg', seconds(), body)} ${sign(answerSecret, 'msg', seconds(), body)}`
    expect((await deliver(message(body, { id: 'msg', signature }))).status).toBe(200)
  })

  test('that does not count says why', async () => {
    const { id } = await desk.ask()
    expect(await deliver(message(answerBody(id, { approver: alice })))).toMatchObject({
      status: 409,
      body: { counted: false, state: 'pending' },
    })
    expect(await deliver(message(answerBody('01ARZ3NDEKTSV4RRFFQ69G5FAV')))).toMatchObject({ status: 404 })
  })

  test('to a request that is over, or from somebody who has answered, does not count', async () => {
    const { id } = await desk.ask(requiring({ quorum: 2 }))
    expect((await deliver(message(answerBody(id)))).status).toBe(200)
    expect((await deliver(message(answerBody(id)))).status).toBe(409)
    expect((await deliver(message(answerBody(id, { approver: carol })))).status).toBe(200)
    const dave = { subject: 'dave', issuer: 'x', roles: ['dba'] }
    expect(await deliver(message(answerBody(id, { approver: dave })))).toMatchObject({
      status: 409,
      body: { state: 'approved' },
    })
  })
})

describe('a message is not authentic', () => {
  const wrong: readonly (readonly [string, (body: string) => Sent])[] = [
    ['under another secret', () => ({ key: makeSecret() })],
    ['under the secret of the other direction', () => ({ key: secret })],
    ['without a signature', () => ({ signature: '' })],
    ['with an empty signature', () => ({ signature: 'v1,' })],
    [
      'with the signature of another body',
      () => ({ id: 'm', signature: sign(answerSecret, 'm', seconds(), '{}') }),
    ],
    [
      'with the signature of another id',
      body => ({ signature: sign(answerSecret, 'other', seconds(), body) }),
    ],
    [
      'with the signature of another time',
      body => ({ id: 'm', signature: sign(answerSecret, 'm', seconds(1_000), body) }),
    ],
    ['from six minutes ago', () => ({ at: seconds(-6 * MINUTE) })],
    ['from six minutes ahead', () => ({ at: seconds(6 * MINUTE) })],
    ['without a time', () => ({ at: '' })],
    ['with a time in words', () => ({ at: 'now' })],
    ['with a time in milliseconds', () => ({ at: `${seconds()}000` })],
    ['with a time in another spelling', () => ({ at: `+${seconds()}` })],
    ['without an id', () => ({ id: '' })],
    ['with an id that moves the boundary', () => ({ id: `a.${seconds()}` })],
    ['with an id that goes somewhere', () => ({ id: '../../x' })],
    ['with an id without end', () => ({ id: 'x'.repeat(129) })],
    [
      'with another kind of signature',
      body => ({ id: 'm', signature: sign(answerSecret, 'm', seconds(), body).replace('v1', 'v1a') }),
    ],
    [
      'with more signatures than anybody needs',
      body => ({
        id: 'm',
        signature: [
          ...Array.from({ length: 16 }, () => 'v1,x'),
          sign(answerSecret, 'm', seconds(), body),
        ].join(' '),
      }),
    ],
  ]

  test.each(wrong)('%s', async (_, parts) => {
    const { id } = await desk.ask()
    const body = answerBody(id)
    const response = await deliver(message(body, parts(body)))
    expect(response).toMatchObject({ status: 401, body: { error: { code: 'not_authentic' } } })
    await untouched(id)
    // The same, put right, counts: so it was this that was wrong.
    expect((await deliver(message(body))).status).toBe(200)
  })

  test('when it is what Cardea itself sent', async () => {
    const { id } = await desk.ask()
    await eventually(() => receiver.received.length === 1)
    const { headers, body } = receiver.received[0] as Received
    const back = {
      id: String(headers['webhook-id']),
      at: String(headers['webhook-timestamp']),
      signature: String(headers['webhook-signature']),
    }
    expect((await deliver(message(body, back))).status).toBe(401)
    // Nor is it an answer under the right secret.
    expect((await deliver(message(body))).status).toBe(400)
    await untouched(id)
  })

  test('when any byte of it is changed', async () => {
    const { id } = await desk.ask()
    const body = answerBody(id)
    const at = seconds()
    const parts = [body, 'message-1', at, sign(answerSecret, 'message-1', at, body)]
    const position = fc.nat({ max: parts.join('').length - 1 })
    await fc.assert(
      fc.asyncProperty(position, fc.integer({ min: 1, max: 255 }), async (place, flip) => {
        const changed = [...parts]
        let rest = place
        const which = parts.findIndex(part => {
          if (rest < part.length) return true
          rest -= part.length
          return false
        })
        const bytes = Buffer.from(parts[which] ?? '', 'latin1')
        bytes[rest] = (bytes[rest] ?? 0) ^ flip
        changed[which] = bytes.toString('latin1')
        const [text = '', messageId = '', time = '', signature = ''] = changed
        let request: Request
        try {
          request = message('', { id: messageId, at: time, signature })
        } catch {
          // No HTTP library would send such a header.
          return
        }
        const body = new Request(request, { method: 'POST', body: Buffer.from(text, 'latin1') })
        expect((await deliver(body)).status).toBe(401)
      }),
      { numRuns: 600 },
    )
    await untouched(id)
    const [, messageId, time, signature] = parts as [string, string, string, string]
    expect((await deliver(message(body, { id: messageId, at: time, signature }))).status).toBe(200)
  })
})

describe('a message that comes again', () => {
  test('is refused', async () => {
    const { id } = await desk.ask(requiring({ quorum: 2 }))
    const again = () => message(answerBody(id), { id: 'msg_again' })
    expect((await deliver(again())).status).toBe(200)
    expect(await deliver(again())).toMatchObject({ status: 409, body: { error: { code: 'seen_before' } } })
    expect((await desk.queue.find(id, bob))?.answers).toHaveLength(1)
  })

  test('is refused for as long as its time would let it pass, also when the clock is set back', async () => {
    const { id } = await desk.ask(requiring({ decideWithinMs: 60 * MINUTE, quorum: 2 }))
    const at = seconds(5 * MINUTE)
    const again = () => message(answerBody(id), { id: 'msg_again', at })
    expect((await deliver(again())).status).toBe(200)
    clock.advance(9 * MINUTE)
    expect((await deliver(again())).status).toBe(409)
    clock.advance(2 * MINUTE)
    expect((await deliver(again())).status).toBe(401)
    clock.jump(-11 * MINUTE)
    expect((await deliver(again())).status).toBe(401)
  })

  test('is refused at once among many at once', async () => {
    const { id } = await desk.ask(requiring({ quorum: 2 }))
    const all = await Promise.all(
      Array.from({ length: 20 }, () => deliver(message(answerBody(id), { id: 'msg_flood' }))),
    )
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(all.filter(({ status }) => status === 409)).toHaveLength(19)
  })

  test('may come again when nothing was counted because something here was down', async () => {
    await desk.close()
    let full = true
    webhook = webhookApproval({ url: receiver.url, secret, answerSecret, clock })
    desk = await deskWith([webhook], clock, event => {
      if (event === 'approval.answer' && full) throw new Error('the trail is full')
    })
    const first = await desk.ask()
    const down = await deliver(message(answerBody(first.id), { id: 'msg_retry' }))
    expect(down).toMatchObject({ status: 503, body: { error: { code: 'unavailable' } } })
    full = false
    // Its request is gone, but the message is looked at again.
    expect((await deliver(message(answerBody(first.id), { id: 'msg_retry' }))).body).toMatchObject({
      counted: false,
      state: 'withdrawn',
    })
  })

  test('is refused by a memory that is full rather than forgotten', async () => {
    const { id } = await desk.ask()
    for (let sent = 0; sent < 10_000; sent++) {
      const status = (await webhook.handle(message('{}'))).status
      if (status !== 400) throw new Error(`message ${sent}: ${status}`)
    }
    expect(await deliver(message(answerBody(id)))).toMatchObject({
      status: 503,
      body: { error: { code: 'busy' } },
    })
    await untouched(id)
    clock.advance(10 * MINUTE)
    expect((await deliver(message(answerBody(id)))).status).toBe(200)
  })
})

describe('a signed message that is no answer', () => {
  const id = '01ARZ3NDEKTSV4RRFFQ69G5FAV'
  const bodies: readonly (readonly [string, string, number])[] = [
    ['nothing', '', 400],
    ['null', 'null', 400],
    ['a list', `[${answerBody(id)}]`, 400],
    ['half of one', answerBody(id).slice(0, -1), 400],
    ['without data', '{"type":"approval.answer"}', 400],
    ['of another type', answerBody(id).replace('approval.answer', 'approval.requested'), 400],
    ['with a polluted prototype', `{"__proto__":{"type":"approval.answer"},"data":{}}`, 400],
    ['with data in a prototype', `{"type":"approval.answer","data":{"__proto__":{"request":"${id}"}}}`, 400],
    ['without an approver', answerBody(id, { approver: undefined }), 400],
    ['of nobody', answerBody(id, { approver: { subject: '', issuer: 'x' } }), 400],
    ['of nobody’s issuer', answerBody(id, { approver: { subject: 'bob' } }), 400],
    ['of a kind of its own', answerBody(id, { approver: { ...bob, kind: 'human' } }), 400],
    ['with roles that are no list', answerBody(id, { approver: { ...bob, roles: 'dba' } }), 400],
    ['with roles of numbers', answerBody(id, { approver: { ...bob, roles: [1] } }), 400],
    ['of a token that nobody checks', answerBody(id, { token: 'x' }), 400],
    ['with more than is known', answerBody(id, { force: true }), 400],
    ['of no decision', answerBody(id, { decision: 'maybe' }), 400],
    ['with an id that goes somewhere', answerBody('../../approvals'), 404],
    ['with an id that is no text', JSON.stringify({ type: 'approval.answer', data: { request: [id] } }), 400],
    [
      'nested without end',
      `{"type":"approval.answer","data":${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
      400,
    ],
    ['too long', answerBody(id, { reason: 'x'.repeat(64 * 1024) }), 413],
  ]

  test.each(bodies)('%s', async (_, body, status) => {
    expect(await deliver(message(body))).toMatchObject({
      status,
      body: { error: { message: expect.any(String) } },
    })
  })

  test('of another media type, or another method', async () => {
    expect((await deliver(message(answerBody(id), { type: 'text/plain' }))).status).toBe(415)
    expect((await deliver(new Request('http://localhost/webhook'))).status).toBe(405)
  })
})

describe('with tokens instead of assertions', () => {
  const people: Record<string, Principal> = { 'bob-token': bob, 'robot-token': { ...bob, kind: 'service' } }
  let down: boolean

  beforeEach(async () => {
    down = false
    const authenticate = async (token: string): Promise<Principal | null> => {
      if (down) throw new Error('no connection')
      return people[token] ?? null
    }
    await restart({ authenticate })
  })

  const withToken = (id: string, token: string): string => answerBody(id, { approver: undefined, token })

  test('the token says who answers', async () => {
    const { id, outcome } = await desk.ask()
    expect((await deliver(message(withToken(id, 'bob-token')))).status).toBe(200)
    expect(passed(await outcome).grant?.answers[0]?.approver).toEqual(bob)
  })

  test('a name in the body is refused, with a token or without', async () => {
    const { id } = await desk.ask()
    expect((await deliver(message(answerBody(id)))).status).toBe(400)
    expect((await deliver(message(answerBody(id, { token: 'bob-token' })))).status).toBe(400)
    await untouched(id)
  })

  test('a token of nobody, or of a machine, counts for nothing', async () => {
    const { id } = await desk.ask()
    expect((await deliver(message(withToken(id, 'forged-token')))).status).toBe(401)
    expect((await deliver(message(withToken(id, 'robot-token')))).status).toBe(403)
    await untouched(id)
  })

  test('the same message may come again once the identity provider is back', async () => {
    const { id } = await desk.ask()
    down = true
    expect((await deliver(message(withToken(id, 'bob-token'), { id: 'msg_idp' }))).status).toBe(503)
    down = false
    expect((await deliver(message(withToken(id, 'bob-token'), { id: 'msg_idp' }))).status).toBe(200)
  })
})

describe('what cannot work', () => {
  const short = `whsec_${randomBytes(31).toString('base64')}`
  const sound = { url: 'https://approvals.example/hook', secret, answerSecret }

  test.each<[string, Partial<WebhookApprovalOptions>]>([
    ['a short secret', { secret: short }],
    ['a short secret for answers', { answerSecret: short }],
    ['a short secret among others', { answerSecret: [answerSecret, short] }],
    ['a secret without its prefix', { secret: secret.slice('whsec_'.length) }],
    ['a secret that is no base64', { secret: `whsec_${'*'.repeat(60)}` }],
    ['no secret', { secret: '' }],
    ['no secrets', { answerSecret: [] }],
    ['one secret for both directions', { answerSecret: secret }],
    [
      'one secret for both directions among others',
      { secret: [makeSecret(), secret], answerSecret: [answerSecret, secret] },
    ],
    ['one secret in two spellings', { secret: `${secret.replace(/=+$/, '')}`, answerSecret: secret }],
    ['plain http', { url: 'http://approvals.example/hook' }],
    ['plain http to what looks like this machine', { url: 'http://127.0.0.1.example/hook' }],
    ['a name and password in the address', { url: 'https://user:pass@approvals.example/hook' }],
    ['another scheme', { url: 'file:///etc/passwd' }],
    ['no address', { url: 'approvals' }],
    ['an authenticate that is no function', { authenticate: 'yes' as never }],
  ])('%s', (_, options) => {
    const make = (): unknown => webhookApproval({ ...sound, ...options })
    expect(make).toThrow(ConfigurationError)
    try {
      make()
    } catch (error) {
      expect(printed(error)).not.toMatch(/whsec_[A-Za-z0-9+/]{10}|pass@|\*{10}/)
    }
  })

  test('and what can', () => {
    expect(() => webhookApproval(sound)).not.toThrow()
    for (const url of ['http://127.0.0.1:1/x', 'http://localhost/x', 'http://[::1]/x']) {
      expect(() => webhookApproval({ ...sound, url })).not.toThrow()
    }
  })
})

describe('the channel', () => {
  test('gives no secret away when it is printed', () => {
    const shown = printed(webhook)
    expect(shown).toContain('webhook')
    for (const hidden of [secret, answerSecret, 's3cret']) expect(shown).not.toContain(hidden)
  })

  test('takes no answer before it is open, nor after it is closed', async () => {
    const { id } = await desk.ask()
    const early = webhookApproval({ url: receiver.url, secret, answerSecret, clock })
    expect((await early.handle(message(answerBody(id)))).status).toBe(503)
    await webhook.close?.()
    expect((await deliver(message(answerBody(id)))).status).toBe(503)
  })
})
