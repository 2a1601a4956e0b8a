/** Views as lines, for standard output and for the live list. */
import type { ApprovalView } from '../../approval/approval-queue.js'
import { quoted } from '../../approval/providers/plain-text.js'
import { fromNow, type RequestLine, requestLines, rowsOf } from '../../approval/providers/request-text.js'
import type { Principal } from '../../model/principal.js'
import type { CliTerminal } from '../console.js'
import { sizeOf } from './size.js'

/** The whole request with what happened to it. */
export function viewLines(view: ApprovalView, now: number): readonly RequestLine[] {
  const { answers, objection, request, review, reviewBy, state, useBy, version, why } = view
  return requestLines(request, {
    answers,
    now,
    objection: isWaiting(view) ? objection : null,
    review,
    reviewBy,
    state,
    useBy: state === 'approved' ? useBy : null,
    version,
    why,
  })
}

/** The same, cut to the width of the terminal, where there is one. */
export function viewRows(
  view: ApprovalView,
  now: number,
  terminal: CliTerminal | undefined,
): readonly string[] {
  const columns = terminal === undefined ? Infinity : sizeOf(terminal).columns
  return viewLines(view, now).flatMap(line => rowsOf(line, columns))
}

/** For an answer, or for a review. */
function isWaiting({ request, review, state }: ApprovalView): boolean {
  return request.kind === 'break-glass' ? review === null : state === 'pending'
}

/** One line. Texts of others are in quotes, so that none can pass for what stands beside it. */
export function viewLine(view: ApprovalView, now: number): string {
  const { id, request, state, version } = view
  const kind = request.kind === 'single' ? [] : [request.kind]
  return [id, state, `version ${version}`, ...kind, when(view, now), ...whatLine(view)].join('  ')
}

/** Where, who and what: the part of the line that tells requests apart for a person. */
export function whatLine({ request }: ApprovalView): readonly string[] {
  return [
    quoted(request.dataSource.id),
    chain(request.principal).map(quoted).join(' for '),
    quoted(request.summary[0] ?? request.statement),
  ]
}

/** What is next: the decision, the use or the review. */
export function when(view: ApprovalView, now: number): string {
  const { decideBy, review, reviewBy, state, useBy } = view
  if (view.request.kind === 'break-glass' && reviewBy !== null) {
    return review === null ? `review ${fromNow(reviewBy, now)}` : 'reviewed'
  }
  if (state === 'pending') return `decide ${fromNow(decideBy, now)}`
  return state === 'approved' && useBy !== null ? `use ${fromNow(useBy, now)}` : 'over'
}

function chain({ onBehalfOf, subject }: Principal): readonly string[] {
  return onBehalfOf === undefined ? [subject] : [subject, ...chain(onBehalfOf)]
}
