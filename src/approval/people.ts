/**
 * Who counts as which person. Names are compared more loosely than an identity provider would, because
 * here every doubt must make two names one person: no second spelling may fill a quorum or approve its
 * own request.
 */
import type { ApprovalAnswer, ApprovalRequest, Approver } from '../model/grant.js'
import type { Principal } from '../model/principal.js'

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

/**
 * Equal for two names of one person. An e-mail address names the same person whoever vouches for it;
 * any other subject only together with its issuer.
 */
export function personKey(person: { readonly subject: string; readonly issuer: string }): string {
  const subject = fold(person.subject)
  return subject.includes('@') ? subject : JSON.stringify([fold(person.issuer).replace(/\/+$/, ''), subject])
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
  const { approver } = answer
  const key = personKey(approver)
  if ((approver.kind ?? 'human') !== 'human') return 'Only a person can approve, not an agent or a service.'
  if (chainOf(request.principal).some(requester => personKey(requester) === key)) {
    return 'Nobody can approve a request of their own, or one that an agent makes for them.'
  }
  if (request.agent !== undefined && fold(request.agent.id) === fold(approver.subject)) {
    return 'The agent that asks cannot approve.'
  }
  if (!holdsOneOf(approver, request.requirement.approvers)) {
    return 'The approver holds none of the roles or groups that the rule asks for.'
  }
  if (counted.some(earlier => personKey(earlier.approver) === key)) {
    return 'This person has approved already; the rule asks for different people.'
  }
  if (request.requirement.reasonRequired && (answer.reason ?? '').trim() === '') {
    return 'The rule asks for a reason.'
  }
  return null
}

function holdsOneOf(approver: Approver, wanted: readonly string[]): boolean {
  if (wanted.length === 0) return true
  const held = new Set([...(approver.roles ?? []), ...(approver.groups ?? [])])
  return wanted.some(name => held.has(name))
}

function fold(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase()
}
