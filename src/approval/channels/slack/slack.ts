import { ConfigurationError } from '../../../errors.js'
import type { ApprovalRequest } from '../../../model/grant.js'
import { type Clock, systemClock } from '../../../util/clock.js'
import { steadyClock } from '../../../util/steady-clock.js'
import type { ApprovalQueue } from '../../approval-queue.js'
import { respond } from '../http.js'
import type { HttpChannel } from '../http-channel.js'
import { usedOnce } from '../once.js'
import { serviceUrl } from '../outbound.js'
import { within } from '../within.js'
import { outcomeMessage, questionMessage } from './blocks.js'
import { interaction } from './interactions.js'
import type { People, Workspace } from './people.js'
import { type Posts, posts } from './posts.js'
import { KEEP_MS } from './signature.js'
import { type SlackCall, SlackRefusal, slackCalls } from './web-api.js'

export interface SlackApprovalOptions {
  /** Bot token (`xoxb-…`) with the scopes chat:write, users:read and users:read.email. */
  readonly token: string
  /** Of the app: proves that an answer comes from Slack. */
  readonly signingSecret: string
  /** Id of the conversation to post to, for example `C024BE91L`. The app must be a member. */
  readonly channel: string
  readonly people: People
  /** Where the Web API is. Default `https://slack.com/api/`; GovSlack has `https://slack-gov.com/api/`. */
  readonly api?: string
  /** Default: the system's. */
  readonly clock?: Clock
}

/** Milliseconds that a start waits for Slack. */
const START_MS = 5_000

/**
 * Posts each request to a Slack conversation and takes answers from its buttons at `/slack`: a modal asks for
 * the reason, and who pressed is looked up in Slack and in your directory. Slack cannot prove how somebody
 * signed in, so a rule that asks for `amr` gets no buttons. Set-up: docs/approval-channels.md.
 *
 * @throws ConfigurationError for a token, signing secret or conversation that cannot be one; from `open`, when
 *   Slack refuses the token.
 * @example
 * slackApproval({
 *   token: process.env.SLACK_BOT_TOKEN,
 *   signingSecret: process.env.SLACK_SIGNING_SECRET,
 *   channel: 'C024BE91L',
 *   people: email => directory.personByEmail(email),
 * })
 */
export function slackApproval(options: SlackApprovalOptions): HttpChannel {
  const { token, signingSecret, channel, people, api = 'https://slack.com/api/' } = options
  demandSound(options)
  const clock = steadyClock(options.clock ?? systemClock)
  const base = serviceUrl('slackApproval: api', api.endsWith('/') ? api : `${api}/`)
  const closing = new AbortController()
  const call = slackCalls(base, token, closing.signal)
  const workspace = workspaceOf(call)
  const posted = posts(call, channel)
  const used = usedOnce(clock, KEEP_MS)
  let queue: ApprovalQueue | undefined
  return Object.freeze({
    name: 'slack',
    path: '/slack',
    async open(opened) {
      queue = opened
      // Slack may be down now and up later; a token that it refuses stays refused.
      await within(START_MS, workspace()).catch(refuseToken)
    },
    announce: (request, signal) => announce(posted, request, signal, clock),
    conclude: (request, conclusion) =>
      posted.update(request.id, async () => outcomeMessage(request, conclusion)),
    handle: request =>
      respond(() =>
        interaction({ queue, call, workspace, people, posted, used, signingSecret, clock }, request),
      ),
    close: async () => {
      queue = undefined
      closing.abort()
    },
  } satisfies HttpChannel)
}

function demandSound({ token, signingSecret, channel, people }: SlackApprovalOptions): void {
  if (!/^xox[a-z]-[\w-]{10,}$/.test(token)) throw wrong('token must be a bot token: xoxb-…')
  if (!/^[0-9a-f]{32}$/.test(signingSecret)) {
    throw wrong('signingSecret must be the 32 hexadecimal digits from the app’s basic information.')
  }
  if (!/^[CGD][A-Z0-9]{5,}$/.test(channel)) throw wrong('channel must be the id of a conversation: C…')
  if (typeof people !== 'function')
    throw wrong('people must be a function: who an e-mail address belongs to.')
}

function wrong(what: string): ConfigurationError {
  return new ConfigurationError(`slackApproval: ${what}`)
}

/** The workspace of the token, asked for until Slack has said it once. */
function workspaceOf(call: SlackCall): () => Promise<Workspace> {
  let known: Promise<Workspace> | undefined
  const ask = async (): Promise<Workspace> => {
    const team = (await call('auth.test', {}))['team_id']
    if (typeof team !== 'string' || team === '') throw new Error('Slack did not name the workspace.')
    return { team }
  }
  return () => {
    known ??= ask().catch(error => {
      known = undefined
      throw error
    })
    return known
  }
}

function refuseToken(error: unknown): void {
  if (error instanceof SlackRefusal) throw wrong(error.message)
}

async function announce(
  posted: Posts,
  request: ApprovalRequest,
  signal: AbortSignal,
  clock: Clock,
): Promise<void> {
  if (signal.aborted) throw new Error('The approval request is over.')
  // Not stopped half-way: a message that Slack has taken must be known, so that its buttons can be taken away.
  await posted.post(request, questionMessage(request, { now: clock.now() }))
}
