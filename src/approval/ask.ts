/**
 * Asks people, one after the other, until the quorum has approved, one denies, or the vigil ends.
 * Decides nothing about grants; every answer is on record before it counts.
 */
import { types } from 'node:util'
import type { ApprovalAnswer, ApprovalRequest } from '../model/grant.js'
import type { LifecycleEvent } from '../model/record.js'
import type { RefusalCode } from '../model/refusal.js'
import type { Scrubber } from '../model/scrub.js'
import { cut, readAnswer } from './answer.js'
import type { ApprovalProvider } from './approval-provider.js'
import { objectionTo } from './people.js'
import type { Vigil, VigilEnd } from './vigil.js'

/** Puts one state change on record. Rejects when the trail cannot take it. */
export type Note = (event: LifecycleEvent, detail: Readonly<Record<string, unknown>>) => Promise<void>

export type Asked =
  | { readonly kind: 'approved'; readonly answers: readonly ApprovalAnswer[] }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly reason: string; readonly why: string }
  | { readonly kind: 'ended'; readonly why: VigilEnd }

export interface Asking {
  readonly provider: ApprovalProvider
  readonly request: ApprovalRequest
  readonly vigil: Vigil
  readonly scrubber: Scrubber
  readonly note: Note
}

/** Answers that do not count before the request is denied, so that nobody is asked for ever. */
const REFUSED_ANSWERS = 3
const LONGEST_WORDS = 500

export async function ask(asking: Asking): Promise<Asked> {
  const { request, vigil, scrubber, note } = asking
  const counted: ApprovalAnswer[] = []
  let objection: string | null = null
  let refused = 0
  while (counted.length < request.requirement.quorum) {
    const heard = await hear(asking, counted, objection)
    const end = vigil.ended()
    if (end !== null) return { kind: 'ended', why: end }
    if (heard.failed) return unavailable(asking, heard.error)

    const answer = readAnswer(heard.value, scrubber)
    if (answer === null) {
      await note('approval.answer', {
        request: request.id,
        counted: false,
        why: 'The provider returned no answer.',
      })
      return denied('The approval provider returned something that is not an answer.')
    }
    objection = objectionTo(answer, request, counted)
    await note('approval.answer', answerDetail(request, answer, objection))
    if (objection !== null) {
      refused += 1
      if (refused === REFUSED_ANSWERS) return denied(`No valid approval was given. ${objection}`)
    } else if (answer.decision === 'denied') {
      return denied(deniedWords(answer, scrubber))
    } else {
      counted.push(answer)
    }
  }
  return { kind: 'approved', answers: Object.freeze(counted) }
}

type Heard =
  | { readonly failed: false; readonly value: unknown }
  | { readonly failed: true; readonly error: unknown }

/** One question. After the vigil has ended, what it gives back means nothing. */
async function hear(
  { provider, request, vigil }: Asking,
  counted: readonly ApprovalAnswer[],
  objection: string | null,
): Promise<Heard> {
  const context = Object.freeze({
    signal: vigil.signal,
    answers: Object.freeze([...counted]),
    ...(objection === null ? {} : { objection }),
  })
  const end = vigil.ended()
  if (end !== null) return { failed: true, error: undefined }
  try {
    return { failed: false, value: await vigil.until(provider.request(request, context)) }
  } catch (error) {
    return { failed: true, error }
  }
}

function unavailable({ provider, scrubber }: Asking, error: unknown): Asked {
  const text = types.isNativeError(error) ? error.message : 'no error given'
  return {
    kind: 'refused',
    code: 'CARDEA_APPROVAL_UNAVAILABLE',
    reason: `The approval provider ${provider.name} could not ask anybody. Try again when it works.`,
    why: `unavailable: ${cut(scrubber.text(text), LONGEST_WORDS)}`,
  }
}

function denied(reason: string): Asked {
  return { kind: 'refused', code: 'CARDEA_APPROVAL_DENIED', reason, why: 'denied' }
}

function deniedWords({ reason }: ApprovalAnswer, scrubber: Scrubber): string {
  const words = (reason ?? '').trim()
  return words === ''
    ? 'An approver denied this statement.'
    : `An approver denied this statement: ${cut(scrubber.text(words), LONGEST_WORDS)}`
}

function answerDetail(request: ApprovalRequest, answer: ApprovalAnswer, objection: string | null) {
  const { decision, approver, reason, ticket } = answer
  return {
    request: request.id,
    decision,
    approver,
    ...(reason === undefined ? {} : { reason }),
    ...(ticket === undefined ? {} : { ticket }),
    counted: objection === null,
    ...(objection === null ? {} : { why: objection }),
  }
}
