import type { ApprovalAnswer, Approver } from '../../../model/grant.js'
import type { Clock } from '../../../util/clock.js'
import type { ApprovalQueue } from '../../approval-queue.js'
import { answeredResponse, demandId } from '../answered.js'
import {
  demandOnly,
  demandText,
  type Fields,
  fromQueue,
  HttpProblem,
  isFields,
  jsonObject,
  optionalText,
  readBody,
  respond,
  utf8,
  wordsOf,
} from '../http.js'
import type { Once } from '../once.js'
import { type Authenticate, personBehind } from '../person.js'
import { verifySigned } from './signature.js'

/** What it takes to read an answer. */
export interface AnswerReader {
  readonly queue: ApprovalQueue | undefined
  readonly keys: readonly Buffer[]
  readonly used: Once
  readonly authenticate: Authenticate | undefined
  readonly clock: Clock
}

/** One signed answer, counted or not. */
export async function answerOf(reader: AnswerReader, request: Request): Promise<Response> {
  const body = await readBody(request, 'application/json')
  const signed = verifySigned(request.headers, body, reader.keys, reader.clock.now())
  if (signed === null) {
    throw new HttpProblem(
      401,
      'not_authentic',
      'The message id, the time or the signature is missing, wrong, or more than five minutes away.',
    )
  }
  demandFirstUse(reader, signed.id)
  const response = await respond(() => counted(reader, body))
  // Nothing was counted because something here was down: the sender may send the same message again.
  if (response.status >= 500) reader.used.release(signed.id)
  return response
}

function demandFirstUse({ used }: AnswerReader, id: string): void {
  const use = used.take(id)
  if (use === 'seen') throw new HttpProblem(409, 'seen_before', 'This message was used already.')
  if (use === 'full') {
    throw new HttpProblem(503, 'busy', 'Too many messages came within ten minutes. Send it again later.', {
      'retry-after': '60',
    })
  }
}

async function counted(reader: AnswerReader, body: Uint8Array): Promise<Response> {
  const message = jsonObject(utf8(body))
  demandOnly(message, ['type', 'timestamp', 'data'])
  // What Cardea itself sends has other types, so a message sent back is no answer even under a stolen key.
  if (message['type'] !== 'approval.answer') {
    throw new HttpProblem(400, 'malformed', 'The member type must be "approval.answer".')
  }
  const data = membersOf(message, 'data')
  const who = reader.authenticate === undefined ? 'approver' : 'token'
  demandOnly(data, ['request', 'decision', 'reason', 'ticket', who])
  const id = demandId(demandText(data, 'request'))
  const words = wordsOf(data)
  const answer: ApprovalAnswer = { ...words, approver: await approverOf(reader, data) }
  return answeredResponse(await fromQueue(reader.queue, queue => queue.answer(id, answer, 'webhook')))
}

async function approverOf({ authenticate, clock }: AnswerReader, data: Fields): Promise<Approver> {
  if (authenticate === undefined) return asserted(membersOf(data, 'approver'))
  const { approver } = await personBehind(demandText(data, 'token'), authenticate, clock)
  return approver
}

function asserted(fields: Fields): Approver {
  demandOnly(fields, ['subject', 'issuer', 'email', 'groups', 'roles', 'amr'])
  const email = optionalText(fields, 'email')
  const groups = optionalNames(fields, 'groups')
  const roles = optionalNames(fields, 'roles')
  const amr = optionalNames(fields, 'amr')
  return {
    subject: demandText(fields, 'subject'),
    issuer: demandText(fields, 'issuer'),
    ...(email === undefined ? {} : { email }),
    ...(groups === undefined ? {} : { groups }),
    ...(roles === undefined ? {} : { roles }),
    ...(amr === undefined ? {} : { amr }),
  }
}

function membersOf(fields: Fields, name: string): Fields {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (isFields(value)) return value
  throw new HttpProblem(400, 'malformed', `The member ${name} must be an object.`)
}

function optionalNames(fields: Fields, name: string): readonly string[] | undefined {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (value === undefined) return undefined
  if (Array.isArray(value) && value.every(item => typeof item === 'string')) return value
  throw new HttpProblem(400, 'malformed', `The member ${name} must be a list of texts.`)
}
