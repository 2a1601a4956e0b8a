/** What people do with the buttons and the modal (https://docs.slack.dev/interactivity). */
import type { ApprovalAnswer, Approver } from '../../../model/grant.js'
import type { Clock } from '../../../util/clock.js'
import type { Answered, ApprovalQueue } from '../../approval-queue.js'
import { oneLine } from '../../providers/plain-text.js'
import { demandId } from '../answered.js'
import {
  type Fields,
  fromQueue,
  HttpProblem,
  isFields,
  jsonObject,
  jsonResponse,
  readBody,
  unavailable,
  utf8,
} from '../http.js'
import type { Once } from '../once.js'
import { within } from '../within.js'
import {
  ANSWER,
  APPROVE,
  answerModal,
  type ButtonValue,
  DENY,
  type ModalData,
  noteModal,
  outcomeMessage,
  questionMessage,
} from './blocks.js'
import { type People, personOf, type Workspace } from './people.js'
import type { Posts } from './posts.js'
import { verifiedSignature } from './signature.js'
import type { SlackCall } from './web-api.js'

/** What it takes to serve Slack. */
export interface SlackDesk {
  readonly queue: ApprovalQueue | undefined
  readonly call: SlackCall
  readonly workspace: () => Promise<Workspace>
  readonly people: People
  readonly posted: Posts
  readonly used: Once
  readonly signingSecret: string
  readonly clock: Clock
}

/** Slack waits three seconds for a response; a modal opens within three seconds of the press or not at all. */
const PATIENCE_MS = 2_500

const DECISIONS: ReadonlyMap<string, 'approved' | 'denied'> = new Map([
  [APPROVE, 'approved'],
  [DENY, 'denied'],
])

export async function interaction(desk: SlackDesk, request: Request): Promise<Response> {
  const body = await readBody(request, 'application/x-www-form-urlencoded')
  const signature = verifiedSignature(request.headers, body, desk.signingSecret, desk.clock.now())
  if (signature === null) {
    throw new HttpProblem(401, 'not_authentic', 'The signature or the time is missing, wrong or too old.')
  }
  const use = desk.used.take(signature)
  if (use !== 'taken') throw new HttpProblem(use === 'seen' ? 409 : 503, 'refused', 'This cannot be taken.')
  const payload = jsonObject(new URLSearchParams(utf8(body)).get('payload') ?? '')
  if (payload['type'] === 'block_actions') return pressed(desk, payload)
  if (payload['type'] === 'view_submission') return submitted(desk, payload)
  // Everything else that Slack may send asks for nothing.
  return new Response(null, { status: 200 })
}

/** A button: asks for words in a modal. */
async function pressed(desk: SlackDesk, payload: Fields): Promise<Response> {
  const [action] = listIn(payload, 'actions')
  const container = fieldsIn(payload, 'container')
  const decision = DECISIONS.get(textIn(action ?? {}, 'action_id'))
  if (decision === undefined) return new Response(null, { status: 200 })
  const value = buttonValue(textIn(action ?? {}, 'value'))
  const data: ModalData = {
    id: value.id,
    decision,
    channel: textIn(container, 'channel_id'),
    ts: textIn(container, 'message_ts'),
  }
  const view = answerModal(value, data)
  const opened = desk.call('views.open', { trigger_id: textIn(payload, 'trigger_id'), view })
  // Anything but 200 puts a warning beside the button, which is all that can be said without the modal.
  await within(PATIENCE_MS, opened).catch(() => {
    throw unavailable()
  })
  return new Response(null, { status: 200 })
}

/** The modal: an answer. What takes longer than Slack waits is told in the modal afterwards. */
async function submitted(desk: SlackDesk, payload: Fields): Promise<Response> {
  const view = fieldsIn(payload, 'view')
  if (view['callback_id'] !== ANSWER) return new Response(null, { status: 200 })
  const data = modalData(textIn(view, 'private_metadata'))
  const working = answered(desk, payload, view, data)
  try {
    const outcome = await within(PATIENCE_MS, working)
    if (outcome.counted) return new Response(null, { status: 200 })
    return jsonResponse(200, { response_action: 'errors', errors: { reason: oneLine(outcome.why) } })
  } catch {
    const id = textIn(view, 'id')
    working.then(outcome => tellLater(desk, id, outcomeText(outcome))).catch(() => {})
    return jsonResponse(200, {
      response_action: 'update',
      view: noteModal('Your answer is on its way. This takes longer than usual; wait for the outcome here.'),
    })
  }
}

/** Never rejects: that nothing was counted is an outcome as well. */
async function answered(desk: SlackDesk, payload: Fields, view: Fields, data: ModalData): Promise<Answered> {
  try {
    const { call, people, queue } = desk
    const user = fieldsIn(payload, 'user')['id']
    const known = await personOf(user, await desk.workspace(), call, people)
    if ('why' in known) return { counted: false, why: known.why, state: null }
    const values = fieldsIn(fieldsIn(view, 'state'), 'values')
    const reason = typed(values, 'reason')
    const ticket = typed(values, 'ticket')
    const answer: ApprovalAnswer = {
      decision: data.decision,
      approver: known.approver,
      ...(reason === null ? {} : { reason }),
      ...(ticket === null ? {} : { ticket }),
    }
    const outcome = await fromQueue(queue, open => open.answer(data.id, answer, 'slack'))
    // What the message shows is for information; who answered is told in the modal.
    void refresh(desk, data, known.approver, outcome).catch(() => {})
    return outcome
  } catch {
    return { counted: false, why: 'Your answer could not be taken now; nothing was counted.', state: null }
  }
}

/** Shows how far it is, and takes the buttons from a message that outlived its request. */
async function refresh(
  { posted, queue, clock }: SlackDesk,
  { id, channel, ts }: ModalData,
  viewer: Approver,
  outcome: Answered,
): Promise<void> {
  if (!outcome.counted && (outcome.state === null || outcome.state === 'pending')) return
  await posted.updateAt({ channel, ts }, async () => {
    const view = await queue?.find(id, viewer)
    if (view === undefined || view === null) return null
    const { request, answers, state, why } = view
    if (state === 'pending') return questionMessage(request, { answers, now: clock.now() })
    return outcomeMessage(request, { state, ...(why === null ? {} : { why }) }, { answers })
  })
}

async function tellLater({ call }: SlackDesk, id: string, text: string): Promise<void> {
  await call('views.update', { view_id: id, view: noteModal(text) })
}

function outcomeText(outcome: Answered): string {
  if (!outcome.counted) return `Your answer did not count. ${outcome.why}`
  const { state, approvals, quorum } = outcome
  return `Your answer counted. The request is ${state} with ${approvals} of ${quorum} approvals.`
}

function buttonValue(text: string): ButtonValue {
  const fields = jsonObject(text)
  const { reason, ticket } = fields
  // A reason is asked for unless it is said that none is needed.
  return { id: demandId(textIn(fields, 'id')), reason: reason !== false, ticket: ticket === true }
}

function modalData(text: string): ModalData {
  const fields = jsonObject(text)
  const { decision } = fields
  if (decision !== 'approved' && decision !== 'denied') throw malformed()
  return {
    id: demandId(textIn(fields, 'id')),
    decision,
    channel: textIn(fields, 'channel'),
    ts: textIn(fields, 'ts'),
  }
}

/** What somebody typed; null: nothing. */
function typed(values: Fields, name: string): string | null {
  const value = Object.hasOwn(values, name) ? fieldsIn(fieldsIn(values, name), name)['value'] : null
  return typeof value === 'string' ? value : null
}

function fieldsIn(fields: Fields, name: string): Fields {
  const value = fields[name]
  if (isFields(value)) return value
  throw malformed()
}

function listIn(fields: Fields, name: string): readonly Fields[] {
  const value = fields[name]
  if (Array.isArray(value) && value.every(isFields)) return value
  throw malformed()
}

function textIn(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value === 'string') return value
  throw malformed()
}

function malformed(): HttpProblem {
  return new HttpProblem(400, 'malformed', 'This is not what Slack sends.')
}
