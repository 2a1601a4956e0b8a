/**
 * The asking half of the desk: from a decision that requires approval to a grant that is held. The only
 * file that mints a `Pass`. A wait that ended early, for whatever reason, leaves no grant behind.
 */
import type { ApprovalAnswer, ApprovalRequest, Grant } from '../model/grant.js'
import type { Decided, Pass } from '../model/progress.js'
import type { Refusal } from '../model/refusal.js'
import type { ApprovalProvider } from './approval-provider.js'
import { type Asked, ask } from './ask.js'
import { bindingOf } from './binding.js'
import { deadlineIn } from './deadline.js'
import { noteExpired, type Office } from './office.js'
import { chainOf } from './people.js'
import { refusal } from './refusals.js'
import { approvalRequest } from './request.js'
import { areUsable, type Terms, termsOf } from './terms.js'
import { type Vigil, type VigilEnd, vigil } from './vigil.js'

/** The whole answer for an allowed statement: made once, because most statements are. */
const NOTHING_NEEDED: Promise<Pass> = Promise.resolve(Object.freeze({ grant: null }) as Pass)

export function obtain(office: Office, decided: Decided, signal: AbortSignal): Promise<Pass | Refusal> {
  return decided.decision.effect === 'allow' ? NOTHING_NEEDED : seek(office, decided, signal)
}

async function seek(office: Office, decided: Decided, caller: AbortSignal): Promise<Pass | Refusal> {
  const { decision } = decided
  if (decision.effect !== 'require_approval') return refusal('CARDEA_POLICY_DENIED', decision.reason, decided)
  const terms = termsOf(decision)
  const { provider } = office
  if (provider === null)
    return unavailable('no approval provider is configured. Configure one, or ask for less.', decided)
  if (!areUsable(terms))
    return unavailable('the rule’s quorum or times cannot be met. Correct the policy.', decided)

  const wait = vigil(office.clock, terms.requirement.decideWithinMs, caller)
  office.vigils.add(wait)
  try {
    return await settle(office, provider, decided, terms, wait)
  } finally {
    office.vigils.delete(wait)
    wait.stop()
  }
}

async function settle(
  office: Office,
  provider: ApprovalProvider,
  decided: Decided,
  terms: Terms,
  wait: Vigil,
): Promise<Pass | Refusal> {
  const { clock, ids, scrubber, note } = office
  await noteExpired(office, office.store.sweep(), 'not used in time')
  const request = approvalRequest(ids.next(), decided, terms, scrubber, wait.deadline, clock.now())
  await note('approval.request', requestDetail(request, decided))

  const asked = await ask({ provider, request, vigil: wait, scrubber, note })
  if (asked.kind === 'approved') return issue(office, decided, terms, request, asked.answers, wait)
  return turnDown(office, decided, request, asked)
}

/** The grant is held only once it is on record and somebody still waits for it. */
async function issue(
  office: Office,
  decided: Decided,
  terms: Terms,
  request: ApprovalRequest,
  answers: readonly ApprovalAnswer[],
  wait: Vigil,
): Promise<Pass | Refusal> {
  const { clock, ids, key, store, note } = office
  const usable = deadlineIn(clock, terms.requirement.useWithinMs)
  const bound = { requestId: request.id, expiresAt: usable.at, terms }
  const grant: Grant = Object.freeze({
    id: ids.next(),
    requestId: request.id,
    kind: 'single',
    answers,
    grantedAt: clock.now(),
    expiresAt: usable.at,
    binding: bindingOf(key, decided, bound),
  })
  await note('approval.grant', {
    request: request.id,
    grant: grant.id,
    approvers: answers.map(answer => answer.approver),
    expiresAt: isoTime(grant.expiresAt),
  })
  const end = wait.ended()
  if (end !== null) return turnDown(office, decided, request, { kind: 'ended', why: end }, grant)
  store.put({ grant, terms, usable })
  return Object.freeze({ grant }) as Pass
}

async function turnDown(
  office: Office,
  decided: Decided,
  request: ApprovalRequest,
  asked: Exclude<Asked, { kind: 'approved' }>,
  grant?: Grant,
): Promise<Refusal> {
  await office.note('approval.expire', {
    request: request.id,
    ...(grant === undefined ? {} : { grant: grant.id }),
    why: asked.why,
  })
  return asked.kind === 'refused' ? refusal(asked.code, asked.reason, decided) : ENDINGS[asked.why](decided)
}

const ENDINGS: Readonly<Record<VigilEnd, (decided: Decided) => Refusal>> = {
  timeout: decided =>
    refusal(
      'CARDEA_APPROVAL_TIMEOUT',
      'Nobody approved in time. Ask again when an approver is available.',
      decided,
    ),
  abandoned: decided =>
    refusal('CARDEA_ABANDONED', 'The caller stopped waiting for the approval, so it was withdrawn.', decided),
  closed: decided => unavailable('Cardea was closed while it waited.', decided),
}

function unavailable(why: string, decided: Decided): Refusal {
  return refusal('CARDEA_APPROVAL_UNAVAILABLE', `This statement needs an approval, but ${why}`, decided)
}

const LONGEST_STATEMENT = 4_000

function requestDetail(request: ApprovalRequest, { decision }: Decided) {
  const { id, statement, principal, agent, session, dataSource, rule, labels, requirement } = request
  return {
    request: id,
    decision: decision.id,
    rule,
    policyHash: decision.policyHash,
    statement: statement.slice(0, LONGEST_STATEMENT),
    labels,
    principal: chainOf(principal).map(({ subject, issuer, kind }) => ({
      subject,
      issuer,
      kind: kind ?? 'human',
    })),
    ...(agent === undefined ? {} : { agent }),
    session,
    dataSource,
    approvers: requirement.approvers,
    quorum: requirement.quorum,
    decideBy: isoTime(request.decideBy),
  }
}

/** Spans are checked to be finite; a time past the calendar's end is still recorded as a number. */
function isoTime(milliseconds: number): string {
  const time = new Date(milliseconds)
  return Number.isNaN(time.getTime()) ? String(milliseconds) : time.toISOString()
}
