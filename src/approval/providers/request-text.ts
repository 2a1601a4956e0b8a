/**
 * The one rendering of a request for people: terminal, command line and channels show this. Each line is a
 * part that Cardea wrote, then at most one text of somebody else's, which ends with the line. So no text can
 * pass for another line, nor for the end of its own.
 */
import type { ApprovalAnswer, ApprovalRequest, Approver, Preview, Window } from '../../model/grant.js'
import type { Principal } from '../../model/principal.js'
import type { ApprovalState, Review } from '../approval-entry.js'
import { linesOf, numberedFrame, oneLine, pieces, quoted, warnings } from './plain-text.js'

/** What happened to a request so far, as far as whoever shows it knows. */
export interface RequestStatus {
  readonly state?: ApprovalState
  readonly version?: number
  /** Answers that counted. Default none. */
  readonly answers?: readonly ApprovalAnswer[]
  /** Milliseconds since the Unix epoch. Absent: times are not told in relation to now. */
  readonly now?: number
  /** Until when a grant may be used. */
  readonly useBy?: number | null
  /** Why it ended. */
  readonly why?: string | null
  readonly reviewBy?: number | null
  readonly review?: Review | null
  /** Why an answer of the reader would not count. */
  readonly objection?: string | null
  /** Why the last answer did not count. */
  readonly rejected?: string
}

/** One line: `frame` is Cardea's own words, `text` is from others and already safe to show. */
export interface RequestLine {
  readonly frame: string
  readonly text: string
}

/**
 * A request as plain text, each line ended. The statement stands whole; nothing is abbreviated.
 *
 * @example
 * await chat.post(requestText(request, { answers, now: clock.now() }))
 */
export function requestText(request: ApprovalRequest, status: RequestStatus = {}): string {
  return requestLines(request, status)
    .map(({ frame, text }) => `${frame}${text}\n`)
    .join('')
}

/** The same, line by line, for those who cut lines to the width of a screen: see `rowsOf`. */
export function requestLines(request: ApprovalRequest, status: RequestStatus = {}): readonly RequestLine[] {
  const { bindings, preview, statement, summary, window } = request
  return [
    line('Approval request ', request.id),
    ...kindLines(request, status),
    ...stateLines(request, status),
    ...whoLines(request),
    ...whereLines(request),
    ...section('The statement:', numbered(linesOf(statement))),
    ...warnings(statement).map(sentence => line(`  ! ${sentence}`)),
    ...section(
      'Bound values:',
      bindings.map((value, at) => ({ frame: `  ${at + 1}: `, text: quoted(value) })),
    ),
    ...section(
      'What it does:',
      summary.map(sentence => line('  - ', sentence)),
    ),
    ...(preview === undefined ? [] : previewLines(preview)),
    ...(window === undefined ? [] : windowLines(window)),
    ...answerLines(status.answers ?? []),
    ...ruleLines(request),
    ...detailLines(request, status),
  ]
}

/**
 * A line as rows of at most `columns` columns. The rows after the first begin with `|` where the text
 * stands, which no line of the frame does; so a text that is cut cannot pass for a line either.
 */
export function rowsOf({ frame, text }: RequestLine, columns: number): readonly string[] {
  const behind = frame.length > columns / 2 ? 4 : frame.length
  const mark = `${' '.repeat(Math.max(0, behind - 2))}| `
  const whole = frame + text
  const [first = '', ...others] = pieces(whole, columns)
  if (others.length === 0) return [first]
  return [first, ...pieces(whole.slice(first.length), columns - mark.length).map(rest => mark + rest)]
}

/** `in 4 minutes`, `2 hours ago`: of the largest unit, rounded down. */
export function fromNow(at: number, now: number): string {
  const span = duration(Math.abs(at - now))
  return at < now ? `${span} ago` : `in ${span}`
}

/** Milliseconds in words: `90 seconds`, `15 minutes`. Rounded down, so that nobody counts on more. */
export function duration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  for (const [unit, length] of UNITS) {
    if (seconds >= 2 * length || length === 1) return count(Math.floor(seconds / length), unit)
  }
  return count(seconds, 'second')
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

function kindLines({ kind }: ApprovalRequest, { reviewBy, review, now }: RequestStatus): RequestLine[] {
  if (kind === 'window') {
    return [
      line('  WINDOW: an approval lets all statements listed below run for a time, without asking again.'),
    ]
  }
  if (kind !== 'break-glass') return []
  return [
    line('  BREAK-GLASS: emergency access that the person below gave to themselves. Nobody approved it.'),
    ...(typeof reviewBy === 'number' ? [line('  Must be reviewed before: ', instant(reviewBy, now))] : []),
    ...(review === null || review === undefined
      ? [line('  Reviewed: not yet')]
      : [
          line('  Reviewed: ', instant(review.at, now)),
          ...personLines('    by ', review.reviewer),
          line('    words: ', review.words),
        ]),
  ]
}

function stateLines({ decideBy, kind, requirement }: ApprovalRequest, status: RequestStatus): RequestLine[] {
  const { answers = [], objection, rejected, state, useBy, version, why } = status
  const approvals = answers.filter(({ decision }) => decision === 'approved').length
  return [
    ...(state === undefined ? [] : [line('  State: ', state)]),
    ...(typeof why === 'string' ? [line('  Why: ', why)] : []),
    ...(version === undefined ? [] : [line('  Version: ', String(version))]),
    ...(typeof useBy === 'number' ? [line('  To be used before: ', instant(useBy, status.now))] : []),
    ...(kind === 'break-glass'
      ? []
      : [
          line('  Approvals: ', `${approvals} of ${requirement.quorum}`),
          line('  Decide before: ', instant(decideBy, status.now)),
        ]),
    ...(typeof objection === 'string' ? [line('  Your answer would not count: ', objection)] : []),
    ...(rejected === undefined ? [] : [line('  The last answer did not count: ', rejected)]),
  ]
}

/** What an agent says has not been verified: the word stands first, where no text can push it away. */
function whoLines({ agent, plea, principal }: ApprovalRequest): RequestLine[] {
  return [
    ...principalLines('Asked by', principal),
    ...(agent === undefined ? [] : [line('  Claimed agent: ', agent.id)]),
    ...(agent?.claimedReason === undefined
      ? []
      : [line('  Claimed reason (not verified): ', agent.claimedReason)]),
    ...(plea === undefined ? [] : [line('  Claimed need (not verified): ', plea)]),
  ]
}

function principalLines(role: string, principal: Principal): RequestLine[] {
  const { email, issuer, kind = 'human', name, onBehalfOf, subject } = principal
  return [
    line(`  ${role} ${kind} `, subject),
    line('    vouched for by ', issuer),
    ...(name === undefined ? [] : [line('    called ', name)]),
    ...(email === undefined ? [] : [line('    e-mail ', email)]),
    ...(onBehalfOf === undefined ? [] : principalLines('On behalf of', onBehalfOf)),
  ]
}

function whereLines({ dataSource, estimatedRows, labels }: ApprovalRequest): RequestLine[] {
  return [
    line('  Database: ', dataSource.id),
    line('  Environment: ', dataSource.environment),
    ...(labels.length === 0 ? [line('  Protected data: none found')] : []),
    ...labels.map(label => line('  Protected data: ', label)),
    line('  Rows: ', estimatedRows === undefined ? 'not known' : `at most ${estimatedRows}`),
  ]
}

function ruleLines({ kind, reason, requirement, rule }: ApprovalRequest): RequestLine[] {
  const { amr = [], approvers, quorum, reasonRequired, ticketRequired } = requirement
  const may = kind === 'break-glass' ? '  May review: ' : '  May approve: '
  return section('The rule and its terms:', [
    line('  Rule: ', rule),
    line('  Its reason: ', reason),
    ...(kind === 'break-glass' ? [] : [line('  Must approve: ', people(quorum))]),
    ...(approvers.length === 0 ? [line(`${may}anyone who has signed in`)] : []),
    ...approvers.map(group => line(`${may}role or group `, group)),
    ...amr.map(method => line('  Must have signed in with: ', method)),
    line(reasonRequired ? '  Reason: required' : '  Reason: may be left out'),
    ...(ticketRequired === true ? [line('  Ticket: required')] : []),
  ])
}

function people(quorum: number): string {
  return quorum === 1 ? '1 person' : `${quorum} different people`
}

function detailLines({ agent, createdAt, session }: ApprovalRequest, { now }: RequestStatus): RequestLine[] {
  return section('Where it comes from:', [
    line('  Asked at: ', instant(createdAt, now)),
    line('  Session: ', session),
    ...(agent === undefined ? [] : [line('  Claimed framework: ', agent.framework)]),
    ...(agent?.version === undefined ? [] : [line('  Claimed version: ', agent.version)]),
    ...(agent?.toolCall === undefined ? [] : [line('  Claimed tool call: ', agent.toolCall)]),
  ])
}

function previewLines({ columns, rows, samples, withheld = [] }: Preview): RequestLine[] {
  return [
    line(`What it would change, read beforehand: ${count(rows, 'row')}`),
    line(`  (the first ${samples.length}, masked: values that differ may look alike)`),
    ...samples.flatMap(({ after, before }, at) => [
      line(`  Row ${at + 1}:`),
      ...columns.map((column, cell) => ({
        frame: '    ',
        text: `${quoted(column)}: ${value(before[cell])} -> ${value(after[cell])}`,
      })),
    ]),
    ...(withheld.length === 0
      ? []
      : [{ frame: '  Changed as well, and not shown: ', text: withheld.map(quoted).join(', ') }]),
  ]
}

function value(text: string | undefined): string {
  return text === undefined ? 'nothing' : quoted(text)
}

function windowLines({ durationMs, fingerprints, rows }: Window): RequestLine[] {
  return [
    line('The window would cover:'),
    line(`  For ${duration(durationMs)} from the approval`),
    line(`  ${count(rows, 'row')}, returned or written`),
    ...section('Statements of these forms, with any values:', numbered(fingerprints)),
    ...fingerprints.flatMap(warnings).map(sentence => line(`  ! ${sentence}`)),
  ]
}

function answerLines(answers: readonly ApprovalAnswer[]): RequestLine[] {
  return section(
    'Answers so far:',
    answers.flatMap(({ approver, decision, reason, ticket }) => [
      ...personLines(`  ${decision} by `, approver),
      ...(reason === undefined ? [] : [line('    reason: ', reason)]),
      ...(ticket === undefined ? [] : [line('    ticket: ', ticket)]),
    ]),
  )
}

function personLines(words: string, { email, issuer, subject }: Approver): RequestLine[] {
  return [
    line(words, subject),
    line('    vouched for by ', issuer),
    ...(email === undefined ? [] : [line('    e-mail ', email)]),
  ]
}

function numbered(texts: readonly string[]): RequestLine[] {
  return texts.map((text, at) => line(numberedFrame(at, texts.length), text))
}

function section(title: string, lines: readonly RequestLine[]): RequestLine[] {
  return lines.length === 0 ? [] : [line(title), ...lines]
}

function line(frame: string, text = ''): RequestLine {
  return { frame, text: oneLine(text) }
}

function instant(at: number, now: number | undefined): string {
  const time = new Date(at)
  if (Number.isNaN(time.getTime())) return 'no limit'
  return now === undefined ? time.toISOString() : `${time.toISOString()} (${fromNow(at, now)})`
}

function count(number: number, unit: string): string {
  return number === 1 ? `1 ${unit}` : `${number} ${unit}s`
}
