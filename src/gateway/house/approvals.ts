/** Where requests for approval are kept, and how people hear of them: one of each, shared by all data sources. */
import { randomBytes } from 'node:crypto'
import type { Knex } from 'knex'
import type { ApprovalChannel } from '../../approval/approval-channel.js'
import type { ApprovalStore } from '../../approval/approval-store.js'
import type { HttpChannel } from '../../approval/channels/http-channel.js'
import { inboxApproval } from '../../approval/channels/inbox/inbox.js'
import type { Authenticate } from '../../approval/channels/person.js'
import { slackApproval } from '../../approval/channels/slack/slack.js'
import { teamsApproval } from '../../approval/channels/teams/teams.js'
import { webhookApproval } from '../../approval/channels/webhook/webhook.js'
import { knexApprovalStore } from '../../approval/stores/knex/store.js'
import { memoryApprovalStore } from '../../approval/stores/memory.js'
import type { Clock } from '../../util/clock.js'
import type { ApprovalConfig, GatewayConfig } from '../config/gateway-config.js'

export interface ApprovalOffice {
  /** To be opened and closed by each of `sharers`; the first opens it and the last closes it. */
  readonly store: ApprovalStore
  /** HMAC key of the store and of the call ledger. */
  readonly key: Uint8Array
  readonly channels: readonly ApprovalChannel[]
  /** Those of them whose answers come in over HTTP. */
  readonly answering: readonly HttpChannel[]
}

/** @param sharers how many data sources there are. */
export function approvalOffice(
  { approval, store }: Pick<GatewayConfig, 'approval' | 'store'>,
  { knex, authenticate, clock, sharers }: ApprovalSurroundings,
): ApprovalOffice {
  const answering = answeringChannels(approval, authenticate, clock)
  const { teams } = approval
  const telling =
    teams === undefined
      ? []
      : [
          teamsApproval({
            url: teams.url.reveal(),
            clock,
            ...(teams.console === undefined ? {} : { console: teams.console }),
          }),
        ]
  return Object.freeze({
    store: sharedStore(
      knex === undefined ? memoryApprovalStore() : knexApprovalStore({ knex, clock }),
      sharers,
    ),
    key: store === 'memory' ? randomBytes(32) : Buffer.from(store.key.reveal(), 'base64'),
    channels: [...answering, ...telling].map(channel => sharedChannel(channel, sharers)),
    answering,
  })
}

export interface ApprovalSurroundings {
  readonly knex: Knex | undefined
  readonly authenticate: Authenticate
  readonly clock: Clock
  readonly sharers: number
}

function answeringChannels(
  { inbox, webhook, slack }: ApprovalConfig,
  authenticate: Authenticate,
  clock: Clock,
): HttpChannel[] {
  const channels: HttpChannel[] = []
  if (inbox) channels.push(inboxApproval({ authenticate, clock }))
  if (webhook !== undefined) {
    const { url, secret, answerSecret, approvers } = webhook
    channels.push(
      webhookApproval({
        url,
        secret: secret.reveal(),
        answerSecret: answerSecret.reveal(),
        clock,
        ...(approvers === 'token' ? { authenticate } : {}),
      }),
    )
  }
  if (slack !== undefined) {
    const { token, signingSecret, channel, people } = slack
    const known = new Map(Object.entries(people).map(([email, person]) => [email.toLowerCase(), person]))
    channels.push(
      slackApproval({
        token: token.reveal(),
        signingSecret: signingSecret.reveal(),
        channel,
        clock,
        people: async email => {
          const person = known.get(email.toLowerCase())
          if (person === undefined) return null
          const { subject, issuer, roles = [], groups = [] } = person
          return { subject, issuer, roles, groups, email }
        },
      }),
    )
  }
  return channels
}

/** Opened once and closed by the last, because each data source has a desk of its own. */
function sharedStore(store: ApprovalStore, sharers: number): ApprovalStore {
  const opening = once(async () => store.open?.())
  const close = last(sharers, () => store.close())
  return Object.freeze({ ...store, open: opening, close } satisfies ApprovalStore)
}

/**
 * Whoever answers, answers to the first desk: with one store and one key, every desk can take an answer to what
 * another has asked.
 */
function sharedChannel(channel: ApprovalChannel, sharers: number): ApprovalChannel {
  let opened = false
  const { close } = channel
  return Object.freeze({
    name: channel.name,
    open: async queue => {
      if (opened) return
      opened = true
      await channel.open(queue)
    },
    announce: (request, signal) => channel.announce(request, signal),
    conclude: async (request, conclusion) => channel.conclude?.(request, conclusion),
    ...(close === undefined ? {} : { close: last(sharers, () => close.call(channel)) }),
  } satisfies ApprovalChannel)
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => {
    done ??= work()
    return done
  }
}

function last(sharers: number, work: () => Promise<void>): () => Promise<void> {
  let left = sharers
  return async () => {
    left -= 1
    if (left === 0) await work()
  }
}
