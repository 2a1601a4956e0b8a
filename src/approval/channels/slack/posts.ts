import type { ApprovalRequest } from '../../../model/grant.js'
import type { SlackMessage } from './blocks.js'
import type { SlackCall } from './web-api.js'

/** Where a message stands. */
export interface Place {
  readonly channel: string
  readonly ts: string
}

/** What a message is to become; null: it stays as it is. */
export type Compose = () => Promise<SlackMessage | null>

export interface Posts {
  post(request: ApprovalRequest, message: SlackMessage): Promise<void>
  /** Changes the message of a request; does nothing where none was posted from here. */
  update(id: string, compose: Compose): Promise<void>
  /** Changes a message that an interaction came from, posted by whichever process. */
  updateAt(place: Place, compose: Compose): Promise<void>
}

/** Requests whose message is remembered; an older one changes only when somebody presses its buttons. */
const MOST = 1_000

/** Messages in one conversation. Changes to one message happen in turn, each composed when it is its turn. */
export function posts(call: SlackCall, channel: string): Posts {
  const places = new Map<string, Promise<Place>>()
  const turns = new Map<string, Promise<void>>()

  const post = async (message: SlackMessage): Promise<Place> => {
    const reply = await call('chat.postMessage', {
      channel,
      ...message,
      mrkdwn: false,
      parse: 'none',
      link_names: false,
      unfurl_links: false,
      unfurl_media: false,
    })
    const { channel: conversation, ts } = reply
    if (typeof conversation !== 'string' || typeof ts !== 'string') {
      throw new Error('Slack did not say where the message stands.')
    }
    return { channel: conversation, ts }
  }
  const change = async ({ channel: conversation, ts }: Place, compose: Compose): Promise<void> => {
    const message = await compose()
    if (message === null) return
    await call('chat.update', { channel: conversation, ts, ...message, parse: 'none', link_names: false })
  }
  const updateAt = async (place: Place, compose: Compose): Promise<void> => {
    const key = `${place.channel} ${place.ts}`
    const mine = (turns.get(key) ?? Promise.resolve()).catch(() => {}).then(() => change(place, compose))
    turns.set(key, mine)
    await mine.finally(() => {
      if (turns.get(key) === mine) turns.delete(key)
    })
  }
  return Object.freeze({
    async post(request, message) {
      const place = post(message)
      places.set(request.id, place)
      const [oldest] = places.keys()
      if (places.size > MOST && oldest !== undefined) places.delete(oldest)
      await place
    },
    async update(id, compose) {
      const place = await places.get(id)?.catch(() => undefined)
      if (place !== undefined) await updateAt(place, compose)
    },
    updateAt,
  } satisfies Posts)
}
