/**
 * Who counts as which person. Names are compared more loosely than an identity provider would, because
 * here every doubt must make two names one person: no second spelling may fill a quorum or approve its
 * own request.
 */
import type { ApprovalAnswer, ApprovalRequest, Approver } from '../../model/grant.js'
import type { Principal } from '../../model/principal.js'

const LONGEST_CHAIN = 32

/** The principal and everyone for whom it acts, transitively. Throws RangeError for an endless chain. */
export function chainOf(principal: Principal): readonly Principal[] {
  const chain: Principal[] = []
  for (let link: Principal | undefined = principal; link !== undefined; link = link.onBehalfOf) {
    if (chain.length === LONGEST_CHAIN) throw new RangeError('The chain of onBehalfOf is too long.')
    chain.push(link)
  }
  return chain
}

type Named = Pick<Approver, 'subject' | 'issuer' | 'email'>

/**
 * All names of one person, in a form in which equal names are equal texts. An e-mail address names the same
 * person whoever vouches for it; any other subject only together with its issuer.
 */
export function namesOf({ subject, issuer, email }: Named): readonly string[] {
  const folded = fold(subject)
  const own = folded.includes('@') ? folded : JSON.stringify([fold(issuer).replace(/\/+$/, ''), folded])
  return email === undefined || fold(email) === '' ? [own] : [own, fold(email)]
}

/** Whether any name of one is a name of the other. */
export function isSamePerson(one: Named, other: Named): boolean {
  const names = new Set(namesOf(other))
  return namesOf(one).some(name => names.has(name))
}

/** Whether the person asked for it, or is one of those for whom it was asked. */
export function isRequester(person: Approver, { principal, agent }: ApprovalRequest): boolean {
  if (chainOf(principal).some(requester => isSamePerson(requester, person))) return true
  if (agent === undefined) return false
  const name = fold(agent.id)
  return [person.subject, person.email].some(own => own !== undefined && fold(own) === name)
}

/** Why somebody may not answer at all, whatever they would say; null when they may. */
export function objectionToPerson(
  approver: Approver,
  request: ApprovalRequest,
  counted: readonly ApprovalAnswer[],
): string | null {
  const { approvers, amr = [] } = request.requirement
  if ((approver.kind ?? 'human') !== 'human') return 'Only a person can approve, not an agent or a service.'
  if (isRequester(approver, request)) {
    return 'Nobody can approve a request of their own, or one that an agent makes for them.'
  }
  if (!holdsOneOf(approver, approvers)) {
    return 'The approver holds none of the roles or groups that the rule asks for.'
  }
  const missing = amr.filter(method => !(approver.amr ?? []).includes(method))
  if (missing.length > 0) {
    return `The rule asks for a sign-in with ${missing.join(', ')}. Sign in again that way, and answer then.`
  }
  if (counted.some(earlier => isSamePerson(earlier.approver, approver))) {
    return 'This person has approved already; the rule asks for different people.'
  }
  return null
}

/**
 * Why an answer does not count, for the record and for the channel, or null when it does.
 * Holds for denials as well: an answer is only an answer from somebody who may give it.
 */
export function objectionTo(
  answer: ApprovalAnswer,
  request: ApprovalRequest,
  counted: readonly ApprovalAnswer[],
): string | null {
  const objection = objectionToPerson(answer.approver, request, counted)
  if (objection !== null) return objection
  const { reasonRequired, ticketRequired } = request.requirement
  if (reasonRequired && isBlank(answer.reason)) return 'The rule asks for a reason.'
  if (ticketRequired === true && isBlank(answer.ticket)) return 'The rule asks for the number of a ticket.'
  return null
}

/** Nobody is wanted: everybody will do. */
export function holdsOneOf(
  { roles, groups }: Pick<Approver, 'roles' | 'groups'>,
  wanted: readonly string[],
): boolean {
  if (wanted.length === 0) return true
  const held = new Set([...(roles ?? []), ...(groups ?? [])])
  return wanted.some(name => held.has(name))
}

function isBlank(words: string | undefined): boolean {
  return (words ?? '').trim() === ''
}

export function fold(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase()
}
