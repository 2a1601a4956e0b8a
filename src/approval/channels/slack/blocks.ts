/** Messages and modals in Block Kit (https://docs.slack.dev/reference/block-kit). */
import type { ApprovalRequest } from '../../../model/grant.js'
import type { Conclusion } from '../../approval-channel.js'
import { cut } from '../../desk/answer.js'
import { oneLine } from '../../providers/plain-text.js'
import { type RequestStatus, requestLines, rowsOf } from '../../providers/request-text.js'
import { titleOf } from '../titles.js'

/** Characters of a section's text, as documented. */
const LONGEST_SECTION = 3_000
/**
 * Characters of all sections together. Slack documents no such limit, and refuses messages from about
 * 13,000 on as `msg_blocks_too_long`.
 */
const LONGEST_MESSAGE = 12_000
/** Columns of a row; what is longer goes on in a row that is marked. */
const COLUMNS = 400
const FENCE = '```'

export const APPROVE = 'cardea.approve'
export const DENY = 'cardea.deny'
export const ANSWER = 'cardea.answer'

/** What a button says of its request: it comes back to whichever process serves Slack. */
export interface ButtonValue {
  readonly id: string
  /** What the modal must ask for; the desk asks again whatever the modal did. */
  readonly reason: boolean
  readonly ticket: boolean
}

/** What a modal brings back. */
export interface ModalData {
  readonly id: string
  readonly decision: 'approved' | 'denied'
  readonly channel: string
  readonly ts: string
}

export interface SlackMessage {
  /** Shown in notifications. */
  readonly text: string
  readonly blocks: readonly object[]
}

/** The question, with buttons where Slack can carry the answer. */
export function questionMessage(request: ApprovalRequest, status: RequestStatus): SlackMessage {
  const title = titleOf(request)
  const sections = requestSections(request, status)
  const elsewhere = elsewhereText(request, sections)
  return {
    text: `${title}: ${escaped(request.id)}`,
    blocks: [
      header(title),
      ...(sections ?? [mrkdwn(fenced([`Approval request ${request.id}`]))]),
      ...(elsewhere === null ? [buttons(request)] : [mrkdwn(elsewhere)]),
    ],
  }
}

/** What is left when the request is over: the same, with the outcome in the place of the buttons. */
export function outcomeMessage(
  request: ApprovalRequest,
  { state, why }: Conclusion,
  status: RequestStatus = {},
): SlackMessage {
  const title = 'Approval request: over'
  const outcome = `Outcome: ${state}${why === undefined ? '' : `. ${why}`}`
  return {
    text: `${title}: ${escaped(request.id)}`,
    blocks: [
      header(title),
      ...(requestSections(request, status) ?? [mrkdwn(fenced([`Approval request ${request.id}`]))]),
      mrkdwn(fenced(rowsOf({ frame: '', text: oneLine(cut(outcome, 600)) }, COLUMNS))),
    ],
  }
}

/** Why it must be answered elsewhere; null: it can be answered here. */
function elsewhereText(
  { id, kind, requirement }: ApprovalRequest,
  sections: readonly object[] | null,
): string | null {
  const show = `\`cardea approvals show ${escaped(id)}\``
  const approve = `\`cardea approvals approve ${escaped(id)}\``
  if (sections === null) {
    return `The request does not fit into a Slack message, so it cannot be answered here. Read it with ${show}.`
  }
  if (kind === 'break-glass') return `Nobody was asked. It must be reviewed when it is over: ${show}.`
  if (requirement.amr === undefined || requirement.amr.length === 0) return null
  return `The rule asks how the approver signed in, which Slack cannot prove. Answer with ${approve}.`
}

/** The whole request as code blocks, or null when it does not fit: it is never cut. */
function requestSections(request: ApprovalRequest, status: RequestStatus): readonly object[] | null {
  const rows = requestLines(request, status).flatMap(line => rowsOf(line, COLUMNS))
  const sections: string[][] = [[]]
  let used = 0
  let all = 0
  for (const row of rows) {
    const length = escaped(row).length + 1
    all += length
    if (used + length > LONGEST_SECTION - 2 * FENCE.length - 2) {
      sections.push([])
      used = 0
    }
    sections.at(-1)?.push(row)
    used += length
  }
  return all > LONGEST_MESSAGE ? null : sections.map(part => mrkdwn(fenced(part)))
}

/** Neither formatting nor a mention nor a link can be written in a code block; only its end can. */
function fenced(rows: readonly string[]): string {
  return `${FENCE}\n${rows.map(escaped).join('\n')}\n${FENCE}`
}

/** As https://docs.slack.dev/messaging/formatting-message-text asks, and no end of a code block. */
function escaped(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/`(?=``)/g, '\\u{60}')
}

function mrkdwn(text: string): object {
  // Verbatim: addresses and names in it are not made into links.
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }
}

function header(text: string): object {
  return { type: 'header', text: plain(text) }
}

function plain(text: string): object {
  return { type: 'plain_text', text, emoji: false }
}

function buttons({ id, requirement }: ApprovalRequest): object {
  const value: ButtonValue = {
    id,
    reason: requirement.reasonRequired,
    ticket: requirement.ticketRequired ?? false,
  }
  const button = (action: string, text: string, style: string): object => {
    return { type: 'button', action_id: action, text: plain(text), style, value: JSON.stringify(value) }
  }
  return {
    type: 'actions',
    elements: [button(APPROVE, 'Approve…', 'primary'), button(DENY, 'Deny…', 'danger')],
  }
}

/** Asks for words. What it promises to require, the desk requires. */
export function answerModal({ id, reason, ticket }: ButtonValue, data: ModalData): object {
  const title = data.decision === 'approved' ? 'Approve' : 'Deny'
  return {
    type: 'modal',
    callback_id: ANSWER,
    private_metadata: JSON.stringify(data),
    title: plain(title),
    submit: plain(title),
    close: plain('Cancel'),
    blocks: [
      mrkdwn(fenced([`Approval request ${oneLine(id)}`])),
      input('reason', 'Reason', { optional: !reason, multiline: true, longest: 2_000 }),
      ...(ticket ? [input('ticket', 'Ticket', { optional: false, multiline: false, longest: 200 })] : []),
    ],
  }
}

/** A modal that only says something. */
export function noteModal(text: string): object {
  return {
    type: 'modal',
    title: plain('Approval request'),
    close: plain('Close'),
    blocks: [{ type: 'section', text: plain(cut(oneLine(text), 1_000)) }],
  }
}

function input(
  name: string,
  label: string,
  { optional, multiline, longest }: { optional: boolean; multiline: boolean; longest: number },
): object {
  const element = { type: 'plain_text_input', action_id: name, multiline, max_length: longest }
  return { type: 'input', block_id: name, label: plain(label), optional, element }
}
