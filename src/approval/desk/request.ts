import { touchedLabels } from '../../model/facts.js'
import type { ApprovalRequest, Preview, Window } from '../../model/grant.js'
import type { DecidedSubmission } from '../../model/progress.js'
import { reserveFor, type Scrubber } from '../../model/scrub.js'
import { withTexts } from '../../util/texts.js'
import type { ApprovalEntry } from '../approval-entry.js'
import { chainOf } from './people.js'
import { estimatedRows, summaryOf } from './summary.js'
import type { Terms } from './terms.js'

/** What does not follow from the statement. */
export interface Occasion {
  readonly id: string
  readonly createdAt: number
  readonly decideBy: number
  readonly preview?: Preview | undefined
}

/**
 * What the approver sees, rendered from the statement that will run. A private, deeply frozen copy:
 * a provider cannot change what it shows to the next person, nor what the grant is bound to.
 */
export function approvalRequest(
  decided: DecidedSubmission,
  terms: Terms,
  scrubber: Scrubber,
  { id, createdAt, decideBy, preview }: Occasion,
): ApprovalRequest {
  const { submission, facts, decision } = decided
  const reserve = reserveFor(facts)
  const said = scrubber.also(decision.detect)
  const estimate = preview?.rows ?? estimatedRows(facts)
  return frozenCopy({
    id,
    kind: 'single',
    statement: said.statement(submission.statement, submission.dialect, reserve),
    bindings: submission.bindings.map(binding => said.binding(binding, reserve)),
    summary: summaryOf(decided).map(sentence => said.text(sentence)),
    labels: touchedLabels(facts),
    ...(estimate === undefined ? {} : { estimatedRows: estimate }),
    ...(preview === undefined ? {} : { preview: scrubbedPreview(preview, said) }),
    ...callerOf(decided, scrubber),
    rule: terms.rule,
    reason: said.text(decision.reason),
    trace: withTexts(decision.trace, text => said.text(text)),
    requirement: terms.requirement,
    createdAt,
    decideBy,
  } satisfies ApprovalRequest)
}

/** The statements of a window without their literals: it covers them whatever those are. */
export function windowRequest(
  decided: readonly [DecidedSubmission, ...DecidedSubmission[]],
  terms: Terms,
  scrubber: Scrubber,
  { id, createdAt, decideBy, window, plea }: Occasion & { readonly window: Window; readonly plea: string },
): ApprovalRequest {
  const [first] = decided
  const said = scrubber.also(first.decision.detect)
  const labels = decided.flatMap(({ facts }) => touchedLabels(facts))
  const sentences = decided.flatMap(one => summaryOf(one)).map(sentence => said.text(sentence))
  return frozenCopy({
    id,
    kind: 'window',
    statement: said.text(window.fingerprints.join(';\n')),
    bindings: [],
    summary: [...new Set(sentences)],
    labels: [...new Set(labels)].sort(),
    estimatedRows: window.rows,
    plea: said.text(plea),
    window,
    ...callerOf(first, scrubber),
    rule: terms.rule,
    reason: said.text(first.decision.reason),
    trace: withTexts(first.decision.trace, text => said.text(text)),
    requirement: terms.requirement,
    createdAt,
    decideBy,
  } satisfies ApprovalRequest)
}

const LONGEST_STATEMENT = 4_000

/** What the record says of a request. */
export function requestDetail({ id, mode, request }: ApprovalEntry, { decision }: DecidedSubmission) {
  const { kind, statement, principal, agent, session, dataSource, rule, labels, requirement, window } =
    request
  return {
    request: id,
    kind,
    mode,
    decision: decision.id,
    rule,
    policyHash: decision.policyHash,
    statement: statement.slice(0, LONGEST_STATEMENT),
    labels,
    principal: chainOf(principal).map(link => ({
      subject: link.subject,
      issuer: link.issuer,
      kind: link.kind ?? 'human',
    })),
    ...(agent === undefined ? {} : { agent }),
    session,
    dataSource,
    ...(window === undefined ? {} : { rows: window.rows, durationMs: window.durationMs }),
    approvers: requirement.approvers,
    quorum: requirement.quorum,
    decideBy: isoTime(request.decideBy),
  }
}

/** Never masked by the packs, which would hide who asks; but what the agent says of its reason is, as a claim may hold anything. */
function callerOf({ submission, principal, decision }: DecidedSubmission, scrubber: Scrubber) {
  const text = (raw: string) => scrubber.text(raw)
  const { agent } = submission
  const claimed = agent?.claimedReason
  return {
    // To be read: who may not approve follows from the principal itself.
    principal: withTexts(principal, text),
    ...(agent === undefined
      ? {}
      : {
          agent: {
            ...withTexts(agent, text),
            ...(claimed === undefined ? {} : { claimedReason: scrubber.also(decision.detect).text(claimed) }),
          },
        }),
    session: scrubber.text(submission.session),
    dataSource: submission.dataSource,
  }
}

/** Its cells are masked already, as those of any result; detectors look once more at what people get to see. */
function scrubbedPreview({ rows, columns, samples, withheld }: Preview, scrubber: Scrubber): Preview {
  const texts = (cells: readonly string[]) => cells.map(cell => scrubber.text(cell))
  return {
    rows,
    columns: texts(columns),
    samples: samples.map(({ before, after }) => ({ before: texts(before), after: texts(after) })),
    ...(withheld === undefined ? {} : { withheld: texts(withheld) }),
  }
}

function frozenCopy<T>(value: T): T {
  return freeze(structuredClone(value))
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value)
    for (const member of Object.values(value)) if (!Object.isFrozen(member)) freeze(member)
  }
  return value
}

/** Spans are checked to be finite; a time past the calendar's end is still recorded as a number. */
function isoTime(milliseconds: number): string {
  const time = new Date(milliseconds)
  return Number.isNaN(time.getTime()) ? String(milliseconds) : time.toISOString()
}
