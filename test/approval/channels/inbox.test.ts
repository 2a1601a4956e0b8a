import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { HttpChannel } from '../../../src/approval/channels/http-channel.js'
import { inboxApproval } from '../../../src/approval/channels/inbox/inbox.js'
import { ConfigurationError, IdentityRefusedError } from '../../../src/errors.js'
import type { Principal } from '../../../src/model/principal.js'
import { alice, bob, carol, type HandClock, handClock, MINUTE, passed } from '../desk-kit.js'
import { approvalRequest } from '../request-kit.js'
import { type Desk, deskWith, dora, eventually, forever, printed, requiring } from './kit.js'

const people: Record<string, Principal> = {
  'alice-token': alice,
  'bob-token': bob,
  'carol-token': { ...carol, email: 'carol@corp.example', name: 'Carol' },
  'mallory-token': { subject: 'mallory', issuer: 'https://idp.corp.example' },
  'agent-token': { ...bob, kind: 'agent' },
  'service-token': { ...bob, kind: 'service' },
  'delegate-token': { ...bob, onBehalfOf: carol },
}

let clock: HandClock
let desk: Desk
let inbox: HttpChannel
let revoked: Set<string>
let identityDown: boolean

const authenticate = async (token: string): Promise<Principal | null> => {
  if (identityDown) throw new Error(`connect ECONNREFUSED with ${token}`)
  if (revoked.has(token)) {
    throw new IdentityRefusedError({ refused: true, code: 'CARDEA_IDENTITY_REFUSED', reason: 'revoked' })
  }
  if (token === 'short-token') return { ...bob, expiresAt: clock.now() + MINUTE }
  if (token === 'nameless-token') return { ...bob, subject: ' ' }
  return people[token] ?? null
}

beforeEach(async () => {
  clock = handClock()
  revoked = new Set()
  identityDown = false
  inbox = inboxApproval({ authenticate, clock })
  desk = await deskWith([inbox], clock)
})

afterEach(() => desk.close())

function get(path: string, token: string | null = 'bob-token', method = 'GET'): Promise<Response> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` }
  return inbox.handle(new Request(`http://localhost${path}`, { headers, method }))
}

function post(
  path: string,
  body: unknown,
  { token = 'bob-token', type = 'application/json' }: { token?: string; type?: string } = {},
): Promise<Response> {
  return inbox.handle(
    new Request(`http://localhost${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': type },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  )
}

async function shape(response: Promise<Response>): Promise<{ status: number; body: unknown }> {
  const { status, headers } = await response
  expect(headers.get('cache-control')).toBe('no-store')
  return { status, body: await (await response).json() }
}

const yes = { decision: 'approved', reason: 'ticket 42' }

describe('an answer', () => {
  test('of a person who may give it counts, and the statement passes', async () => {
    const { id, outcome } = await desk.ask()
    expect(await shape(post(`/approvals/${id}/answer`, { ...yes, ticket: 'OPS-1', version: 1 }))).toEqual({
      status: 200,
      body: { counted: true, state: 'approved', approvals: 1, quorum: 1 },
    })
    expect(passed(await outcome).grant?.answers).toEqual([
      { decision: 'approved', approver: bob, reason: 'ticket 42', ticket: 'OPS-1' },
    ])
    expect(desk.notes.find(({ event }) => event === 'approval.answer')?.detail).toMatchObject({
      via: 'inbox',
    })
  })

  test('that denies counts too', async () => {
    const { id, outcome } = await desk.ask()
    const response = await shape(post(`/approvals/${id}/answer`, { decision: 'denied', reason: 'no' }))
    expect(response).toMatchObject({ status: 200, body: { counted: true, state: 'denied' } })
    expect(await outcome).toMatchObject({ code: 'CARDEA_APPROVAL_DENIED' })
  })

  test.each([
    ['the requester', 'alice-token', yes],
    ['somebody without the role', 'mallory-token', yes],
    ['somebody without a reason', 'bob-token', { decision: 'approved' }],
  ])('of %s does not count', async (_, token, body) => {
    const { id } = await desk.ask()
    const response = await shape(post(`/approvals/${id}/answer`, body, { token }))
    expect(response).toMatchObject({ status: 409, body: { counted: false } })
    expect((await desk.queue.find(id, bob))?.state).toBe('pending')
  })

  test('counts once for one person, and several people fill a quorum', async () => {
    const { id, outcome } = await desk.ask(requiring({ quorum: 2 }))
    expect((await post(`/approvals/${id}/answer`, yes)).status).toBe(200)
    expect((await post(`/approvals/${id}/answer`, yes)).status).toBe(409)
    expect((await post(`/approvals/${id}/answer`, yes, { token: 'carol-token' })).status).toBe(200)
    expect(passed(await outcome).grant?.answers).toHaveLength(2)
  })

  test('to what the person has not seen does not count', async () => {
    const { id } = await desk.ask(requiring({ quorum: 2 }))
    await post(`/approvals/${id}/answer`, yes)
    const stale = await shape(
      post(`/approvals/${id}/answer`, { ...yes, version: 1 }, { token: 'carol-token' }),
    )
    expect(stale).toMatchObject({
      status: 409,
      body: { counted: false, state: 'pending', why: expect.stringMatching(/Look again/) },
    })
    const fresh = await post(`/approvals/${id}/answer`, { ...yes, version: 2 }, { token: 'carol-token' })
    expect(fresh.status).toBe(200)
  })

  test('to a request that is over does not count', async () => {
    const { id, outcome, abandon } = await desk.ask()
    abandon()
    await outcome
    expect(await shape(post(`/approvals/${id}/answer`, yes))).toMatchObject({
      status: 409,
      body: { counted: false, state: 'withdrawn' },
    })
  })

  test('to an unknown request finds nothing', async () => {
    const id = '01ARZ3NDEKTSV4RRFFQ69G5FAV'
    expect(await shape(post(`/approvals/${id}/answer`, yes))).toMatchObject({ status: 404 })
    expect(await shape(post(`/approvals/${id}/answer`, { ...yes, version: 1 }))).toMatchObject({
      status: 404,
    })
  })

  test('that cannot be put on record is said to be unavailable, and nothing more', async () => {
    await desk.close()
    inbox = inboxApproval({ authenticate, clock })
    desk = await deskWith([inbox], clock, event => {
      if (event === 'approval.answer') throw new Error('disk /var/audit is full of 4111111111111111')
    })
    const { id } = await desk.ask()
    const response = await shape(post(`/approvals/${id}/answer`, yes))
    expect(response).toMatchObject({ status: 503, body: { error: { code: 'unavailable' } } })
    expect(JSON.stringify(response)).not.toMatch(/disk|4111/)
  })
})

describe('reading', () => {
  test('lists what waits, or all', async () => {
    const first = await desk.ask()
    const second = await desk.ask({ submission: { statement: 'delete from cards where pan = $1 -- again' } })
    await post(`/approvals/${first.id}/answer`, { decision: 'denied', reason: 'no' })
    const ids = async (path: string) =>
      ((await (await get(path)).json()) as { approvals: { id: string }[] }).approvals.map(({ id }) => id)
    expect(await ids('/approvals')).toEqual([second.id])
    expect(await ids('/approvals?state=pending')).toEqual([second.id])
    expect((await ids('/approvals?state=all')).sort()).toEqual([first.id, second.id].sort())
    expect(await ids('/approvals?unreviewed=1')).toEqual([])
    expect(await ids('/approvals?state=all&unreviewed=1')).toEqual([])
  })

  test('shows one, with the objection to the viewer', async () => {
    const { id } = await desk.ask()
    expect(await shape(get(`/approvals/${id}`))).toMatchObject({
      status: 200,
      body: { id, state: 'pending', version: 1, objection: null, request: { statement: expect.any(String) } },
    })
    expect(await shape(get(`/approvals/${id}`, 'alice-token'))).toMatchObject({
      body: { objection: expect.stringMatching(/own/) },
    })
  })

  test('hides from others that a request exists', async () => {
    const { id } = await desk.ask()
    const hidden = await shape(get(`/approvals/${id}`, 'mallory-token'))
    const missing = await shape(get('/approvals/01ARZ3NDEKTSV4RRFFQ69G5FAV', 'mallory-token'))
    expect(hidden).toEqual(missing)
    expect(hidden.status).toBe(404)
    expect(await shape(get('/approvals?state=all', 'mallory-token'))).toMatchObject({
      body: { approvals: [] },
    })
  })

  test.each([
    '/approvals/../../etc/passwd',
    '/approvals/%2e%2e%2fetc',
    '/approvals/a%00b',
    '/approvals/a%2Fanswer',
    `/approvals/${'a'.repeat(65)}`,
    '/approvals/',
    '/approvals/__proto__/constructor',
    '/approvals/x/answer/y',
    '/',
    '/other',
  ])('finds nothing at %s', async path => {
    expect((await get(path)).status).toBe(404)
  })

  test.each([
    '/approvals?state=everything',
    '/approvals?access_token=bob-token',
    '/approvals?unreviewed=yes',
  ])('does not understand %s', async path => {
    expect((await get(path)).status).toBe(400)
  })
})

describe('who is there', () => {
  test.each([
    ['no token', {}],
    ['basic credentials', { authorization: 'Basic Ym9iOmJvYg==' }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['two tokens', { authorization: 'Bearer bob-token carol-token' }],
    ['a token in a cookie', { cookie: 'access_token=bob-token' }],
  ])('is not known from %s', async (_, headers) => {
    const response = await inbox.handle(new Request('http://localhost/approvals', { headers }))
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="cardea"')
  })

  test('is not known from a token in the address', async () => {
    expect((await get('/approvals?access_token=bob-token', null)).status).toBe(401)
  })

  test.each(['forged-token', 'revoked-token', 'nameless-token'])('is not known from a %s', async token => {
    revoked.add('revoked-token')
    const response = await get('/approvals', token)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toMatch(/error="invalid_token"/)
    expect(await response.text()).not.toContain(token)
  })

  test('is not known any more from the last millisecond of the token on', async () => {
    const held = { ...bob, expiresAt: clock.now() + MINUTE }
    people['held-token'] = held
    expect((await get('/approvals', 'held-token')).status).toBe(200)
    clock.advance(MINUTE)
    expect((await get('/approvals', 'held-token')).status).toBe(401)
    clock.jump(-60 * MINUTE)
    expect((await get('/approvals', 'held-token')).status).toBe(401)
  })

  test.each(['agent-token', 'service-token', 'delegate-token'])('is turned away with an %s', async token => {
    const { id } = await desk.ask()
    for (const response of [
      get('/approvals', token),
      get(`/approvals/${id}`, token),
      get('/approvals/events', token),
      post(`/approvals/${id}/answer`, yes, { token }),
      post(`/approvals/${id}/review`, { words: 'seen' }, { token }),
    ]) {
      expect(await shape(response)).toMatchObject({ status: 403, body: { error: { code: 'people_only' } } })
    }
    expect(await desk.queue.find(id, bob)).toMatchObject({ state: 'pending', answers: [] })
  })

  test('cannot be told while the identity provider is down', async () => {
    identityDown = true
    const response = await shape(get('/approvals'))
    expect(response).toMatchObject({ status: 503, body: { error: { code: 'unavailable' } } })
    expect(JSON.stringify(response)).not.toMatch(/ECONN|bob-token/)
  })
})

describe('hostile bodies', () => {
  const bodies: readonly (readonly [string, string, number])[] = [
    ['another person’s name', JSON.stringify({ ...yes, approver: carol }), 400],
    ['a channel of its own', JSON.stringify({ ...yes, via: 'terminal' }), 400],
    ['a polluted prototype', '{"__proto__":{"decision":"approved","reason":"x"}}', 400],
    ['a polluted constructor', '{"constructor":{"prototype":{"decision":"approved"}}}', 400],
    ['no decision', '{"reason":"x"}', 400],
    ['an unknown decision', '{"decision":"approve","reason":"x"}', 400],
    ['a decision in a list', '{"decision":["approved"],"reason":"x"}', 400],
    ['a reason that is no text', '{"decision":"approved","reason":{"toString":"x"}}', 400],
    ['a version that is no number', '{"decision":"approved","reason":"x","version":"1"}', 400],
    ['a version that is no whole number', '{"decision":"approved","reason":"x","version":1.5}', 400],
    ['null', 'null', 400],
    ['a list', '[{"decision":"approved"}]', 400],
    ['text', '"approved"', 400],
    ['half an object', '{"decision":"approved"', 400],
    ['nothing', '', 400],
    ['nesting without end', `{"decision":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, 400],
    ['too much', JSON.stringify({ ...yes, reason: 'x'.repeat(64 * 1024) }), 413],
  ]

  test.each(bodies)('%s', async (_, body, status) => {
    const { id } = await desk.ask()
    expect((await shape(post(`/approvals/${id}/answer`, body))).status).toBe(status)
    expect(await desk.queue.find(id, bob)).toMatchObject({ state: 'pending', answers: [] })
  })

  test('bytes that are no UTF-8', async () => {
    const { id } = await desk.ask()
    const response = await inbox.handle(
      new Request(`http://localhost/approvals/${id}/answer`, {
        method: 'POST',
        headers: { authorization: 'Bearer bob-token', 'content-type': 'application/json' },
        body: Buffer.concat([
          Buffer.from('{"decision":"approved","reason":"'),
          Buffer.of(0xff),
          Buffer.from('"}'),
        ]),
      }),
    )
    expect(response.status).toBe(400)
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', ''])(
    'of type "%s"',
    async type => {
      const { id } = await desk.ask()
      expect((await post(`/approvals/${id}/answer`, yes, { type })).status).toBe(415)
    },
  )

  test('a body without end is not read to its end', async () => {
    let given = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        given += 1
        controller.enqueue(new Uint8Array(16 * 1024))
      },
    })
    const request = new Request('http://localhost/approvals/x/answer', {
      method: 'POST',
      headers: { authorization: 'Bearer bob-token', 'content-type': 'application/json' },
      body,
      duplex: 'half',
    })
    expect((await inbox.handle(request)).status).toBe(413)
    expect(given).toBeLessThan(20)
  })

  test('other methods', async () => {
    const { id } = await desk.ask()
    const wrong = await get(`/approvals/${id}/answer`)
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST'])
    for (const method of ['DELETE', 'PUT', 'OPTIONS', 'HEAD']) {
      expect((await get('/approvals', 'bob-token', method)).status).toBe(405)
      expect((await get(`/approvals/${id}`, 'bob-token', method)).status).toBe(405)
    }
  })
})

describe('a review', () => {
  test('of an emergency access counts, once, and not of one’s own', async () => {
    const id = await desk.emergency()
    people['dora-token'] = { ...dora, roles: ['dba'] }
    const listed = await shape(get('/approvals?unreviewed=1'))
    expect(listed).toMatchObject({ body: { approvals: [{ id, review: null }] } })
    const words = { words: 'the till was down indeed' }
    expect((await post(`/approvals/${id}/review`, words, { token: 'dora-token' })).status).toBe(409)
    expect(await shape(post(`/approvals/${id}/review`, words))).toMatchObject({
      status: 200,
      body: { counted: true },
    })
    expect((await post(`/approvals/${id}/review`, words, { token: 'carol-token' })).status).toBe(409)
    expect(await shape(get(`/approvals/${id}`))).toMatchObject({
      body: { review: { reviewer: { subject: bob.subject }, ...words } },
    })
    expect(desk.notes.find(({ event }) => event === 'approval.review')?.detail).toMatchObject({
      via: 'inbox',
    })
  })

  test('of what is no emergency access does not count', async () => {
    const { id } = await desk.ask()
    const response = await shape(post(`/approvals/${id}/review`, { words: 'seen' }))
    expect(response).toMatchObject({ status: 409, body: { counted: false } })
  })

  test('needs words', async () => {
    const { id } = await desk.ask()
    expect((await post(`/approvals/${id}/review`, { words: ' ' })).status).toBe(400)
    expect((await post(`/approvals/${id}/review`, { words: 'seen', reviewer: carol })).status).toBe(400)
  })
})

describe('the stream of changes', () => {
  async function opened(token = 'bob-token') {
    const response = await get('/approvals/events', token)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    let text = ''
    let ended = false
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    const read = async (): Promise<void> => {
      const decoder = new TextDecoder()
      for (;;) {
        const { done, value } = await reader.read()
        if (done) break
        text += decoder.decode(value)
      }
      ended = true
    }
    void read()
    return { text: () => text, ended: () => ended, cancel: () => reader.cancel() }
  }

  test('names what changed, to those who may see it', async () => {
    const bobs = await opened()
    const mallorys = await opened('mallory-token')
    const { id } = await desk.ask()
    await eventually(() => bobs.text().includes('event: change'))
    expect(bobs.text()).toContain(`event: change\ndata: ${JSON.stringify({ id })}\n\n`)
    const before = bobs.text().length
    await post(`/approvals/${id}/answer`, { decision: 'denied', reason: 'no' })
    await eventually(() => bobs.text().length > before)
    expect(mallorys.text()).not.toContain('event:')
  })

  test('misses none of many changes at once', async () => {
    const stream = await opened()
    const ids: string[] = []
    for (let at = 0; at < 20; at++) {
      ids.push(
        (await desk.ask({ submission: { statement: `delete from cards where pan = $1 -- ${at}` } })).id,
      )
    }
    const named = (): Set<string> => new Set(stream.text().match(/(?<=data: \{"id":")\w+/g))
    await eventually(() => named().size === 20)
    await Promise.all(ids.map(id => post(`/approvals/${id}/answer`, { decision: 'denied', reason: 'no' })))
    const twice = (id: string) => stream.text().split(id).length > 2
    await eventually(() => [...named()].every(twice))
  })

  test('ends when the channel closes', async () => {
    const stream = await opened()
    await inbox.close?.()
    await eventually(stream.ended)
    expect((await get('/approvals/events')).status).toBe(503)
  })

  test('is bounded for one person, and a reader who leaves makes room', async () => {
    const streams = await Promise.all(Array.from({ length: 8 }, () => opened()))
    const refused = await get('/approvals/events')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '30'])
    expect((await get('/approvals/events', 'carol-token')).status).toBe(200)
    await streams[0]?.cancel()
    expect((await get('/approvals/events')).status).toBe(200)
  })

  describe('over time', () => {
    beforeEach(() => {
      jest.useFakeTimers({
        doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'setTimeout', 'clearTimeout'],
      })
    })
    afterEach(() => {
      jest.useRealTimers()
    })

    const pass = (milliseconds: number): void => {
      clock.advance(milliseconds)
      jest.advanceTimersByTime(milliseconds)
    }

    test('shows that it is alive', async () => {
      const stream = await opened()
      pass(15_000)
      await eventually(() => stream.text().includes(': still here\n\n'))
    })

    test('ends with the token', async () => {
      const stream = await opened('short-token')
      pass(45_000)
      expect(stream.ended()).toBe(false)
      pass(15_000)
      await eventually(stream.ended)
    })

    test('ends when the token is revoked', async () => {
      const stream = await opened('carol-token')
      revoked.add('carol-token')
      pass(60_000)
      await eventually(stream.ended)
    })

    test('ends for a reader who does not read', async () => {
      const response = await get('/approvals/events')
      for (let beats = 0; beats < 300; beats++) pass(15_000)
      let chunks = 0
      for await (const _ of response.body ?? []) chunks += 1
      expect(chunks).toBeLessThan(300)
    })
  })
})

describe('the channel', () => {
  test('needs to know who is there', () => {
    expect(() => inboxApproval({} as never)).toThrow(ConfigurationError)
  })

  test('reaches everybody, because people come and look', async () => {
    await expect(inbox.announce(approvalRequest('01'), forever)).resolves.toBeUndefined()
  })

  test('answers nothing before it is open', async () => {
    const early = inboxApproval({ authenticate, clock })
    const request = new Request('http://localhost/approvals', {
      headers: { authorization: 'Bearer bob-token' },
    })
    expect((await early.handle(request)).status).toBe(503)
  })

  test('says nothing of whom it knows when it is printed', () => {
    expect(printed(inbox)).not.toMatch(/token/)
  })
})
