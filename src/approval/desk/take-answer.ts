/** One person's answer, from wherever it comes: counted once, in whichever process, or refused with the reason. */
import type { ApprovalAnswer } from '../../model/grant.js'
import type { ApprovalEntry } from '../approval-entry.js'
import type { Answered } from '../approval-queue.js'
import { cut } from './answer.js'
import { change, crowded, endIfOpen, look, ROUNDS } from './entries.js'
import { judgeAnswer } from './entry-state.js'
import { endDetail, type Office } from './office.js'

const LONGEST_WORDS = 500
const CHANGED = 'The request has changed since you looked. Look again.'

/** @param answer read and scrubbed before. @param via the channel, for the record. @param seen the version it is about. */
export function takeAnswer(
  office: Office,
  id: string,
  answer: ApprovalAnswer,
  via: string,
  seen?: number,
): Promise<Answered> {
  return office.turn(id, () => count(office, id, answer, via, seen))
}

async function count(
  office: Office,
  id: string,
  answer: ApprovalAnswer,
  via: string,
  seen: number | undefined,
): Promise<Answered> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const entry = await look(office, id)
    if (entry === null) return { counted: false, why: 'There is no such request.', state: null }
    const late = tooLate(entry) ?? (seen === undefined || seen === entry.version ? null : CHANGED)
    if (late !== null) return refuse(office, entry, answer, via, late)
    const judged = judgeAnswer(entry, answer, office.clock.now(), office.ids.next())
    if (!judged.counted) return refuse(office, entry, answer, via, judged.why)
    const denial = judged.next.state === 'denied' ? { why: deniedWords(answer) } : {}
    const after = await change(office, { ...judged.next, ...denial })
    if (after !== null) return counted(office, after, answer, via)
  }
  throw crowded()
}

/** Counted in the store; it stands only if it is on record as well. */
async function counted(
  office: Office,
  entry: ApprovalEntry,
  answer: ApprovalAnswer,
  via: string,
): Promise<Answered> {
  try {
    await office.note('approval.answer', { ...answerDetail(entry, answer, via), counted: true })
    if (entry.state === 'approved') await office.note('approval.grant', grantDetail(entry))
    if (entry.state === 'denied') await office.note('approval.expire', { ...endDetail(entry), why: 'denied' })
  } catch (error) {
    const why = 'an answer could not be put on record'
    if (office.waiting.has(entry.id)) office.broken.set(entry.id, error)
    await endIfOpen(office, entry.id, { state: 'withdrawn', why }).catch(() => {})
    throw error
  }
  const { quorum } = entry.request.requirement
  return { counted: true, state: entry.state, approvals: entry.answers.length, quorum }
}

async function refuse(
  office: Office,
  entry: ApprovalEntry,
  answer: ApprovalAnswer,
  via: string,
  why: string,
): Promise<Answered> {
  await office.note('approval.answer', { ...answerDetail(entry, answer, via), counted: false, why })
  return { counted: false, why, state: entry.state }
}

function tooLate({ state, why }: ApprovalEntry): string | null {
  if (state === 'pending') return null
  return `The request is ${state} already${why === null || why === state ? '' : `: ${why}`}.`
}

function answerDetail({ id, version }: ApprovalEntry, answer: ApprovalAnswer, via: string) {
  const { decision, approver, reason, ticket } = answer
  return {
    request: id,
    version,
    via,
    decision,
    approver,
    ...(reason === undefined ? {} : { reason }),
    ...(ticket === undefined ? {} : { ticket }),
  }
}

function grantDetail({ id, grantId, answers, useBy, request }: ApprovalEntry) {
  return {
    request: id,
    grant: grantId,
    kind: request.kind,
    approvers: answers.map(answer => answer.approver),
    expiresAt: new Date(useBy ?? 0).toISOString(),
  }
}

function deniedWords({ reason }: ApprovalAnswer): string {
  const words = (reason ?? '').trim()
  return words === ''
    ? 'An approver denied this statement.'
    : `An approver denied this statement: ${cut(words, LONGEST_WORDS)}`
}
