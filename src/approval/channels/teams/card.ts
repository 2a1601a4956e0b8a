/** Adaptive Cards as Microsoft Teams shows them (https://adaptivecards.io/explorer). */
import type { ApprovalRequest } from '../../../model/grant.js'
import type { Conclusion } from '../../approval-channel.js'
import { cut } from '../../desk/answer.js'
import { oneLine } from '../../providers/plain-text.js'
import { type RequestStatus, requestLines, rowsOf } from '../../providers/request-text.js'
import { titleOf } from '../titles.js'

/**
 * Bytes of the whole message. Teams documents about 28 KB for everything in it, and senders have seen
 * messages refused from 21 KB on.
 */
const LONGEST_MESSAGE = 20_000
const COLUMNS = 400

/** A message for a Workflows webhook, as JSON. */
export function questionCard(request: ApprovalRequest, status: RequestStatus, link: string | null): string {
  const command = plain(`${whatToDo(request)}: cardea approvals show ${request.id}`)
  const rows = requestLines(request, status).flatMap(line => rowsOf(line, COLUMNS))
  const whole = message([title(titleOf(request)), ...rows.map(code), command], link)
  if (Buffer.byteLength(whole) <= LONGEST_MESSAGE) return whole
  const short = plain('The request does not fit into a message here, so nothing of it is shown.')
  return message([title(titleOf(request)), short, command], link)
}

function whatToDo({ kind }: ApprovalRequest): string {
  return kind === 'break-glass' ? 'Nobody was asked. To review it when it is over' : 'To read and answer it'
}

export function outcomeCard({ id }: ApprovalRequest, { state, why }: Conclusion): string {
  const outcome = `Outcome: ${state}${why === undefined ? '' : `. ${cut(why, 600)}`}`
  return message([title('Approval request: over'), plain(`Approval request ${id}`), plain(outcome)], null)
}

function message(body: readonly object[], link: string | null): string {
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body,
    ...(link === null ? {} : { actions: [{ type: 'Action.OpenUrl', title: 'Open', url: link }] }),
    msteams: { width: 'Full' },
  }
  const contentType = 'application/vnd.microsoft.card.adaptive'
  return JSON.stringify({ type: 'message', attachments: [{ contentType, contentUrl: null, content }] })
}

/** Cardea's own words. */
function title(text: string): object {
  return { type: 'TextBlock', text, weight: 'Bolder', size: 'Medium', wrap: true }
}

/** One row. A text run, unlike a text block, takes no Markdown, so no text can format itself or add a row. */
function code(text: string): object {
  return {
    type: 'RichTextBlock',
    spacing: 'None',
    inlines: [{ type: 'TextRun', text, fontType: 'Monospace' }],
  }
}

function plain(text: string): object {
  return { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: oneLine(text) }] }
}
