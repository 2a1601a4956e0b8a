/** The requests as people meet them: each sees what concerns them, and an answer counts as the desk counts it. */
import type { ApprovalAnswer, Approver } from '../../model/grant.js'
import { type ApprovalEntry, isOpen, type Review } from '../approval-entry.js'
import type { Answered, ApprovalQueue, ApprovalView, ViewFilter } from '../approval-queue.js'
import { cut, readAnswer } from './answer.js'
import { change, crowded, look, ROUNDS, sweep } from './entries.js'
import { lapse, nextOf } from './entry-state.js'
import type { Office } from './office.js'
import { holdsOneOf, isRequester, isSamePerson, objectionToPerson } from './people.js'
import { isSealed } from './seal.js'
import { takeAnswer } from './take-answer.js'

const LONGEST_WORDS = 2_000
const USUAL_LIMIT = 200
/** Read before those are left out that the viewer may not see. */
const READ_AT_ONCE = 2_000

export function queueOf(office: Office): ApprovalQueue {
  return Object.freeze({
    list: (viewer, filter = {}) => list(office, viewer, filter),
    find: (id, viewer) => find(office, id, viewer),
    answer: (id, answer, via, seen) => answerOf(office, id, answer, via, seen),
    review: (id, reviewer, words, via) => office.turn(id, () => review(office, id, reviewer, words, via)),
    watch: listener => office.changes.all(listener),
  } satisfies ApprovalQueue)
}

async function list(office: Office, viewer: Approver, filter: ViewFilter): Promise<readonly ApprovalView[]> {
  await sweep(office)
  const { states = ['pending'], unreviewed, limit = USUAL_LIMIT } = filter
  const entries = await office.store.list(
    unreviewed === true
      ? { kind: 'break-glass', unreviewed, limit: READ_AT_ONCE }
      : { states, limit: READ_AT_ONCE },
  )
  const views: ApprovalView[] = []
  for (const entry of entries) {
    if (views.length === limit) break
    if (!isSealed(office.key, entry) || !maySee(entry, viewer)) continue
    const now = await asItStands(office, entry)
    if (now !== null && (unreviewed === true || states.includes(now.state)))
      views.push(viewOf(office, now, viewer))
  }
  return views
}

/** Time may have ended what the store still calls open. */
async function asItStands(office: Office, entry: ApprovalEntry): Promise<ApprovalEntry | null> {
  if (lapse(entry, office.clock.now(), office.holder) === null) return entry
  return office.turn(entry.id, () => look(office, entry.id))
}

async function find(office: Office, id: string, viewer: Approver): Promise<ApprovalView | null> {
  const entry = await office.turn(id, () => look(office, id))
  return entry !== null && maySee(entry, viewer) ? viewOf(office, entry, viewer) : null
}

async function answerOf(
  office: Office,
  id: string,
  given: ApprovalAnswer,
  via: string,
  seen: number | undefined,
): Promise<Answered> {
  const answer = readAnswer(given, office.scrubber)
  if (answer === null) return { counted: false, why: 'This is not an answer.', state: null }
  return takeAnswer(office, id, answer, via, seen)
}

/** Whoever asked, whoever may answer, whoever has answered: people only. */
function maySee({ request, answers }: ApprovalEntry, viewer: Approver): boolean {
  if ((viewer.kind ?? 'human') !== 'human') return false
  return (
    isRequester(viewer, request) ||
    holdsOneOf(viewer, request.requirement.approvers) ||
    answers.some(({ approver }) => isSamePerson(approver, viewer))
  )
}

function viewOf(office: Office, entry: ApprovalEntry, viewer: Approver): ApprovalView {
  const { id, state, version, request, answers, createdAt, decideBy, useBy, why, reviewBy } = entry
  return Object.freeze({
    id,
    state,
    version,
    request,
    answers,
    createdAt,
    decideBy,
    useBy,
    why,
    reviewBy,
    review: entry.review,
    objection: objectionFor(office, entry, viewer),
  })
}

function objectionFor(office: Office, entry: ApprovalEntry, viewer: Approver): string | null {
  if (entry.request.kind === 'break-glass') return objectionToReviewer(office, entry, viewer)
  if (entry.state !== 'pending') return `The request is ${entry.state} already.`
  return objectionToPerson(viewer, entry.request, entry.answers)
}

async function review(
  office: Office,
  id: string,
  given: Approver,
  words: string,
  via: string,
): Promise<Answered> {
  const read = readAnswer({ decision: 'approved', approver: given, reason: words }, office.scrubber)
  if (read === null || words.trim() === '') {
    return { counted: false, why: 'A review needs a person and words.', state: null }
  }
  const reviewed: Review = {
    reviewer: read.approver,
    words: cut(read.reason ?? '', LONGEST_WORDS),
    at: office.clock.now(),
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    const entry = await look(office, id)
    if (entry === null) return { counted: false, why: 'There is no such request.', state: null }
    const objection = objectionToReviewer(office, entry, read.approver)
    if (objection !== null) return { counted: false, why: objection, state: entry.state }
    const after = await change(office, nextOf(entry, reviewed.at, { review: reviewed }))
    if (after === null) continue
    await office.note('approval.review', { request: id, grant: entry.grantId, via, ...reviewed })
    return { counted: true, state: after.state, approvals: 0, quorum: 0 }
  }
  throw crowded()
}

function objectionToReviewer(office: Office, entry: ApprovalEntry, reviewer: Approver): string | null {
  const { request } = entry
  if (request.kind !== 'break-glass') return 'Only emergency access is reviewed afterwards.'
  if (entry.review !== null) return 'It has been reviewed already.'
  if (isOpen(entry)) return 'The emergency access is still in use. It is reviewed when it is over.'
  if ((reviewer.kind ?? 'human') !== 'human') return 'Only a person can review, not an agent or a service.'
  if (isRequester(reviewer, request)) return 'Nobody can review an access of their own.'
  if (!holdsOneOf(reviewer, office.breakGlass()?.reviewers ?? request.requirement.approvers)) {
    return 'The reviewer holds none of the roles or groups that policy asks for.'
  }
  return null
}
