/**
 * A Teams workflow that starts when a webhook request is received, as far as its documentation goes: takes a
 * message with Adaptive Cards up to version 1.4 (https://adaptivecards.io/explorer), and refuses the rest.
 */
import { type Peer, peer, type Received, type Replied } from './kit.js'

type Fields = Readonly<Record<string, unknown>>

export const WORKFLOW_PATH =
  '/workflows/abc/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers&sig=S3cr3t'
const LONGEST_MESSAGE = 28 * 1024

export interface TeamsServer extends Peer {
  /** Cards that Teams would show. */
  readonly cards: readonly Fields[]
  /** Answers instead of working. */
  trouble: ((request: Received) => Replied | Promise<Replied>) | undefined
}

export async function teamsServer(): Promise<TeamsServer> {
  const cards: Fields[] = []
  const here = await peer(request => {
    if (server.trouble !== undefined) return server.trouble(request)
    const { method, path, headers, body } = request
    if (method !== 'POST' || path !== WORKFLOW_PATH) return { status: 404 }
    if (headers['content-type'] !== 'application/json') return { status: 415 }
    if (Buffer.byteLength(body) > LONGEST_MESSAGE) return { status: 413, body: 'Request Entity too large' }
    try {
      cards.push(cardIn(JSON.parse(body)))
    } catch {
      return { status: 400, body: '{"error":{"code":"InvalidBotAdaptiveCard"}}' }
    }
    return { status: 202 }
  })
  const server: TeamsServer = { ...here, url: `${here.url}${WORKFLOW_PATH}`, cards, trouble: undefined }
  return server
}

function cardIn(message: unknown): Fields {
  const { type, attachments } = only(message, ['type', 'attachments'])
  demand(type === 'message' && Array.isArray(attachments) && attachments.length === 1)
  const attachment = only((attachments as unknown[])[0], ['contentType', 'contentUrl', 'content'])
  demand(attachment['contentType'] === 'application/vnd.microsoft.card.adaptive')
  demand(attachment['contentUrl'] === null || attachment['contentUrl'] === undefined)
  const card = only(attachment['content'], ['$schema', 'type', 'version', 'body', 'actions', 'msteams'])
  demand(card['type'] === 'AdaptiveCard' && ['1.2', '1.3', '1.4'].includes(card['version'] as string))
  demand(card['$schema'] === 'http://adaptivecards.io/schemas/adaptive-card.json')
  demand(card['msteams'] === undefined || only(card['msteams'], ['width'])['width'] === 'Full')
  demand(Array.isArray(card['body']))
  for (const element of card['body'] as Fields[]) elementOf(element)
  for (const action of (card['actions'] ?? []) as unknown[]) {
    const { type: kind, title, url } = only(action, ['type', 'title', 'url'])
    demand(kind === 'Action.OpenUrl' && text(title) && URL.canParse(String(url)))
  }
  return card
}

function elementOf(element: Fields): void {
  if (element['type'] === 'TextBlock') {
    const block = only(element, ['type', 'text', 'weight', 'size', 'wrap'])
    demand(text(block['text']))
    demand(['Bolder', 'Lighter', 'Default', undefined].includes(block['weight'] as string))
    demand(['Small', 'Default', 'Medium', 'Large', 'ExtraLarge', undefined].includes(block['size'] as string))
    return
  }
  const block = only(element, ['type', 'spacing', 'inlines'])
  demand(block['type'] === 'RichTextBlock' && Array.isArray(block['inlines']))
  demand(['None', 'Small', 'Default', undefined].includes(block['spacing'] as string))
  for (const inline of block['inlines'] as unknown[]) {
    const run = only(inline, ['type', 'text', 'fontType'])
    demand(run['type'] === 'TextRun' && text(run['text']))
    demand(['Monospace', 'Default', undefined].includes(run['fontType'] as string))
  }
}

function text(value: unknown): boolean {
  return typeof value === 'string'
}

function only(value: unknown, known: readonly string[]): Fields {
  demand(typeof value === 'object' && value !== null && !Array.isArray(value))
  demand(Object.keys(value as Fields).every(name => known.includes(name)))
  return value as Fields
}

function demand(holds: boolean): void {
  if (!holds) throw new Error('no card')
}

/** What a person reads, row by row: rows that cannot be formatted, and texts that Teams reads as Markdown. */
export function rowsIn(card: Fields): {
  readonly plain: readonly string[]
  readonly markdown: readonly string[]
} {
  const body = card['body'] as { type: string; text?: string; inlines?: { text: string }[] }[]
  return {
    plain: body.flatMap(({ inlines }) =>
      inlines === undefined ? [] : [inlines.map(({ text }) => text).join('')],
    ),
    markdown: body.flatMap(({ text }) => (text === undefined ? [] : [text])),
  }
}
