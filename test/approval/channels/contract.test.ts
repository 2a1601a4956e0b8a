/** What the port asks of every channel, whatever it talks to. */
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { ApprovalChannel } from '../../../src/approval/approval-channel.js'
import { inboxApproval } from '../../../src/approval/channels/inbox/inbox.js'
import { slackApproval } from '../../../src/approval/channels/slack/slack.js'
import { teamsApproval } from '../../../src/approval/channels/teams/teams.js'
import { webhookApproval } from '../../../src/approval/channels/webhook/webhook.js'
import type { ApprovalRequest } from '../../../src/model/grant.js'
import { bob, type HandClock, handClock, passed } from '../desk-kit.js'
import { approvalRequest } from '../request-kit.js'
import { deskWith, eventually, forever, type Peer, peer } from './kit.js'
import { CHANNEL, SIGNING_SECRET, slackServer, TOKEN } from './slack-server.js'
import { teamsServer } from './teams-server.js'

interface Made {
  readonly channel: ApprovalChannel
  /** Ids of the requests that somebody was told of, in any order. */
  told(): readonly string[]
  dispose(): Promise<void>
}

const secret = (): string => `whsec_${randomBytes(32).toString('base64')}`

const makers: Readonly<Record<string, (clock: HandClock) => Promise<Made>>> = {
  async inbox(clock) {
    const channel = inboxApproval({ authenticate: async () => bob, clock })
    return { channel, told: () => [], dispose: async () => {} }
  },
  async webhook(clock) {
    const receiver: Peer = await peer(() => ({ status: 200 }))
    const options = { url: receiver.url, secret: secret(), answerSecret: secret(), clock }
    return {
      channel: webhookApproval(options),
      told: () => receiver.received.map(({ body }) => JSON.parse(body).data.request?.id).filter(Boolean),
      dispose: receiver.close,
    }
  },
  async slack(clock) {
    const server = await slackServer(clock)
    const options = { token: TOKEN, signingSecret: SIGNING_SECRET, channel: CHANNEL, api: server.api, clock }
    return {
      channel: slackApproval({ ...options, people: async () => bob }),
      told: () => server.messages.map(({ text }) => text.replace('Approval wanted: ', '')),
      dispose: server.close,
    }
  },
  async teams(clock) {
    const server = await teamsServer()
    return {
      channel: teamsApproval({ url: server.url, clock }),
      told: () => server.cards.map(card => /approvals show (\w+)/.exec(JSON.stringify(card))?.[1] ?? ''),
      dispose: server.close,
    }
  },
}

describe.each(Object.keys(makers))('%s', name => {
  let clock: HandClock
  let made: Made

  beforeEach(async () => {
    clock = handClock()
    made = await (makers[name] as (clock: HandClock) => Promise<Made>)(clock)
  })

  afterEach(async () => {
    await made.channel.close?.()
    await made.dispose()
  })

  test('has its name', () => {
    expect(made.channel.name).toBe(name)
    expect(Object.isFrozen(made.channel)).toBe(true)
  })

  test('settles soon, and leaves the request alone', async () => {
    const desk = await deskWith([made.channel], clock)
    const request = frozen(approvalRequest('01'))
    const before = JSON.stringify(request)
    await made.channel.announce(request, forever)
    await made.channel.conclude?.(request, Object.freeze({ state: 'expired' }))
    expect(JSON.stringify(request)).toBe(before)
    await desk.close()
  })

  test('keeps requests apart', async () => {
    const desk = await deskWith([made.channel], clock)
    const ids = ['A1', 'B2', 'C3', 'D4']
    await Promise.all(ids.map(id => made.channel.announce(approvalRequest(id), forever)))
    if (name !== 'inbox') expect([...made.told()].sort()).toEqual(ids)
    await desk.close()
  })

  test('tells nobody once it is closed', async () => {
    const desk = await deskWith([made.channel], clock)
    await desk.close()
    await expect(made.channel.announce(approvalRequest('01'), forever)).rejects.toThrow()
    expect(made.told()).toEqual([])
  })

  test('beside others: an answer through another way ends the question here', async () => {
    const desk = await deskWith([made.channel], clock)
    const { id, outcome } = await desk.ask()
    if (name !== 'inbox') await eventually(() => made.told().includes(id))
    await desk.queue.answer(id, { decision: 'approved', approver: bob, reason: 'fine' }, 'elsewhere')
    passed(await outcome)
    await desk.close()
  })
})

function frozen(request: ApprovalRequest): ApprovalRequest {
  const freeze = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    Object.freeze(value)
    for (const part of Object.values(value)) freeze(part)
  }
  freeze(request)
  return request
}
