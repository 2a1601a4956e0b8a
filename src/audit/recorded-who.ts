/** Who asks and who approved, as records name them. Members in canonical order: see orderedJson. */
import type { Approver, Grant } from '../model/grant.js'
import type { Agent, Principal } from '../model/principal.js'
import type { RecordedPrincipal, StatementRecord } from '../model/record.js'
import { isoDate } from './plain-value.js'

type Text = (text: string) => string

export function recordedPrincipal(principal: Principal, text: Text): RecordedPrincipal {
  const { acr, amr, name, onBehalfOf, roles, tokenId } = principal
  return Object.freeze({
    ...(acr === undefined ? undefined : { acr: text(acr) }),
    ...(amr === undefined ? undefined : { amr: Object.freeze(amr.map(text)) }),
    issuer: text(principal.issuer),
    kind: principal.kind ?? 'human',
    ...(name === undefined ? undefined : { name: text(name) }),
    ...(onBehalfOf === undefined ? undefined : { onBehalfOf: recordedPrincipal(onBehalfOf, text) }),
    ...(roles === undefined ? undefined : { roles: Object.freeze(roles.map(text)) }),
    subject: text(principal.subject),
    ...(tokenId === undefined ? undefined : { tokenId: text(tokenId) }),
  })
}

/** @param said for what speaks of the statement, and may quote what is in it. */
export function recordedAgent(agent: Agent, text: Text, said: Text): NonNullable<StatementRecord['agent']> {
  const { claimedReason, toolCall, version } = agent
  return Object.freeze({
    ...(claimedReason === undefined ? undefined : { claimedReason: said(claimedReason) }),
    framework: text(agent.framework),
    id: text(agent.id),
    ...(toolCall === undefined ? undefined : { toolCall: text(toolCall) }),
    ...(version === undefined ? undefined : { version: text(version) }),
  })
}

export function recordedApproval(grant: Grant, text: Text): NonNullable<StatementRecord['approval']> {
  return {
    approvers: grant.answers.map(answer => recordedApprover(answer.approver, text)),
    expiresAt: isoDate(new Date(grant.expiresAt)),
    grant: text(grant.id),
    grantedAt: isoDate(new Date(grant.grantedAt)),
    kind: grant.kind,
    reasons: grant.answers.map(({ reason, ticket }) =>
      text(ticket === undefined ? (reason ?? '') : `${reason ?? ''} [ticket ${ticket}]`.trimStart()),
    ),
    request: text(grant.requestId),
  }
}

function recordedApprover(approver: Approver, text: Text): Approver {
  const { amr, email, groups, kind, roles } = approver
  return {
    ...(amr === undefined ? undefined : { amr: amr.map(text) }),
    ...(email === undefined ? undefined : { email: text(email) }),
    ...(groups === undefined ? undefined : { groups: groups.map(text) }),
    issuer: text(approver.issuer),
    ...(kind === undefined ? undefined : { kind }),
    ...(roles === undefined ? undefined : { roles: roles.map(text) }),
    subject: text(approver.subject),
  }
}
