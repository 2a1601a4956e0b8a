import type { ApprovalRequest } from '../../model/grant.js'
import type { Principal } from '../../model/principal.js'
import { numberedLines, oneLine } from './plain-text.js'

/** An approval request as plain text for a person. The statement stands whole; nothing is abbreviated. */
export function requestText(request: ApprovalRequest, answers: number, objection?: string): string {
  const { agent, dataSource, estimatedRows, labels, requirement } = request
  const lines = [
    '',
    `Approval ${request.id}`,
    field('Asked by', who(request.principal)),
    ...(agent === undefined ? [] : [field('Through agent', `${agent.framework} ${agent.id} (claimed)`)]),
    ...(agent?.toolCall === undefined ? [] : [field('Tool call', `${agent.toolCall} (claimed)`)]),
    ...(agent?.claimedReason === undefined
      ? []
      : [field('Claimed reason', `${agent.claimedReason} (not verified)`)]),
    field('Session', request.session),
    field('Database', `${dataSource.id} (${dataSource.environment})`),
    field('Rule', `${request.rule}: ${request.reason}`),
    field('Protected data', labels.length === 0 ? 'none found' : labels.join(', ')),
    field('Rows', estimatedRows === undefined ? 'not known' : `at most ${estimatedRows}`),
    field('Approvals', `${answers} of ${requirement.quorum}`),
    field('Decide before', decideBefore(request.decideBy)),
    'The statement:',
    ...numberedLines(request.statement),
    ...(request.bindings.length === 0 ? [] : ['Bound values:']),
    ...request.bindings.map((binding, at) => `  ${at + 1}: ${oneLine(binding)}`),
    'What it does:',
    ...request.summary.map(sentence => `  - ${oneLine(sentence)}`),
    ...(objection === undefined ? [] : [field('The last answer did not count', objection)]),
    '',
  ]
  return lines.join('\n')
}

function field(name: string, value: string): string {
  return `  ${name}: ${oneLine(value)}`
}

function who({ subject, issuer, kind, onBehalfOf }: Principal): string {
  const one = `${kind ?? 'human'} ${subject} (${issuer})`
  return onBehalfOf === undefined ? one : `${one} for ${who(onBehalfOf)}`
}

function decideBefore(milliseconds: number): string {
  const time = new Date(milliseconds)
  return Number.isNaN(time.getTime()) ? 'no limit' : time.toISOString()
}
