import { writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { requestText } from '../../src/approval/providers/request-text.js'
import { changesIn } from '../../src/cli/approvals/events.js'
import { isAnswered, isView, isViews } from '../../src/cli/approvals/shape.js'
import { keepSignIn } from '../../src/cli/credentials/sign-in.js'
import { eventually, peer, requiring } from '../approval/channels/kit.js'
import { bob, MINUTE, VISA } from '../approval/desk-kit.js'
import { certificateAuthority } from '../support/issuer/certificates.js'
import { type House, house, type Person, started, TOKENS } from './approvals-kit.js'
import { inDirectory, type Ran } from './support.js'

let at: House
beforeEach(async () => {
  at = await house()
})
afterEach(async () => {
  await at.close()
  delete process.env['CARDEA_TOKEN']
  delete process.env['CARDEA_SERVER']
  delete process.env['CARDEA_HOME']
})

const as = (person: Person | null, ...argv: string[]): Promise<Ran> =>
  started(person, at.url, at.clock, ...argv).ended
const answersOnRecord = () => at.notes.filter(({ event }) => event === 'approval.answer')
const stateOf = async (id: string) => (await at.queue.find(id, bob))?.state

describe('cardea approvals list', () => {
  test('prints one line per request, newest first, with where, who and what', async () => {
    const { id } = await at.ask()
    at.clock.advance(MINUTE)
    const later = await at.ask({ submission: { statement: 'delete from cards where pan = $1 and true' } })
    const { code, out, err } = await as('bob', 'list')
    const line = (which: string, minutes: number) =>
      `${which}  pending  version 1  decide in ${minutes} minutes  "billing"  "alice@corp.example"  ` +
      '"Deletes from public.cards: rows picked by a unique key, at most 1 row."\n'
    expect({ code, out, err }).toEqual({ code: 0, out: line(later.id, 15) + line(id, 14), err: '2 found\n' })
  })

  test('leaves out what is over, unless all are wanted', async () => {
    const { id } = await at.ask()
    await as('bob', 'deny', id, '--reason', 'no')
    expect(await as('bob', 'list')).toEqual({ code: 0, out: '', err: '0 found\n' })
    expect((await as('bob', 'list', '--all')).out).toContain(`${id}  denied  `)
  })

  test('has emergency accesses that wait for their review, and a review puts an end to that', async () => {
    const id = await at.emergency()
    expect((await as('bob', 'list', '--unreviewed')).out).toMatch(
      new RegExp(`^${id} {2}expired {2}version \\d+ {2}break-glass {2}review in 23 hours {2}`),
    )
    expect(await as('bob', 'review', id, '--reason', 'the till was down indeed')).toMatchObject({ code: 0 })
    expect((await as('bob', 'list', '--unreviewed')).out).toBe('')
    expect((await as('bob', 'show', id)).out).toContain('    words: the till was down indeed\n')
    expect(await as('carol', 'review', id, '--reason', 'again')).toMatchObject({
      code: 1,
      err: expect.stringContaining('Not counted: It has been reviewed already.'),
    })
  })

  test('as JSON is what the inbox holds', async () => {
    const { id } = await at.ask()
    const { approvals } = JSON.parse((await as('bob', 'list', '--json')).out)
    expect(approvals.map((view: { id: string }) => view.id)).toEqual([id])
  })
})

describe('cardea approvals show', () => {
  test('prints the request as every channel does', async () => {
    const { id } = await at.ask()
    const view = await at.queue.find(id, bob)
    if (view === null) throw new Error('no view')
    const text = requestText(view.request, { state: 'pending', version: 1, now: at.clock.now() })
    expect(await as('bob', 'show', id)).toEqual({ code: 0, out: text, err: '' })
  })

  test('says beforehand that the own answer would not count', async () => {
    const { id } = await at.ask()
    expect((await as('alice', 'show', id)).out).toMatch(/^ {2}Your answer would not count: .+/m)
  })

  test('is of the request that was asked for and no other', async () => {
    const { id } = await at.ask()
    const stub = await peer(async () => ({ status: 200, body: JSON.stringify(await at.queue.find(id, bob)) }))
    const { code, out } = await started('bob', stub.url, at.clock, 'show', '01JANOTHER').ended
    await stub.close()
    expect({ code, out }).toEqual({ code: 2, out: '' })
  })

  test('of an unknown request could not be done', async () => {
    expect(await as('bob', 'show', '01JNOTHERE')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('There is no such request'),
    })
  })

  test('shows what would steer a terminal as text, and no card number', async () => {
    const { id } = await at.ask({
      submission: {
        statement: `delete from cards where pan = $1 -- \u001b[2J\u202e ${VISA}`,
        agent: {
          framework: 'x',
          id: '\u001b]0;owned\u0007\u009b\u{e0041}',
          claimedReason: 'x\n  State: approved',
        },
      },
    })
    const { out } = await as('bob', 'show', id)
    expect(out.replaceAll('\n', '')).not.toMatch(/\p{C}/u)
    const json = (await as('bob', 'show', id, '--json')).out
    expect(json.replaceAll('\n', '')).not.toMatch(/\p{C}/u)
    expect(JSON.parse(json).request.agent.id).toBe('\u001b]0;owned\u0007\u009b\u{e0041}')
    expect(out).toContain('  Claimed agent: \\u{1b}]0;owned\\u{7}\\u{9b}\\u{e0041}\n')
    expect(out.match(/^ {2}State: .*/gm)).toEqual(['  State: pending'])
    expect(out).not.toContain(VISA)
  })
})

describe('cardea approvals approve', () => {
  test('counts for the version that was read, and prints what is approved', async () => {
    const { id } = await at.ask()
    const ran = await as('bob', 'approve', id, '--reason', 'ticket 42', '--yes', '--version', '1')
    expect(ran).toMatchObject({ code: 0, err: '' })
    expect(ran.out).toMatch(
      /^Approval request .+\n {2}State: pending\n[\s\S]*\nCounted: approved; the request is approved\.\n$/,
    )
    expect(await stateOf(id)).toBe('approved')
    expect(answersOnRecord().map(({ detail }) => detail)).toEqual([
      expect.objectContaining({ via: 'inbox', counted: true, reason: 'ticket 42' }),
    ])
  })

  test('does not count for another version: somebody else has answered meanwhile', async () => {
    const { id } = await at.ask(requiring({ quorum: 3 }))
    const first = await as('carol', 'approve', id, '--reason', 'fine', '--yes', '--version', '1')
    expect(first.out).toContain('Counted: 1 of 3 approvals.\n')
    const second = await as('bob', 'approve', id, '--reason', 'fine', '--yes', '--version', '1')
    expect(second).toMatchObject({ code: 1, err: expect.stringMatching(/^error: Not counted: .*version 2/) })
    expect(answersOnRecord()).toHaveLength(1)
  })

  test('asks the inbox to check the version, too: what changes after the look does not count', async () => {
    const { id } = await at.ask(requiring({ quorum: 3 }))
    const view = await at.queue.find(id, bob)
    const { received, ...stub } = await peer(({ method }) =>
      method === 'GET'
        ? { status: 200, body: JSON.stringify(view) }
        : { status: 409, body: '{"counted":false,"why":"The request has changed.","state":"pending"}' },
    )
    const ran = await started(
      'bob',
      stub.url,
      at.clock,
      'approve',
      id,
      '--reason',
      'x',
      '--yes',
      '--version',
      '1',
    ).ended
    await stub.close()
    expect(ran).toMatchObject({ code: 1, err: 'error: Not counted: The request has changed.\n' })
    expect(JSON.parse(received[1]?.body ?? '')).toEqual({ decision: 'approved', reason: 'x', version: 1 })
  })

  test.each([
    ['without a terminal and without --yes', []],
    ['without a version', ['--yes']],
    ['with a version and without --yes', ['--version', '1']],
    ['with a version that is none', ['--yes', '--version', 'latest']],
  ])('is not sent %s', async (_how, options) => {
    const { id } = await at.ask()
    expect(await as('bob', 'approve', id, '--reason', 'x', ...options)).toMatchObject({ code: 2, out: '' })
    expect([answersOnRecord(), await stateOf(id)]).toEqual([[], 'pending'])
  })

  test('is not sent when it cannot count, so that nothing goes on record against the person', async () => {
    const { id } = await at.ask()
    const ran = await as('alice', 'approve', id, '--reason', 'mine', '--yes', '--version', '1')
    expect(ran).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^error: Not counted: /) })
    expect(answersOnRecord()).toEqual([])
  })

  test('wants a ticket where the rule does', async () => {
    const { id } = await at.ask(requiring({ ticketRequired: true }))
    const words = ['approve', id, '--reason', 'x', '--yes', '--version', '1']
    expect(await as('bob', ...words)).toMatchObject({ code: 2, err: expect.stringContaining('--ticket') })
    expect(await as('bob', ...words, '--ticket', 'CHG-7')).toMatchObject({ code: 0 })
    expect(answersOnRecord()[0]?.detail).toMatchObject({ ticket: 'CHG-7' })
  })

  test('answers one request, never several', async () => {
    const [one, other] = [await at.ask(), await at.ask({ submission: { statement: 'delete from cards' } })]
    const ran = await as('bob', 'approve', one.id, other.id, '--reason', 'x', '--yes', '--version', '1')
    expect(ran.code).toBe(2)
    expect(answersOnRecord()).toEqual([])
  })

  test('as JSON says what became of the answer and nothing else', async () => {
    const { id } = await at.ask()
    const { out } = await as('bob', 'approve', id, '--reason', 'x', '--yes', '--version', '1', '--json')
    expect(JSON.parse(out)).toEqual({ counted: true, state: 'approved', approvals: 1, quorum: 1 })
  })
})

describe('cardea approvals deny', () => {
  test('ends the request, once', async () => {
    const { id } = await at.ask()
    expect(await as('bob', 'deny', id, '--reason', 'not today')).toEqual({
      code: 0,
      out: 'Counted: denied; the request is denied.\n',
      err: '',
    })
    const again = await as('carol', 'deny', id, '--reason', 'me too')
    expect(again).toMatchObject({
      code: 1,
      err: expect.stringContaining('Not counted: the request is denied'),
    })
  })

  test('needs a reason', async () => {
    const { id } = await at.ask()
    expect((await as('bob', 'deny', id)).code).toBe(2)
    expect(await stateOf(id)).toBe('pending')
  })

  test('of an unknown request is not counted', async () => {
    expect(await as('bob', 'deny', '01JNOTHERE', '--reason', 'x')).toMatchObject({ code: 1 })
  })
})

describe('the server', () => {
  const failing = async (server: string | null, ...argv: string[]) =>
    started('bob', server, at.clock, 'list', ...argv).ended

  test.each([
    ['no server', null, 'CARDEA_SERVER'],
    ['no address', 'approvals', 'no http address'],
    ['another protocol', 'file:///etc/passwd', 'no http address'],
    ['another machine in the clear', 'http://approvals.corp.example', 'must be https'],
    ['a name that only begins like loopback', 'http://127.0.0.1.evil.example', 'must be https'],
    ['a password in the address', 'https://bob:hunter2@approvals.corp.example', 'holds more than'],
    ['nobody there', 'http://127.0.0.1:1', 'ECONNREFUSED'],
  ])('%s: could not be done', async (_what, server, words) => {
    const { code, out, err } = await failing(server)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(words)
    expect(err).not.toContain('hunter2')
  })

  test('is asked as whoever signed in with cardea login, and not at all when nobody did', () =>
    inDirectory(async file => {
      process.env['CARDEA_HOME'] = file('home')
      const list = () => started(null, at.url, at.clock, 'list').ended
      const { code, err } = await list()
      await keepSignIn({
        kind: 'person',
        issuer: 'https://idp.corp.example',
        clientId: 'cardea',
        token: TOKENS.bob,
        expiresAt: null,
      })
      await at.ask()
      expect([code, err]).toEqual([2, expect.stringContaining('Nobody is signed in')])
      expect(await list()).toMatchObject({ code: 0, err: '1 found\n' })
    }))

  test('a token that is not accepted is not repeated', async () => {
    const { code, out, err } = await as('nobody', 'list')
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain('sign in again')
    expect(err).not.toContain(TOKENS.nobody)
  })

  test.each([
    ['no JSON', { status: 200, body: '<html>' }],
    ['other JSON', { status: 200, body: '{"approvals":[{"id":7}]}' }],
    ['a broken request', { status: 200, body: '{"approvals":[{"id":"x","state":"pending","request":{}}]}' }],
    ['an error without words', { status: 500 }],
    [
      'words that would steer a terminal',
      { status: 403, body: '{"error":{"code":"x","message":"\\u001b[2Jno"}}' },
    ],
    ['a broken connection', null],
  ])('answers with %s: could not be done', async (_what, reply) => {
    const stub = await peer(() => reply)
    const { code, out, err } = await failing(stub.url)
    await stub.close()
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(/^error: .+\n$/)
    expect(err.trim()).not.toMatch(/\p{C}/u)
    expect(err).not.toContain(TOKENS.bob)
  })

  test('is the only one that gets the token: no redirect is followed', async () => {
    const other = await peer(() => ({ status: 200, body: '{"approvals":[]}' }))
    const stub = await peer(() => ({ status: 307, headers: { location: `${other.url}/approvals` } }))
    const { code } = await failing(stub.url)
    await Promise.all([stub.close(), other.close()])
    expect([code, other.received]).toEqual([2, []])
  })

  test('over TLS is believed with its authority and not without', () =>
    inDirectory(async file => {
      const authority = certificateAuthority()
      await writeFile(file('ca.pem'), authority.cert)
      await writeFile(file('other.pem'), certificateAuthority().cert)
      const secure = await house(authority.issue('127.0.0.1'))
      const list = (...argv: string[]) => started('bob', secure.url, secure.clock, 'list', ...argv).ended
      const [without, other, right] = [
        await list(),
        await list('--ca', file('other.pem')),
        await list('--ca', file('ca.pem')),
      ]
      await secure.close()
      expect([without.code, other.code, right.code]).toEqual([2, 2, 0])
      expect(without.err).toContain('--ca')
      expect((await list('--ca', file('none.pem'))).err).toContain('cannot be read')
    }))

  test('may have a path of its own, and the option goes before the variable', async () => {
    const stub = await peer(() => ({ status: 200, body: '{"approvals":[]}' }))
    await started('bob', at.url, at.clock, 'list', '--server', `${stub.url}/cardea`).ended
    await stub.close()
    expect(stub.received.map(({ path }) => path)).toEqual(['/cardea/approvals?state=pending'])
  })
})

describe('cardea approvals watch, where there is no terminal', () => {
  test('prints what is pending, then a line per change, until interrupted', async () => {
    const { id } = await at.ask()
    const watching = started('bob', at.url, at.clock, 'watch')
    await eventually(() => watching.out().includes(`${id}  pending  version 1`))
    const later = await at.ask({ submission: { statement: 'delete from cards' } })
    await eventually(() => watching.out().includes(`${later.id}  pending`))
    await at.queue.answer(id, { decision: 'denied', approver: bob, reason: 'no' }, 'test')
    await eventually(() => watching.out().includes(`${id}  denied`))
    watching.interrupt()
    const { code, out, err } = await watching.ended
    expect({ code, err, lines: out.trim().split('\n').length }).toEqual({ code: 0, err: '', lines: 3 })
  })

  test('as JSON prints one request per line', async () => {
    const { id } = await at.ask()
    const watching = started('bob', at.url, at.clock, 'watch', '--json')
    await eventually(() => watching.out().includes('\n'))
    watching.interrupt()
    expect(
      (await watching.ended).out
        .trim()
        .split('\n')
        .map(line => JSON.parse(line).id),
    ).toEqual([id])
  })

  test('goes on when the server comes back, and misses nothing that happened meanwhile', async () => {
    const { id } = await at.ask()
    const watching = started('bob', at.url, at.clock, 'watch')
    await eventually(() => watching.out().includes(id))
    await at.hangUp()
    await eventually(() => watching.err().includes('warning: '))
    const later = await at.ask({ submission: { statement: 'delete from cards' } })
    await at.queue.answer(id, { decision: 'denied', approver: bob, reason: 'no' }, 'test')
    await at.returnTo(at.port)
    await eventually(() => watching.out().includes(`${later.id}  pending`))
    await eventually(() => watching.out().includes(`${id}  denied`))
    const last = await at.ask({ submission: { statement: 'delete from cards where true' } })
    await eventually(() => watching.out().includes(last.id))
    watching.interrupt()
    expect(await watching.ended).toMatchObject({ code: 0, err: expect.stringContaining('reached again') })
  })

  test('ends when going on is of no use', async () => {
    expect(await started('nobody', at.url, at.clock, 'watch').ended).toMatchObject({
      code: 2,
      err: expect.stringContaining('sign in again'),
    })
  })
})

describe('what a server sends', () => {
  const read = async (...chunks: (string | Buffer)[]): Promise<string[]> => {
    const found: string[] = []
    for await (const data of changesIn(fromArray(chunks))) found.push(data)
    return found
  }
  async function* fromArray<T>(items: readonly T[]): AsyncGenerator<T> {
    yield* items
  }

  test('as events is read in whatever pieces and line ends it comes', async () => {
    const stream =
      ': hello\r\nevent: change\r\ndata: {"id":"ä1"}\r\n\r\nevent:change\ndata:2\n\nevent: x\ndata: 3\n\ndata: 4\n\n'
    const bytes = Buffer.from(stream)
    expect(await read(bytes)).toEqual(['{"id":"ä1"}', '2'])
    expect(await read(...Array.from(bytes, byte => Buffer.from([byte])))).toEqual(['{"id":"ä1"}', '2'])
  })

  test('without an end does not fill the memory', async () => {
    let sent = 0
    async function* endless() {
      for (;;) {
        sent += 1
        yield 'x'.repeat(1024)
      }
    }
    for await (const _ of changesIn(endless())) throw new Error('an event')
    expect(sent).toBeLessThan(200)
  })

  test('property: is a request with all its parts, or nothing', async () => {
    const { id } = await at.ask()
    const view = JSON.parse(JSON.stringify(await at.queue.find(id, bob)))
    expect(isView(view)).toBe(true)
    const needed = [
      'id',
      'state',
      'version',
      'request',
      'answers',
      'createdAt',
      'decideBy',
      'why',
      'objection',
    ]
    for (const name of needed) expect(isView({ ...view, [name]: undefined })).toBe(false)
    const inside = ['statement', 'bindings', 'summary', 'principal', 'requirement', 'dataSource', 'labels']
    for (const name of inside) {
      expect(isView({ ...view, request: { ...view.request, [name]: { evil: 1 } } })).toBe(false)
    }
    fc.assert(
      fc.property(fc.anything(), value => {
        expect([isView(value), isViews(value), isAnswered(value)]).toEqual([false, false, false])
      }),
    )
  })
})
