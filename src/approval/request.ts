import { touchedLabels } from '../model/facts.js'
import type { ApprovalRequest } from '../model/grant.js'
import type { Agent } from '../model/principal.js'
import type { DecidedSubmission } from '../model/progress.js'
import { reserveFor, type Scrubber } from '../model/scrub.js'
import type { Deadline } from './deadline.js'
import { estimatedRows, summaryOf } from './summary.js'
import type { Terms } from './terms.js'

/**
 * What the approver sees, rendered from the statement that will run. A private, deeply frozen copy:
 * a provider cannot change what it shows to the next person, nor what the grant is bound to.
 */
export function approvalRequest(
  id: string,
  decided: DecidedSubmission,
  terms: Terms,
  scrubber: Scrubber,
  decideBy: Deadline,
  createdAt: number,
): ApprovalRequest {
  const { submission, principal, facts, decision } = decided
  const reserve = reserveFor(facts)
  const estimate = estimatedRows(facts)
  return frozenCopy({
    id,
    kind: 'single',
    statement: scrubber.statement(submission.statement, submission.dialect, reserve),
    bindings: submission.bindings.map(binding => scrubber.binding(binding, reserve)),
    summary: summaryOf(decided).map(sentence => scrubber.text(sentence)),
    labels: touchedLabels(facts),
    ...(estimate === undefined ? {} : { estimatedRows: estimate }),
    principal,
    ...(submission.agent === undefined ? {} : { agent: scrubbedAgent(submission.agent, scrubber) }),
    session: scrubber.text(submission.session),
    dataSource: submission.dataSource,
    rule: terms.rule,
    reason: decision.reason,
    trace: decision.trace,
    requirement: terms.requirement,
    createdAt,
    decideBy: decideBy.at,
  } satisfies ApprovalRequest)
}

/** Everything about an agent is its own claim, and a claim may hold anything. */
function scrubbedAgent(agent: Agent, scrubber: Scrubber): Agent {
  const { framework, id, version, toolCall, claimedReason } = agent
  return {
    framework: scrubber.text(framework),
    id: scrubber.text(id),
    ...(version === undefined ? {} : { version: scrubber.text(version) }),
    ...(toolCall === undefined ? {} : { toolCall: scrubber.text(toolCall) }),
    ...(claimedReason === undefined ? {} : { claimedReason: scrubber.text(claimedReason) }),
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
