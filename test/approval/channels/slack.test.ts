import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { HttpChannel } from '../../../src/approval/channels/http-channel.js'
import { serveApprovals } from '../../../src/approval/channels/serve.js'
import { type SlackApprovalOptions, slackApproval } from '../../../src/approval/channels/slack/slack.js'
import { requestText } from '../../../src/approval/providers/request-text.js'
import { ConfigurationError } from '../../../src/errors.js'
import type { Approver } from '../../../src/model/grant.js'
import {
  alice,
  bob,
  carol,
  type DecidedParts,
  type HandClock,
  handClock,
  MINUTE,
  passed,
} from '../desk-kit.js'
import { approvalRequest } from '../request-kit.js'
import {
  type Asked,
  type Desk,
  deskWith,
  eventually,
  forever,
  HOSTILE,
  LONG_STATEMENT,
  printed,
  rejection,
  requiring,
  withHostileText,
} from './kit.js'
import { sectionsOf, seen } from './slack-blocks.js'
import {
  CHANNEL,
  type Message,
  member,
  SIGNING_SECRET,
  type SlackServer,
  signedRequest,
  slackRequest,
  slackServer,
  slackSignature,
  TEAM,
  TOKEN,
  type View,
} from './slack-server.js'

const BOB = 'U0BOB1'
const CAROL = 'U0CAROL1'
const ALICE = 'U0ALICE1'

let clock: HandClock
let slack: SlackServer
let channel: HttpChannel
let desk: Desk
let directory: Record<string, Approver>

beforeEach(async () => {
  clock = handClock()
  slack = await slackServer(clock)
  slack.members.set(BOB, member(BOB, 'bob@corp.example'))
  slack.members.set(CAROL, member(CAROL, 'carol@corp.example'))
  slack.members.set(ALICE, member(ALICE, 'alice@corp.example'))
  directory = {
    'bob@corp.example': bob,
    'carol@corp.example': carol,
    'alice@corp.example': { ...alice, roles: ['dba'] },
  }
  channel = slackApproval(options())
  desk = await deskWith([channel], clock)
})

afterEach(async () => {
  await desk.close()
  await slack.close()
})

function options(parts: Partial<SlackApprovalOptions> = {}): SlackApprovalOptions {
  const people = async (email: string) => directory[email] ?? null
  return {
    token: TOKEN,
    signingSecret: SIGNING_SECRET,
    channel: CHANNEL,
    people,
    api: slack.api,
    clock,
    ...parts,
  }
}

async function posted(parts: DecidedParts = {}): Promise<Asked & { message: Message }> {
  const before = slack.messages.length
  const asked = await desk.ask(parts)
  await eventually(() => slack.messages.length > before)
  return { ...asked, message: slack.messages[before] as Message }
}

const now = (message: Message): Message =>
  slack.messages.find(({ ts }) => ts === message.ts) ?? ({} as Message)

function hasButtons({ blocks }: Message): boolean {
  return blocks.some(({ type }) => type === 'actions')
}

/** Presses a button and gives back the modal that opens. */
async function modal(user: string, message: Message, action = 'cardea.approve'): Promise<View> {
  const before = [...slack.views.keys()]
  const response = await channel.handle(slack.pressed(user, message, action))
  expect([response.status, await response.text()]).toEqual([200, ''])
  const [id = ''] = [...slack.views.keys()].filter(view => !before.includes(view))
  const view = slack.views.get(id)
  if (view === undefined) throw new Error('no modal opened')
  return view
}

/** Sends a modal; null: it closed. Otherwise what it says is wrong. */
async function send(user: string, view: View, typed: Record<string, string> = { reason: 'ticket 42' }) {
  const after = await slack.taken(view, await channel.handle(slack.submitted(user, view, typed)))
  return after === null ? null : ((after['errors'] as { reason?: string } | undefined)?.reason ?? 'no words')
}

const codeOf = ({ blocks }: Message): string =>
  sectionsOf(blocks)
    .map(text => seen(text).code.replace(/^\n|\n$/g, ''))
    .join('\n')

describe('a message', () => {
  test('shows the whole request as any other place does, with two buttons', async () => {
    const { id, message } = await posted()
    const view = await desk.queue.find(id, bob)
    if (view === null) throw new Error('not there')
    expect(message).toMatchObject({
      channel: CHANNEL,
      text: `Approval wanted: ${id}`,
      mrkdwn: false,
      parse: 'none',
      link_names: false,
      unfurl_links: false,
      unfurl_media: false,
    })
    expect(`${codeOf(message)}\n`).toBe(requestText(view.request, { now: clock.now() }))
    const buttons = message.blocks.at(-1)
    expect(buttons).toMatchObject({
      type: 'actions',
      elements: [
        { action_id: 'cardea.approve', style: 'primary' },
        { action_id: 'cardea.deny', style: 'danger' },
      ],
    })
    expect(JSON.stringify(message)).not.toContain('4111111111111111')
  })

  test('gives hostile text no mention, no link, no formatting and no line of its own', async () => {
    const request = withHostileText(approvalRequest('01ARZ3NDEKTSV4RRFFQ69G5FAV'))
    await channel.announce(request, forever)
    const [message] = slack.messages as [Message]
    const texts = sectionsOf(message.blocks)
    for (const text of texts) {
      const { live, prose } = seen(text)
      expect([live, prose]).toEqual([[], ''])
    }
    // Only the ends of code blocks are shown in another way than elsewhere.
    const whole = requestText(request, { now: clock.now() }).replace(/`(?=``)/g, '\\u{60}')
    expect(`${codeOf(message)}\n`).toBe(whole)
    expect(whole).not.toContain('\nDecide before: never')
    expect(JSON.stringify(message.blocks)).toContain('evil.example')
  })

  test('property: whatever a statement holds, it is code and nothing else', async () => {
    const piece = fc.constantFrom(
      '`',
      '``',
      '```',
      '<',
      '>',
      '&',
      '&lt;',
      '\n',
      '\r',
      '<!here>',
      '*',
      '_',
      'x',
      ' ',
      '\u202e',
      '😀',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async pieces => {
        const before = slack.messages.length
        const statement = pieces.join('')
        await channel.announce(approvalRequest('01', { statement }), forever)
        const { blocks } = slack.messages[before] as Message
        for (const text of sectionsOf(blocks)) {
          const { live, prose } = seen(text)
          expect([live, prose]).toEqual([[], ''])
        }
      }),
      { numRuns: 60 },
    )
  })

  test.each([1_000, 2_900, 3_100, 6_000, 9_000])('fits a statement of %d characters whole', async length => {
    const statement = `select '${'a<&'.repeat(length / 3)}'`
    await channel.announce(approvalRequest('01', { statement }), forever)
    const [message] = slack.messages as [Message]
    const shown = codeOf(message)
      .replace(/\n +\| /g, '')
      .replace(/\n/g, '')
    const fits = hasButtons(message)
    expect(shown.includes(statement)).toBe(fits)
    // Up to the length that always fits; beyond, either whole or not at all.
    if (length <= 2_900) expect(fits).toBe(true)
  })

  test('never cuts: what does not fit is not shown, has no buttons, and says where to go', async () => {
    const { id, message } = await posted({ submission: { statement: LONG_STATEMENT } })
    expect(hasButtons(message)).toBe(false)
    const texts = JSON.stringify(message.blocks)
    expect(texts).toContain(`cardea approvals show ${id}`)
    expect(texts).not.toContain('delete from cards')
  })

  test('has no buttons where the rule asks how the approver signed in', async () => {
    const { id, message } = await posted(requiring({ amr: ['otp'] }))
    expect(hasButtons(message)).toBe(false)
    expect(JSON.stringify(message.blocks)).toContain(`cardea approvals approve ${id}`)
    expect(codeOf(message)).toContain('delete from cards')
  })

  test('of an emergency access asks nobody', async () => {
    const id = await desk.emergency()
    await eventually(() => slack.messages.length === 1)
    const [message] = slack.messages as [Message]
    expect(message.text).toBe(`Emergency access: ${id}`)
    expect(hasButtons(message)).toBe(false)
    expect(codeOf(message)).toContain('BREAK-GLASS')
  })

  test('changes when the request is over: outcome instead of buttons', async () => {
    const { message, outcome } = await posted()
    expect(await send(BOB, await modal(BOB, message, 'cardea.deny'), { reason: 'not <today>' })).toBeNull()
    expect(await outcome).toMatchObject({ code: 'CARDEA_APPROVAL_DENIED' })
    await eventually(() => !hasButtons(now(message)))
    expect(codeOf(now(message))).toMatch(/Outcome: denied\. .*not <today>/)
    expect(codeOf(now(message))).toContain('delete from cards')
  })

  test('changes when nobody waits any more, even if it was posted a moment later', async () => {
    let release = (): void => {}
    const slow = new Promise<void>(resolve => {
      release = resolve
    })
    slack.trouble = method => (method === 'chat.postMessage' ? slow.then(() => ({ status: 0 })) : undefined)
    const { outcome, abandon } = await desk.ask()
    abandon()
    await outcome
    release()
    await eventually(() => slack.messages.length === 1 && !hasButtons(slack.messages[0] as Message))
    expect(codeOf(slack.messages[0] as Message)).toContain('Outcome: withdrawn')
  })
})

describe('an answer', () => {
  test('of a person whom the directory knows counts, and the statement passes', async () => {
    const { message, outcome } = await posted()
    const view = await modal(BOB, message)
    expect(view).toMatchObject({ title: { text: 'Approve' }, callback_id: 'cardea.answer' })
    expect(await send(BOB, view)).toBeNull()
    expect(passed(await outcome).grant?.answers).toEqual([
      { decision: 'approved', approver: { email: 'bob@corp.example', ...bob }, reason: 'ticket 42' },
    ])
    expect(desk.notes.find(({ event }) => event === 'approval.answer')?.detail).toMatchObject({
      via: 'slack',
    })
  })

  test('is asked for what the rule requires', async () => {
    const { message, outcome } = await posted(requiring({ reasonRequired: false, ticketRequired: true }))
    const view = await modal(BOB, message)
    expect(view.blocks.filter(({ type }) => type === 'input')).toMatchObject([
      { block_id: 'reason', optional: true },
      { block_id: 'ticket', optional: false },
    ])
    expect(await send(BOB, view, { ticket: 'OPS-1' })).toBeNull()
    expect(passed(await outcome).grant?.answers).toMatchObject([{ ticket: 'OPS-1' }])
  })

  test('of the requester, or given twice, does not count, and the modal says why', async () => {
    const { id, message } = await posted(requiring({ quorum: 2 }))
    expect(await send(ALICE, await modal(ALICE, message))).toMatch(/own/)
    expect(await send(BOB, await modal(BOB, message))).toBeNull()
    expect(await send(BOB, await modal(BOB, message))).toMatch(/already/)
    expect((await desk.queue.find(id, bob))?.answers).toHaveLength(1)
  })

  test('of several shows how far it is', async () => {
    const { message, outcome } = await posted(requiring({ quorum: 2 }))
    expect(await send(BOB, await modal(BOB, message))).toBeNull()
    await eventually(() => codeOf(now(message)).includes('Approvals: 1 of 2'))
    expect(hasButtons(now(message))).toBe(true)
    expect(await send(CAROL, await modal(CAROL, now(message)))).toBeNull()
    passed(await outcome)
    await eventually(() => codeOf(now(message)).includes('Outcome: approved'))
    expect(hasButtons(now(message))).toBe(false)
  })

  test('to a request that is over says so', async () => {
    const { message, outcome, abandon } = await posted()
    const view = await modal(BOB, message)
    abandon()
    await outcome
    expect(await send(BOB, view)).toMatch(/withdrawn already/)
  })

  test('from a message that another process posted counts, and changes that message', async () => {
    const { message, outcome } = await posted(requiring({ quorum: 2 }))
    const other = slackApproval(options())
    await other.open(desk.queue)
    const view = await modal(BOB, message)
    const response = await other.handle(slack.submitted(BOB, view, { reason: 'ticket 42' }))
    expect(await slack.taken(view, response)).toBeNull()
    await eventually(() => codeOf(now(message)).includes('Approvals: 1 of 2'))
    expect(await send(CAROL, await modal(CAROL, message))).toBeNull()
    passed(await outcome)
    await other.close?.()
  })

  test('takes the buttons from a message that outlived its process', async () => {
    const { message, outcome, abandon } = await posted()
    slack.trouble = method => (method === 'chat.update' ? { status: 500 } : undefined)
    abandon()
    await outcome
    await eventually(async () => (await desk.queue.list(bob)).length === 0)
    await new Promise(resolve => setTimeout(resolve, 50))
    slack.trouble = () => undefined
    expect(hasButtons(now(message))).toBe(true)
    expect(await send(BOB, await modal(BOB, message))).toMatch(/withdrawn already/)
    await eventually(() => !hasButtons(now(message)))
  })

  test('over a real connection', async () => {
    const server = await serveApprovals({ channels: [channel], port: 0 })
    const { message, outcome } = await posted()
    const forward = async (request: Request): Promise<Response> =>
      fetch(`${server.url}/slack`, { method: 'POST', headers: request.headers, body: await request.text() })
    expect((await forward(slack.pressed(BOB, message, 'cardea.approve'))).status).toBe(200)
    const [view] = slack.views.values()
    if (view === undefined) throw new Error('no modal opened')
    const response = await forward(slack.submitted(BOB, view, { reason: 'ticket 42' }))
    expect(await slack.taken(view, response)).toBeNull()
    passed(await outcome)
    await server.close()
  })
})

describe('who does not count', () => {
  const strangers: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
    ['somebody deactivated', { deleted: true }, /not active/],
    ['a bot', { is_bot: true }, /not an app/],
    ['a workflow', { is_workflow_bot: true }, /not an app/],
    ['a guest', { is_restricted: true }, /Guests/],
    ['a guest of one channel', { is_ultra_restricted: true }, /Guests/],
    ['a member of another workspace', { team_id: 'T0OTHER' }, /this workspace/],
    ['a stranger', { is_stranger: true }, /this workspace/],
    [
      'a member of another organisation',
      { team_id: 'T0OTHER', enterprise_user: { teams: ['T0OTHER2'] } },
      /this workspace/,
    ],
    ['somebody without a confirmed address', { is_email_confirmed: false }, /not confirmed/],
    ['somebody whose address nobody vouches for', { is_email_confirmed: undefined }, /not confirmed/],
    ['somebody without an address', { profile: {} }, /not confirmed/],
    ['somebody with two addresses in one', { profile: { email: 'x@y bob@corp.example' } }, /not confirmed/],
    ['somebody unknown', { profile: { email: 'eve@corp.example' } }, /nobody who is known/],
    [
      'somebody named like the directory’s insides',
      { profile: { email: '__proto__@x' } },
      /nobody who is known/,
    ],
    ['somebody else’s profile', { id: 'U0OTHER' }, /not active/],
    [
      'a profile that says nothing',
      { deleted: undefined, is_bot: undefined, is_restricted: undefined },
      /not active/,
    ],
    ['a profile that does not say whether it is a guest’s', { is_restricted: undefined }, /Guests/],
  ]

  test.each(strangers)('%s', async (_, parts, why) => {
    const { id, message } = await posted()
    slack.members.set(BOB, member(BOB, 'bob@corp.example', parts))
    expect(await send(BOB, await modal(BOB, message))).toMatch(why)
    expect(await desk.queue.find(id, bob)).toMatchObject({ state: 'pending', answers: [] })
    // The same person, put right, counts: so it was this that was wrong.
    slack.members.set(BOB, member(BOB, 'bob@corp.example'))
    expect(await send(BOB, await modal(BOB, message))).toBeNull()
  })

  test('but a member of this workspace in a larger organisation does', async () => {
    const { message } = await posted()
    slack.members.set(
      BOB,
      member(BOB, 'bob@corp.example', { team_id: 'T0HOME', enterprise_user: { teams: [TEAM] } }),
    )
    expect(await send(BOB, await modal(BOB, message))).toBeNull()
  })

  test('somebody whom Slack does not know', async () => {
    const { message } = await posted()
    expect(await send('U0NOBODY', await modal(BOB, message))).toMatch(/could not be taken now/)
  })

  test('somebody whom the directory cannot be asked about', async () => {
    const { id, message } = await posted()
    await channel.close?.()
    channel = slackApproval(
      options({ people: async () => Promise.reject(new Error('ldap://secret is down')) }),
    )
    await channel.open(desk.queue)
    const words = await send(BOB, await modal(BOB, message))
    expect(words).toMatch(/nothing was counted/)
    expect(words).not.toMatch(/ldap/)
    expect(await desk.queue.find(id, bob)).toMatchObject({ answers: [] })
  })

  test('a service that the directory takes for a person', async () => {
    const { message } = await posted()
    directory['bob@corp.example'] = { ...bob, kind: 'service' }
    expect(await send(BOB, await modal(BOB, message))).toMatch(/person/)
  })

  test('a sign-in that the directory remembers, because it was not this one', async () => {
    const { id, message } = await posted()
    directory['bob@corp.example'] = { ...bob, amr: ['otp'] }
    // The buttons are of a request without `amr`; their value is turned to one with it.
    const strict = await posted({
      ...requiring({ amr: ['otp'] }),
      submission: { statement: 'delete from cards where pan = $1 -- strict' },
    })
    const view = await modal(BOB, message)
    const turned = { ...view, private_metadata: view.private_metadata.replace(id, strict.id) }
    expect(await send(BOB, turned)).toMatch(/otp/)
    expect(await desk.queue.find(strict.id, bob)).toMatchObject({ state: 'pending', answers: [] })
  })
})

describe('what does not come from Slack', () => {
  const timestamp = (offsetMs = 0): string => String(Math.floor((clock.now() + offsetMs) / 1_000))

  async function submission(): Promise<{ id: string; body: string }> {
    const { id, message } = await posted()
    const request = slack.submitted(BOB, await modal(BOB, message), { reason: 'ticket 42' })
    return { id, body: await request.text() }
  }

  const forged: readonly (readonly [string, (body: string) => Request])[] = [
    ['no signature', body => slackRequest(body, timestamp(), '')],
    [
      'another secret',
      body => slackRequest(body, timestamp(), slackSignature(timestamp(), body, 'f'.repeat(32))),
    ],
    ['another body', body => slackRequest(body, timestamp(), slackSignature(timestamp(), `${body}x`))],
    [
      'another version',
      body => slackRequest(body, timestamp(), slackSignature(timestamp(), body).replace('v0', 'v1')),
    ],
    [
      'capital letters',
      body => slackRequest(body, timestamp(), slackSignature(timestamp(), body).toUpperCase()),
    ],
    [
      'six minutes ago',
      body => slackRequest(body, timestamp(-6 * MINUTE), slackSignature(timestamp(-6 * MINUTE), body)),
    ],
    [
      'six minutes ahead',
      body => slackRequest(body, timestamp(6 * MINUTE), slackSignature(timestamp(6 * MINUTE), body)),
    ],
    ['no time', body => slackRequest(body, '', slackSignature('', body))],
    ['a time in words', body => slackRequest(body, 'now', slackSignature('now', body))],
  ]

  test.each(forged)('%s', async (_, forge) => {
    const { id, body } = await submission()
    expect((await channel.handle(forge(body))).status).toBe(401)
    expect(await desk.queue.find(id, bob)).toMatchObject({ state: 'pending', answers: [] })
    const right = slackRequest(body, timestamp(), slackSignature(timestamp(), body))
    expect((await channel.handle(right)).status).toBe(200)
    expect((await desk.queue.find(id, bob))?.state).toBe('approved')
  })

  test('property: whatever byte of an answer is changed', async () => {
    const { id, body } = await submission()
    const at = timestamp()
    const signature = slackSignature(at, body)
    await fc.assert(
      fc.asyncProperty(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), async (place, flip) => {
        const bytes = Buffer.from(body)
        bytes[place] = (bytes[place] ?? 0) ^ flip
        expect((await channel.handle(slackRequest(bytes, at, signature))).status).toBe(401)
      }),
      { numRuns: 300 },
    )
    expect(await desk.queue.find(id, bob)).toMatchObject({ state: 'pending', answers: [] })
  })

  test('an answer that comes again', async () => {
    const { message } = await posted(requiring({ quorum: 2 }))
    const request = slack.submitted(BOB, await modal(BOB, message), { reason: 'ticket 42' })
    const again = request.clone()
    expect((await channel.handle(request)).status).toBe(200)
    expect((await channel.handle(again)).status).toBe(409)
  })

  test.each<[string, unknown, number]>([
    ['nothing', undefined, 400],
    ['a list', [], 400],
    ['another type', { type: 'view_closed' }, 200],
    [
      'a button of another app',
      { type: 'block_actions', actions: [{ action_id: 'other' }], container: {} },
      200,
    ],
    [
      'a button without a value',
      { type: 'block_actions', actions: [{ action_id: 'cardea.approve' }], container: {} },
      400,
    ],
    [
      'a button of somewhere',
      {
        type: 'block_actions',
        container: { channel_id: 'C', message_ts: '1' },
        trigger_id: 't',
        actions: [{ action_id: 'cardea.approve', value: '{"id":"../../x"}' }],
      },
      404,
    ],
    [
      'a button with a polluted value',
      {
        type: 'block_actions',
        container: { channel_id: 'C', message_ts: '1' },
        trigger_id: 't',
        actions: [{ action_id: 'cardea.approve', value: '{"__proto__":{"id":"x"}}' }],
      },
      400,
    ],
    [
      'no container',
      { type: 'block_actions', actions: [{ action_id: 'cardea.approve', value: '{"id":"x"}' }] },
      400,
    ],
    ['a modal of another app', { type: 'view_submission', view: { callback_id: 'other' } }, 200],
    ['a modal without data', { type: 'view_submission', view: { callback_id: 'cardea.answer' } }, 400],
    [
      'a modal without a decision',
      {
        type: 'view_submission',
        view: { callback_id: 'cardea.answer', private_metadata: '{"id":"x","channel":"C","ts":"1"}' },
      },
      400,
    ],
    [
      'a modal nested without end',
      {
        type: 'view_submission',
        view: { callback_id: 'cardea.answer', private_metadata: '['.repeat(20_000) },
      },
      400,
    ],
  ])('signed, but %s', async (_, payload, status) => {
    expect((await channel.handle(signedRequest(clock, payload))).status).toBe(status)
  })

  test('an answer that leaves out who and what', async () => {
    const { id, message } = await posted()
    const view = await modal(BOB, message)
    const bare = signedRequest(clock, { type: 'view_submission', view })
    expect(await slack.taken(view, await channel.handle(bare))).toMatchObject({
      errors: { reason: expect.stringMatching(/could not be taken/) },
    })
    expect(await desk.queue.find(id, bob)).toMatchObject({ answers: [] })
  })

  test('another media type, another method, too much', async () => {
    const request = (init: RequestInit) => channel.handle(new Request('http://localhost/slack', init))
    expect((await request({})).status).toBe(405)
    expect(
      (await request({ method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })).status,
    ).toBe(415)
    const big = slackRequest('x'.repeat(64 * 1024 + 1), timestamp(), 'v0=')
    expect((await channel.handle(big)).status).toBe(413)
  })
})

describe('Slack in trouble', () => {
  test('makes the statement unavailable when nobody can be told, without the token in the words', async () => {
    for (const trouble of [
      { status: 500, body: 'oops' },
      { status: 200, body: '{"ok":false,"error":"channel_not_found"}' },
      { status: 200, body: `{"ok":false,"error":"<b>${TOKEN}</b>"}` },
      { status: 200, body: 'no JSON' },
      { status: 200, body: '{"ok":true}' },
      { status: 302, headers: { location: 'https://evil.example' } },
      null,
    ]) {
      slack.trouble = method => (method === 'chat.postMessage' ? Promise.resolve(trouble) : undefined)
      const { outcome } = await desk.ask()
      const refusal = await outcome
      expect(refusal).toMatchObject({ code: 'CARDEA_APPROVAL_UNAVAILABLE' })
      expect(printed(refusal) + printed(desk.notes)).not.toContain(TOKEN)
    }
    expect(slack.messages).toEqual([])
  })

  test('names Slack’s own word for a problem', async () => {
    slack.trouble = () => ({ status: 200, body: '{"ok":false,"error":"not_in_channel"}' })
    await expect(channel.announce(approvalRequest('01'), forever)).rejects.toThrow(
      'Slack refused chat.postMessage: not_in_channel.',
    )
  })

  test('is waited for when it says how long', async () => {
    let asked = 0
    slack.trouble = method => {
      if (method !== 'chat.postMessage') return undefined
      asked += 1
      return asked === 1 ? { status: 429, headers: { 'retry-after': '1' } } : undefined
    }
    await channel.announce(approvalRequest('01'), forever)
    expect(slack.messages).toHaveLength(1)
  })

  test('does not make a message appear twice', async () => {
    let asked = 0
    slack.trouble = () => {
      asked += 1
      return null
    }
    expect(await rejection(channel.announce(approvalRequest('01'), forever))).toMatch(/could not be reached/)
    expect(asked).toBe(1)
  })

  test('shows a warning beside the button when no modal opens', async () => {
    const { message } = await posted()
    slack.trouble = method => (method === 'views.open' ? { status: 500 } : undefined)
    expect((await channel.handle(slack.pressed(BOB, message, 'cardea.approve'))).status).toBe(503)
  })

  test('is told later what became of an answer that takes long', async () => {
    const { message, outcome } = await posted()
    const view = await modal(BOB, message)
    let release = (): void => {}
    const slow = new Promise<void>(resolve => {
      release = resolve
    })
    slack.trouble = method => (method === 'users.info' ? slow.then(() => ({ status: 0 })) : undefined)
    const after = await slack.taken(
      view,
      await channel.handle(slack.submitted(BOB, view, { reason: 'ticket 42' })),
    )
    expect(JSON.stringify(after?.blocks)).toMatch(/on its way/)
    release()
    passed(await outcome)
    await eventually(() => JSON.stringify(slack.views.get(view.id)).includes('Your answer counted'))
  })

  test('at the start does not matter, unless it refuses the token', async () => {
    slack.trouble = () => ({ status: 500 })
    const late = slackApproval(options())
    await late.open(desk.queue)
    slack.trouble = () => undefined
    const { message } = await posted()
    const view = await modal(BOB, message)
    expect(await slack.taken(view, await late.handle(slack.submitted(BOB, view, { reason: 'x' })))).toBeNull()
    const refused = slackApproval(options({ token: 'xoxb-9999999999-wrong' }))
    await expect(async () => refused.open(desk.queue)).rejects.toThrow(ConfigurationError)
    await expect(async () => refused.open(desk.queue)).rejects.toThrow(
      'Slack refused auth.test: invalid_auth.',
    )
    await late.close?.()
  }, 60_000)
})

describe('what cannot work', () => {
  test.each<[string, Partial<SlackApprovalOptions>]>([
    ['no token', { token: '' }],
    ['a token of another kind', { token: 'Bearer xoxb-1234567890-abcdefghij' }],
    ['a signing secret that is none', { signingSecret: 'secret' }],
    ['the name of a conversation', { channel: '#approvals' }],
    ['nobody who knows people', { people: undefined as never }],
    ['plain http', { api: 'http://slack.example/api/' }],
  ])('%s', (_, parts) => {
    expect(() => slackApproval(options(parts))).toThrow(ConfigurationError)
  })
})

describe('the channel', () => {
  test('gives no secret away when it is printed', () => {
    const shown = printed(channel)
    expect(shown).toContain('slack')
    for (const hidden of [TOKEN, SIGNING_SECRET]) expect(shown).not.toContain(hidden)
  })

  test('asks nobody for a request that is over already', async () => {
    const controller = new AbortController()
    controller.abort()
    await expect(channel.announce(approvalRequest('01'), controller.signal)).rejects.toThrow('is over')
    expect(slack.messages).toEqual([])
  })

  test('speaks Slack’s dialect only: the stand-in refuses what Slack would', async () => {
    // Were the stand-in lenient, these would pass.
    const call = async (method: string, body: unknown, headers: Record<string, string> = {}) => {
      const response = await fetch(`${slack.api}${method}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${TOKEN}`,
          'content-type': 'application/json; charset=utf-8',
          ...headers,
        },
        body: JSON.stringify(body),
      })
      return ((await response.json()) as { error?: string }).error
    }
    const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } })
    const post = (blocks: unknown) => call('chat.postMessage', { channel: CHANNEL, text: 'x', blocks })
    expect(await post([section('x')])).toBeUndefined()
    expect(await post([section('x'.repeat(3_001))])).toBe('invalid_blocks')
    expect(await post([section('')])).toBe('invalid_blocks')
    expect(await post(Array.from({ length: 51 }, () => section('x')))).toBe('invalid_blocks')
    expect(await post(Array.from({ length: 5 }, () => section('x'.repeat(2_900))))).toBe(
      'msg_blocks_too_long',
    )
    expect(await post([{ type: 'input' }])).toBe('invalid_blocks')
    expect(await call('chat.postMessage', { channel: 'C0NONE', text: 'x', blocks: [section('x')] })).toBe(
      'channel_not_found',
    )
    expect(await call('chat.postMessage', { channel: CHANNEL, blocks: [section('x')] })).toBe('no_text')
    expect(await call('users.info', { user: BOB })).toBe('invalid_post_type')
    expect(await call('views.open', { trigger_id: 'x', view: {} })).toBe('invalid_trigger_id')
    expect(await call('chat.postMessage', {}, { authorization: 'Bearer x' })).toBe('invalid_auth')
    expect(HOSTILE).toContain('<!channel>')
  })
})
