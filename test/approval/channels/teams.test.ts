import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { ApprovalChannel } from '../../../src/approval/approval-channel.js'
import { type TeamsApprovalOptions, teamsApproval } from '../../../src/approval/channels/teams/teams.js'
import { requestText } from '../../../src/approval/providers/request-text.js'
import { ConfigurationError } from '../../../src/errors.js'
import { bob, type HandClock, handClock, requirement } from '../desk-kit.js'
import { approvalRequest } from '../request-kit.js'
import {
  type Desk,
  deskWith,
  eventually,
  forever,
  LONG_STATEMENT,
  printed,
  rejection,
  withHostileText,
} from './kit.js'
import { rowsIn, type TeamsServer, teamsServer } from './teams-server.js'

let clock: HandClock
let teams: TeamsServer
let channel: ApprovalChannel
let desk: Desk

beforeEach(async () => {
  clock = handClock()
  teams = await teamsServer()
  channel = teamsApproval({ url: teams.url, clock })
  desk = await deskWith([channel], clock)
})

afterEach(async () => {
  await desk.close()
  await teams.close()
})

const card = (at = 0) => {
  const found = teams.cards[at]
  if (found === undefined) throw new Error(`there is no card ${at}`)
  return found
}

describe('a card', () => {
  test('shows the whole request as any other place does, and the command to answer it', async () => {
    const { id } = await desk.ask()
    await eventually(() => teams.cards.length === 1)
    const view = await desk.queue.find(id, bob)
    if (view === null) throw new Error('not there')
    const { plain, markdown } = rowsIn(card())
    expect(markdown).toEqual(['Approval wanted'])
    expect(plain.at(-1)).toBe(`To read and answer it: cardea approvals show ${id}`)
    expect(`${plain.slice(0, -1).join('\n')}\n`).toBe(requestText(view.request, { now: clock.now() }))
    expect(JSON.stringify(card())).not.toContain('4111111111111111')
    expect(card()).not.toHaveProperty('actions')
  })

  test('opens a console where there is one', async () => {
    for (const base of ['https://console.example/approvals', 'https://console.example/approvals/?tab=1']) {
      const linked = teamsApproval({ url: teams.url, clock, console: base })
      await linked.announce(approvalRequest('01ARZ3NDEKTSV4RRFFQ69G5FAV'), forever)
    }
    expect(teams.cards.map(({ actions }) => actions)).toEqual([
      [
        {
          type: 'Action.OpenUrl',
          title: 'Open',
          url: 'https://console.example/approvals/01ARZ3NDEKTSV4RRFFQ69G5FAV',
        },
      ],
      [
        {
          type: 'Action.OpenUrl',
          title: 'Open',
          url: 'https://console.example/approvals/01ARZ3NDEKTSV4RRFFQ69G5FAV?tab=1',
        },
      ],
    ])
  })

  test('gives hostile text no formatting, no link and no row of its own', async () => {
    const request = withHostileText(approvalRequest('01ARZ3NDEKTSV4RRFFQ69G5FAV'))
    await channel.announce(request, forever)
    const { plain, markdown } = rowsIn(card())
    // Everything that others wrote stands where Teams reads no Markdown.
    expect(markdown).toEqual(['Approval wanted'])
    expect(`${plain.slice(0, -1).join('\n')}\n`).toBe(requestText(request, { now: clock.now() }))
    for (const row of plain) expect(row).not.toMatch(/\p{Cc}|\u202e/u)
    expect(plain).not.toContain('Decide before: never')
  })

  test('of a request that does not fit shows nothing of it, rather than a part', async () => {
    const { id } = await desk.ask({ submission: { statement: LONG_STATEMENT } })
    await eventually(() => teams.cards.length === 1)
    const { plain } = rowsIn(card())
    expect(plain).toEqual([
      'The request does not fit into a message here, so nothing of it is shown.',
      `To read and answer it: cardea approvals show ${id}`,
    ])
  })

  test('is small enough for Teams, whatever the request', async () => {
    for (let length = 0; length < 24_000; length += 1_500) {
      const statement = 'é"'.repeat(length / 2)
      await channel.announce(approvalRequest(`0${length}`, { statement }), forever)
    }
    expect(teams.cards).toHaveLength(16)
    for (const { body } of teams.received) expect(Buffer.byteLength(body)).toBeLessThan(21_000)
    expect(rowsIn(card(0)).plain.length).toBeGreaterThan(rowsIn(card(15)).plain.length)
  })

  test('says how it ended', async () => {
    const { id } = await desk.ask()
    await eventually(() => teams.cards.length === 1)
    await desk.queue.answer(id, { decision: 'denied', approver: bob, reason: '**not** [today](x)' }, 'inbox')
    await eventually(() => teams.cards.length === 2)
    const { plain, markdown } = rowsIn(card(1))
    expect(markdown).toEqual(['Approval request: over'])
    expect(plain[0]).toBe(`Approval request ${id}`)
    expect(plain[1]).toMatch(/^Outcome: denied\. .*\*\*not\*\* \[today\]\(x\)/)
  })

  test('of an emergency access asks nobody', async () => {
    const id = await desk.emergency()
    await eventually(() => teams.cards.length === 1)
    const { plain, markdown } = rowsIn(card())
    expect(markdown).toEqual(['Emergency access'])
    expect(plain.at(-1)).toBe(`Nobody was asked. To review it when it is over: cardea approvals show ${id}`)
  })

  test('of a window says that it is one', async () => {
    const window = { fingerprints: ['select 1'], rows: 10, durationMs: 60_000 }
    await channel.announce(approvalRequest('01', { kind: 'window', window, requirement }), forever)
    expect(rowsIn(card()).markdown).toEqual(['Approval wanted for a window'])
  })
})

describe('a workflow in trouble', () => {
  test.each([400, 401, 404, 413, 500, 502])('that answers %d', async status => {
    teams.trouble = () => ({ status, body: 'no' })
    await expect(channel.announce(approvalRequest('01'), forever)).rejects.toThrow(
      `The Teams workflow answered ${status}.`,
    )
    expect(teams.received).toHaveLength(1)
  })

  test('that redirects', async () => {
    teams.trouble = () => ({ status: 302, headers: { location: 'https://evil.example' } })
    await expect(channel.announce(approvalRequest('01'), forever)).rejects.toThrow(
      'a redirect is not followed',
    )
  })

  test('that asks for patience', async () => {
    teams.trouble = () => {
      teams.trouble = undefined
      return { status: 429, headers: { 'retry-after': '1' } }
    }
    await channel.announce(approvalRequest('01'), forever)
    expect(teams.cards).toHaveLength(1)
  })

  test('that breaks the connection gets no second card', async () => {
    teams.trouble = () => null
    expect(await rejection(channel.announce(approvalRequest('01'), forever))).toMatch(/could not be reached/)
    expect(teams.received).toHaveLength(1)
  })

  test('that never answers, when the request is over or the channel closes', async () => {
    teams.trouble = () => new Promise(() => {})
    const controller = new AbortController()
    const over = rejection(channel.announce(approvalRequest('01'), controller.signal))
    const closed = rejection(channel.announce(approvalRequest('02'), forever))
    await eventually(() => teams.received.length === 2)
    controller.abort()
    expect(await over).toMatch(/did not answer in time/)
    await channel.close?.()
    expect(await closed).toMatch(/did not answer in time/)
  })

  test('makes the statement unavailable, without the address in the words', async () => {
    teams.trouble = () => ({ status: 404, body: 'gone' })
    const { outcome } = await desk.ask()
    const refusal = await outcome
    expect(refusal).toMatchObject({ code: 'CARDEA_APPROVAL_UNAVAILABLE' })
    expect(printed(refusal) + printed(desk.notes)).not.toMatch(/S3cr3t|workflows/)
  })
})

describe('what cannot work', () => {
  test.each<[string, Partial<TeamsApprovalOptions>]>([
    ['plain http', { url: 'http://teams.example/hook?sig=S3cr3t' }],
    ['no address', { url: 'S3cr3t' }],
    ['a console over plain http', { console: 'http://console.example/S3cr3t' }],
    ['a console that is a script', { console: 'javascript:S3cr3t' }],
  ])('%s', (_, parts) => {
    const make = (): unknown => teamsApproval({ url: 'https://teams.example/hook', ...parts })
    expect(make).toThrow(ConfigurationError)
    try {
      make()
    } catch (error) {
      expect(printed(error)).not.toContain('S3cr3t')
    }
  })
})

describe('the channel', () => {
  test('gives no secret away when it is printed', () => {
    expect(printed(channel)).not.toMatch(/S3cr3t|workflows/)
  })

  test('speaks Teams’ dialect only: the stand-in refuses what Teams would', async () => {
    const post = async (body: unknown) =>
      (
        await fetch(teams.url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
      ).status
    await channel.announce(approvalRequest('01'), forever)
    const sound = JSON.parse(teams.received[0]?.body ?? '')
    expect(await post(sound)).toBe(202)
    const [attachment] = sound.attachments
    const card = attachment.content
    const wrong = [
      { ...sound, type: 'MessageCard' },
      { ...sound, attachments: [] },
      { ...sound, attachments: [{ ...attachment, contentType: 'application/json' }] },
      { ...sound, attachments: [{ ...attachment, content: { ...card, version: '1.9' } }] },
      { ...sound, attachments: [{ ...attachment, content: { ...card, body: [{ type: 'Html' }] } }] },
      {
        ...sound,
        attachments: [{ ...attachment, content: { ...card, actions: [{ type: 'Action.Submit' }] } }],
      },
    ]
    for (const message of wrong) expect(await post(message)).toBe(400)
    expect(await post({ ...sound, padding: 'x'.repeat(29_000) })).toBe(413)
  })
})
