/**
 * Slack, as far as approvals need it and as its documentation says: the Web API with its checks and its own
 * words for problems, and people who press buttons and fill in modals, signed as Slack signs.
 */
import { createHmac } from 'node:crypto'
import type { HandClock } from '../desk-kit.js'
import { type Peer, peer, type Received, type Replied } from './kit.js'
import { BlockProblem, demandMessage, demandModal } from './slack-blocks.js'

export const TOKEN = 'xoxb-1234567890-abcdefghij'
export const SIGNING_SECRET = '8f742231b10e8888abcd99yyyzzz85a5'.replace(/[^0-9a-f]/g, '0')
export const TEAM = 'T0CARDEA1'
export const CHANNEL = 'C024BE91L'

type Fields = Record<string, unknown>

export interface Message {
  readonly channel: string
  readonly ts: string
  readonly text: string
  readonly blocks: readonly Fields[]
}

export interface View extends Fields {
  readonly id: string
  readonly callback_id: string
  readonly private_metadata: string
  readonly blocks: readonly Fields[]
}

export interface Call {
  readonly method: string
  readonly fields: Fields
}

/** How Slack answers instead of working. */
export type Trouble = (method: string) => Replied | Promise<Replied> | undefined

export interface SlackServer {
  readonly api: string
  readonly calls: readonly Call[]
  readonly messages: readonly Message[]
  /** As they look now, also after they were closed. */
  readonly views: ReadonlyMap<string, View>
  readonly members: Map<string, Fields>
  trouble: Trouble
  /** Somebody presses a button: the request that Slack sends for it. */
  pressed(user: string, message: Message, actionId: string): Request
  /** Somebody sends a modal: the request that Slack sends for it. */
  submitted(user: string, view: View, typed: Readonly<Record<string, string>>): Request
  /** What the modal becomes by the response to a submission; null: closed. Rejects what Slack would not take. */
  taken(view: View, response: Response): Promise<View | null>
  close(): Promise<void>
}

const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  'auth.test': [],
  'users.info': ['user'],
  'chat.postMessage': [
    'channel',
    'text',
    'blocks',
    'mrkdwn',
    'parse',
    'link_names',
    'unfurl_links',
    'unfurl_media',
  ],
  'chat.update': ['channel', 'ts', 'text', 'blocks', 'parse', 'link_names'],
  'views.open': ['trigger_id', 'view'],
  'views.update': ['view_id', 'view'],
}

export async function slackServer(clock: HandClock): Promise<SlackServer> {
  const calls: Call[] = []
  const messages: Message[] = []
  const views = new Map<string, View>()
  const members = new Map<string, Fields>()
  const triggers = new Map<string, number>()
  let count = 0
  let here: Peer

  const methods: Record<string, (fields: Fields) => Fields> = {
    'auth.test': () => ({
      url: 'https://corp.slack.com/',
      team: 'Corp',
      team_id: TEAM,
      user_id: 'U0BOT',
      bot_id: 'B0BOT',
    }),
    'users.info': ({ user }) => {
      const member = members.get(String(user))
      if (member === undefined) throw new BlockProblem('user_not_found')
      return { user: member }
    },
    'chat.postMessage': fields => {
      if (fields['channel'] === 'C0PRIVATE1') throw new BlockProblem('not_in_channel')
      if (fields['channel'] !== CHANNEL) throw new BlockProblem('channel_not_found')
      demandMessage(fields)
      count += 1
      const message = { ...fields, ts: `1503435956.${String(count).padStart(6, '0')}` } as unknown as Message
      messages.push(message)
      return { channel: message.channel, ts: message.ts, message }
    },
    'chat.update': fields => {
      const at = messages.findIndex(({ channel, ts }) => channel === fields['channel'] && ts === fields['ts'])
      if (at < 0) throw new BlockProblem('message_not_found')
      demandMessage(fields)
      messages[at] = fields as unknown as Message
      return { channel: fields['channel'], ts: fields['ts'], text: fields['text'] }
    },
    'views.open': ({ trigger_id: trigger, view }) => {
      const at = triggers.get(String(trigger))
      if (at === undefined) throw new BlockProblem('invalid_trigger_id')
      triggers.delete(String(trigger))
      if (clock.now() - at > 3_000) throw new BlockProblem('expired_trigger_id')
      demandModal(view)
      count += 1
      const opened = { ...(view as Fields), id: `V${count}` } as View
      views.set(opened.id, opened)
      return { view: opened }
    },
    'views.update': ({ view_id: id, view }) => {
      if (!views.has(String(id))) throw new BlockProblem('not_found')
      demandModal(view)
      const updated = { ...(view as Fields), id: String(id) } as View
      views.set(updated.id, updated)
      return { view: updated }
    },
  }

  const serve = async (request: Received): Promise<Replied> => {
    const method = request.path.replace('/api/', '')
    const troubled = server.trouble(method)
    if (troubled !== undefined) {
      const reply = await troubled
      if (reply?.status !== 0) return reply
    }
    const run = methods[method]
    try {
      if (run === undefined) throw new BlockProblem('unknown_method')
      const fields = argumentsOf(request, method)
      calls.push({ method, fields })
      return ok({ ok: true, ...run(fields) })
    } catch (error) {
      if (error instanceof BlockProblem) return ok({ ok: false, error: error.message })
      throw error
    }
  }
  here = await peer(serve)

  const server: SlackServer = {
    api: `${here.url}/api/`,
    calls,
    messages,
    views,
    members,
    trouble: () => undefined,
    pressed(user, message, actionId) {
      const actions = message.blocks.find(({ type }) => type === 'actions')
      const elements = (actions?.['elements'] ?? []) as Fields[]
      const button = elements.find(element => element['action_id'] === actionId)
      if (button === undefined) throw new Error(`The message has no button ${actionId}.`)
      const trigger = `12321423423.333649436676.${++count}`
      triggers.set(trigger, clock.now())
      return signedRequest(clock, {
        type: 'block_actions',
        user: { id: user, username: 'somebody', name: 'somebody', team_id: TEAM },
        api_app_id: 'A02',
        token: 'Shh_its_a_seekrit',
        container: {
          type: 'message',
          message_ts: message.ts,
          channel_id: message.channel,
          is_ephemeral: false,
        },
        trigger_id: trigger,
        team: { id: TEAM, domain: 'corp' },
        channel: { id: message.channel, name: 'approvals' },
        message,
        response_url: 'https://hooks.slack.com/actions/x',
        actions: [{ ...button, block_id: 'x', action_ts: '1548426417.840180' }],
      })
    },
    submitted(user, view, typed) {
      const values: Record<string, Fields> = {}
      for (const block of view.blocks) {
        if (block['type'] !== 'input') continue
        const name = String(block['block_id'])
        const { action_id: action } = block['element'] as Fields
        const value = typed[name] ?? null
        if (value === null && block['optional'] !== true) throw new Error(`Slack asks for ${name} first.`)
        values[name] = { [String(action)]: { type: 'plain_text_input', value } }
      }
      return signedRequest(clock, {
        type: 'view_submission',
        team: { id: TEAM, domain: 'corp' },
        user: { id: user, username: 'somebody', name: 'somebody', team_id: TEAM },
        api_app_id: 'A02',
        token: 'Shh_its_a_seekrit',
        trigger_id: `12466734323.1395872398.${++count}`,
        view: { ...view, team_id: TEAM, state: { values }, hash: 'x', app_id: 'A02', bot_id: 'B0BOT' },
        response_urls: [],
      })
    },
    async taken(view, response) {
      if (response.status !== 200) throw new Error(`Slack shows an error: ${response.status}`)
      const text = await response.text()
      if (text === '') return null
      const { response_action: action, ...fields } = JSON.parse(text)
      if (action === 'update') {
        demandModal(fields.view)
        views.set(view.id, { ...fields.view, id: view.id })
        return views.get(view.id) ?? null
      }
      if (action !== 'errors') throw new Error(`unknown response_action ${action}`)
      for (const [block, words] of Object.entries(fields.errors)) {
        const known = view.blocks.some(({ type, block_id: id }) => type === 'input' && id === block)
        if (!known || typeof words !== 'string' || words === '') throw new Error('errors of no input')
      }
      return { ...view, errors: fields.errors }
    },
    close: () => here.close(),
  }
  return server
}

/** Reads what Slack would read, from where it would. */
function argumentsOf({ method, headers, body }: Received, name: string): Fields {
  if (method !== 'POST') throw new BlockProblem('method_not_supported')
  if (headers.authorization === undefined) throw new BlockProblem('not_authed')
  if (headers.authorization !== `Bearer ${TOKEN}`) throw new BlockProblem('invalid_auth')
  const form = name === 'auth.test' || name === 'users.info'
  const type = form ? 'application/x-www-form-urlencoded' : 'application/json; charset=utf-8'
  if (headers['content-type'] !== type) throw new BlockProblem('invalid_post_type')
  const fields: Fields = form ? Object.fromEntries(new URLSearchParams(body)) : JSON.parse(body)
  const known = ARGUMENTS[name] ?? []
  if (!Object.keys(fields).every(field => known.includes(field))) throw new BlockProblem('invalid_arg_name')
  return fields
}

function ok(body: Fields): Replied {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

/** https://docs.slack.dev/authentication/verifying-requests-from-slack */
export function slackSignature(
  timestamp: string,
  body: string | Uint8Array,
  secret = SIGNING_SECRET,
): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex')}`
}

export function signedRequest(clock: HandClock, payload: unknown): Request {
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
  const timestamp = String(Math.floor(clock.now() / 1_000))
  return slackRequest(body, timestamp, slackSignature(timestamp, body))
}

export function slackRequest(body: string | Uint8Array, timestamp: string, signature: string): Request {
  return new Request('http://localhost/slack', {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signature,
    },
    body,
  })
}

/** An active full member with a confirmed address. */
export function member(id: string, email: string, parts: Fields = {}): Fields {
  return {
    id,
    team_id: TEAM,
    name: 'somebody',
    deleted: false,
    is_admin: false,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: false,
    is_ultra_restricted: false,
    is_bot: false,
    is_app_user: false,
    is_email_confirmed: true,
    profile: { real_name: 'Bob', display_name: 'bob', email },
    ...parts,
  }
}
