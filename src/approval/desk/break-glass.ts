/**
 * Emergency access (PCI DSS 8.2.2): an enrolled person stands in for the approver, for a short time, loudly.
 * It answers what policy would ask a person; it never lifts a denial, a mask or a limit. Somebody else looks
 * at it afterwards.
 */
import type { BreakGlassTerms } from '../../model/decision.js'
import type { ApprovalRequest, Approver } from '../../model/grant.js'
import type { BreakGlassPlea, Petitioned } from '../../model/petition.js'
import type { Principal } from '../../model/principal.js'
import type { Decided } from '../../model/progress.js'
import type { Refusal } from '../../model/refusal.js'
import type { IdentifiedSubmission, Submission } from '../../model/submission.js'
import type { ApprovalEntry } from '../approval-entry.js'
import { cut } from './answer.js'
import { begun } from './entry-state.js'
import type { Office } from './office.js'
import { fold, namesOf } from './people.js'
import { breakGlassAskOf, isSame, requesterOf, sealed } from './seal.js'

const LONGEST_WORDS = 2_000
const LONGEST_TICKET = 200

/** Why a statement does not stand under an emergency access, or null when it does. */
export function objectionToEmergency(office: Office, entry: ApprovalEntry, decided: Decided): string | null {
  const { key } = office
  const breakGlass = office.breakGlass()
  if (breakGlass === null || !isEnrolled(breakGlass, decided.principal)) {
    return 'Policy does not name this person for emergency access any more.'
  }
  if (decided.submission.agent !== undefined) return 'Emergency access is for people, not for their agents.'
  return isSame(breakGlassAskOf(key, decided), entry.ask)
    ? null
    : 'The emergency access was taken by another person, or for another database.'
}

/** Gives an enrolled person the access, once it is on record; tells everybody. */
export async function breakGlass(
  office: Office,
  { submission, principal }: IdentifiedSubmission,
  plea: BreakGlassPlea,
): Promise<Petitioned | Refusal> {
  const terms = office.breakGlass()
  if (terms === null)
    return no('Policy has no section breakGlass, so there is no emergency access.', principal)
  const objection = objectionTo(terms, submission, principal, plea)
  if (objection !== null) return no(objection, principal)

  const entry = entryOf(office, submission, principal, plea, terms)
  const { id, grantId, useBy, reviewBy, request } = entry
  await office.note('approval.break-glass', {
    request: id,
    grant: grantId,
    principal: { subject: principal.subject, issuer: principal.issuer, amr: principal.amr ?? [] },
    reason: request.plea,
    ticket: entry.answers[0]?.ticket,
    dataSource: request.dataSource,
    until: new Date(useBy ?? 0).toISOString(),
    reviewBy: new Date(reviewBy ?? 0).toISOString(),
  })
  await office.store.insert(entry)
  await tellEverybody(office, request)
  return { ticket: id, state: 'approved', until: useBy }
}

/** In an emergency a channel may be down as well: that is put on record, and holds nothing up. */
async function tellEverybody(office: Office, request: ApprovalRequest): Promise<void> {
  const { signal } = new AbortController()
  const told = office.channels.map(channel => channel.announce(request, signal))
  const outcomes = await Promise.allSettled(told)
  const silent = office.channels
    .filter((_, at) => outcomes[at]?.status === 'rejected')
    .map(({ name }) => name)
  if (silent.length === 0) return
  await office.note('control.fail', { control: 'approval channel', request: request.id, channels: silent })
}

function objectionTo(
  terms: BreakGlassTerms,
  { agent }: Submission,
  principal: Principal,
  { durationMs, reason, ticket }: BreakGlassPlea,
): string | null {
  if ((principal.kind ?? 'human') !== 'human' || principal.onBehalfOf !== undefined || agent !== undefined) {
    return 'Emergency access is for people, not for agents or services.'
  }
  if (!isEnrolled(terms, principal)) return 'Policy does not name this person for emergency access.'
  const missing = terms.amr.filter(method => !(principal.amr ?? []).includes(method))
  if (missing.length > 0) return `Emergency access needs a sign-in with ${missing.join(', ')}.`
  if (reason.trim() === '' || ticket.trim() === '')
    return 'Emergency access needs a reason and the number of a ticket.'
  if (!Number.isSafeInteger(durationMs) || durationMs < 1 || durationMs > terms.maxDurationMs) {
    return `Emergency access lasts ${Math.floor(terms.maxDurationMs / 60_000)} minutes at most.`
  }
  return null
}

function isEnrolled({ people }: BreakGlassTerms, principal: Principal): boolean {
  const enrolled = new Set(people.map(fold))
  const names = [fold(principal.subject), ...namesOf(principal).filter(name => name.includes('@'))]
  return names.some(name => enrolled.has(name))
}

function entryOf(
  office: Office,
  submission: Submission,
  principal: Principal,
  plea: BreakGlassPlea,
  terms: BreakGlassTerms,
): ApprovalEntry {
  const { clock, ids, key, scrubber } = office
  const now = clock.now()
  const useBy = now + plea.durationMs
  const reason = cut(scrubber.text(plea.reason), LONGEST_WORDS)
  const request = requestOf(submission, principal, reason, terms, { id: ids.next(), now, useBy })
  const ask = breakGlassAskOf(key, { submission, principal })
  const asked = begun({
    mode: 'ticket',
    request,
    ask,
    topic: ask,
    requester: requesterOf(key, principal),
    openKey: null,
    holder: null,
    heldUntil: null,
    useWithinMs: plea.durationMs,
  })
  const ticket = cut(scrubber.text(plea.ticket), LONGEST_TICKET)
  return sealed(key, {
    ...asked,
    state: 'approved',
    answers: [{ decision: 'approved', approver: asApprover(principal), reason, ticket }],
    grantId: ids.next(),
    grantedAt: now,
    useBy,
    reviewBy: useBy + terms.reviewWithinMs,
  })
}

function requestOf(
  { dataSource, session }: Submission,
  principal: Principal,
  reason: string,
  terms: BreakGlassTerms,
  { id, now, useBy }: { readonly id: string; readonly now: number; readonly useBy: number },
): ApprovalRequest {
  return {
    id,
    kind: 'break-glass',
    statement: '',
    bindings: [],
    summary: [
      `Emergency access to ${dataSource.id} (${dataSource.environment}) until ${new Date(useBy).toISOString()}.`,
      'What policy would ask a person runs without being asked for. Denials, masks and limits stand.',
    ],
    labels: [],
    plea: reason,
    principal,
    session,
    dataSource,
    rule: 'break-glass',
    reason: 'A person named by the policy has taken emergency access.',
    trace: [],
    requirement: {
      approvers: terms.reviewers,
      quorum: 1,
      decideWithinMs: useBy - now,
      useWithinMs: useBy - now,
      reasonRequired: true,
    },
    createdAt: now,
    decideBy: useBy,
  }
}

function asApprover({ subject, issuer, email, roles, groups, amr }: Principal): Approver {
  return {
    subject,
    issuer,
    kind: 'human',
    ...(email === undefined ? {} : { email }),
    ...(roles === undefined ? {} : { roles }),
    ...(groups === undefined ? {} : { groups }),
    ...(amr === undefined ? {} : { amr }),
  }
}

function no(reason: string, principal: Principal): Refusal {
  return {
    refused: true,
    code: 'CARDEA_APPROVAL_DENIED',
    reason,
    rule: 'break-glass',
    evidence: { principal },
  }
}
