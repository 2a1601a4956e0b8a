/**
 * Card numbers in everything that an approval can carry (statements, names, bindings, who asks, what agents and
 * approvers claim), and every byte that channels send to people: Slack, Teams, webhooks, the inbox, a terminal.
 */
import { randomBytes } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { inboxApproval } from '../../src/approval/channels/inbox/inbox.js'
import { slackApproval } from '../../src/approval/channels/slack/slack.js'
import { teamsApproval } from '../../src/approval/channels/teams/teams.js'
import { webhookApproval } from '../../src/approval/channels/webhook/webhook.js'
import { terminalApproval } from '../../src/approval/providers/terminal.js'
import type { GovernedContext } from '../../src/index.js'
import { eventually, type Peer, peer } from '../approval/channels/kit.js'
import {
  CHANNEL,
  SIGNING_SECRET,
  type SlackServer,
  slackServer,
  TOKEN,
} from '../approval/channels/slack-server.js'
import { type TeamsServer, teamsServer } from '../approval/channels/teams-server.js'
import { handClock } from '../approval/desk-kit.js'
import { bob, issuer, openHouse, POLICY, type TestHouse } from '../main-job/house.js'
import { CARD, everything, leaks, MASKED, SPELLINGS } from './spellings.js'

const ENCODED = {
  base64: Buffer.from(`card ${CARD}`).toString('base64'),
  hexadecimal: Buffer.from(CARD).toString('hex'),
  float: '4.532015112830366e15',
}
const ALL: Readonly<Record<string, string>> = { ...SPELLINGS, ...ENCODED }
const DISGUISES = Object.values(ENCODED)
const found = (text: string): readonly string[] => [
  ...leaks(text),
  ...DISGUISES.filter(disguise => text.includes(disguise)),
]

const SETUP = `
create table "t${CARD}" (id int primary key, "c${CARD}" text);
insert into "t${CARD}" values (1, 'harmless');
create table notes (id int primary key, body text);
insert into notes values (1, 'card ${CARD}');
`
/** Writes need an approval. */
const STATEMENTS = (card: string): readonly (readonly [string, (readonly string[])?])[] => [
  [`update notes set body = '${card}' where id = 1`],
  ['update notes set body = ? where id = 1', [card]],
  [`update notes set body = 'x' /* ${card} */ where id = 1 -- ${card}`],
  [`delete from notes where id = 1 and body = '${card}'`],
  [`insert into notes (id, body) values (7, '${card}')`],
  [`update "t${CARD}" set "c${CARD}" = '${card}' where id = 1`],
]

const asking = (card: string): [Parameters<TestHouse['governed']['as']>[0], GovernedContext] => [
  { subject: `user ${card}`, issuer, email: `${card}@corp.example`, roles: ['support'] },
  {
    agent: {
      framework: `f ${card}`,
      id: `bot ${card}`,
      toolCall: `call ${card}`,
      claimedReason: `because of ${card}`,
    },
    session: `s ${card}`,
  },
]

describe('what people are shown', () => {
  const clock = handClock()
  const secret = `whsec_${randomBytes(32).toString('base64')}`
  let slack: SlackServer
  let teams: TeamsServer
  let receiver: Peer
  let inbox: ReturnType<typeof inboxApproval>
  let house: TestHouse

  beforeAll(async () => {
    slack = await slackServer(clock)
    teams = await teamsServer()
    receiver = await peer(() => ({ status: 204 }))
    inbox = inboxApproval({ authenticate: async () => ({ ...bob, kind: 'human' }) })
    house = await openHouse({
      engine: 'sqlite',
      policy: `${POLICY}\nlimits: { approval: { maxPending: 1000, coolDown: 1s } }\n`,
      setup: SETUP,
      approval: [
        slackApproval({
          token: TOKEN,
          signingSecret: SIGNING_SECRET,
          channel: CHANNEL,
          people: async () => null,
          api: slack.api,
        }),
        teamsApproval({ url: teams.url }),
        webhookApproval({
          url: `${receiver.url}/hook`,
          secret,
          answerSecret: `whsec_${randomBytes(32).toString('base64')}`,
        }),
        inbox,
      ] as never,
      also: { queue: { mode: 'ticket' } },
    })
  }, 60_000)
  afterAll(async () => {
    await house.close()
    await Promise.all([slack.close(), teams.close(), receiver.close()])
  })

  const look = async (path: string, body?: unknown): Promise<string> => {
    const headers = { authorization: 'Bearer token', 'content-type': 'application/json' }
    const init = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) }
    const response = await inbox.handle(new Request(`http://localhost${path}`, init))
    return `${response.status} ${await response.text()}`
  }

  test.each(Object.entries(ALL))('with a card %s', async (_, card) => {
    const said: string[] = []
    for (const [sql, bindings = []] of STATEMENTS(card)) {
      const before = receiver.received.length
      const error: unknown = await house.governed
        .as(...asking(card))
        .raw(sql, [...bindings])
        .catch((thrown: unknown) => thrown)
      const { ticket = '' } = error as { ticket?: string }
      expect(ticket).not.toBe('')
      await eventually(() => receiver.received.length > before)
      said.push(await look('/approvals'), await look(`/approvals/${ticket}`))
      const decision = card === SPELLINGS['plain'] ? 'approved' : 'denied'
      const answered = await look(`/approvals/${ticket}/answer`, {
        decision,
        reason: `saw ${card}`,
        ticket: `T-${card}`,
      })
      expect(answered).toMatch(/^200 /)
      said.push(answered)
      said.push(await look(`/approvals/${ticket}`), everything(error))
    }
    const surfaces = [
      ['slack', JSON.stringify([slack.calls, slack.messages, [...slack.views.values()]])],
      [
        'teams',
        teams.received.map(({ path, headers, body }) => path + JSON.stringify(headers) + body).join('\n'),
      ],
      [
        'webhook',
        receiver.received.map(({ path, headers, body }) => path + JSON.stringify(headers) + body).join('\n'),
      ],
      ['inbox and callers', said.join('\n')],
      ['trail', house.trail()],
    ] as const
    expect(surfaces.flatMap(([where, text]) => found(text).map(hit => ({ where, hit })))).toEqual([])
    for (const [where, text] of surfaces.slice(0, 3))
      expect([where, text.length > 2_000]).toEqual([where, true])
  })

  test('each of them was told, and of the card its truncation', () => {
    expect(slack.messages.length).toBeGreaterThan(0)
    expect(teams.cards.length).toBeGreaterThan(0)
    expect(receiver.received.some(({ body }) => body.includes(MASKED))).toBe(true)
    expect(JSON.stringify(slack.messages)).toContain(MASKED.slice(0, 6))
  })
})

describe('a terminal', () => {
  // It shows the very text that the channels have been told.
  test.each(['plain', 'full width', 'in JSON', 'base64'] as const)('with a card %s', async name => {
    const card = ALL[name] ?? ''
    const [input, output] = [new PassThrough(), new PassThrough()]
    let shown = ''
    output.on('data', (chunk: Buffer) => {
      shown += chunk.toString()
    })
    const house = await openHouse({
      engine: 'sqlite',
      setup: SETUP,
      approval: terminalApproval({ approver: bob, input, output, isInteractive: true }),
    })
    try {
      for (const [sql, bindings = []] of STATEMENTS(card)) {
        const before = shown.length
        const outcome = house.governed
          .as(...asking(card))
          .raw(sql, [...bindings])
          .catch((thrown: unknown) => thrown)
        await eventually(() => /deny/.test(shown.slice(before)))
        input.write('deny\n')
        await eventually(() => /Reason/.test(shown.slice(before)))
        input.write(`no ${card}\n`)
        expect(found(everything(await outcome))).toEqual([])
      }
      expect(found(shown)).toEqual([])
      expect(found(house.trail())).toEqual([])
    } finally {
      await house.close()
    }
  })
})
