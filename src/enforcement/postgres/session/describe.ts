/** What a result will look like, before there is one: judged as it will be when it is run, and put on record where it is refused. */
import type { Explanation } from '../../../model/governor.js'
import { isRefusal } from '../../../model/refusal.js'
import type { Field } from '../../../model/result.js'
import { type Column, fieldsOf, NO_ROWS, readColumns, rowDescription } from './columns.js'
import { refusalError } from './errors.js'
import { ANSWER, NO_DATA } from './message-types.js'
import { planOf, submissionOf } from './plan.js'
import type { Portal, Prepared } from './registry.js'
import { describePortal, describeStatement } from './requests.js'
import { told as toldError } from './run-portal.js'
import type { SessionState } from './session-state.js'

export interface Described {
  readonly statement: Prepared
  readonly portal?: Portal
  /** It is only to be bound. */
  readonly silent?: true
}

export async function describe(state: SessionState, what: Described): Promise<void> {
  try {
    const judged = await judge(state, what)
    if (judged !== 'refused') await ask(state, what, judged)
  } catch (error) {
    await state.refuse(toldError(error))
  }
}

/** @returns nothing for the session's own affairs. */
async function judge(
  state: SessionState,
  { statement, portal }: Described,
): Promise<Explanation | undefined | 'refused'> {
  const { governed } = state
  const plan = planOf(statement, portal?.values ?? [], state.registry)
  if (plan.kind === 'own') return undefined
  const submission = submissionOf(governed, plan)
  const explanation = await governed.explain(submission)
  if (!isRefusal(explanation) && explanation.decision.effect !== 'deny') return explanation
  state.fresh()
  // A dry run leaves no record; this does.
  const refusal = await governed.approve(submission, state.interrupt.signal)
  if (!isRefusal(refusal)) return judge(state, { statement, ...(portal === undefined ? {} : { portal }) })
  await state.refuse(refusalError(refusal))
  return 'refused'
}

async function ask(
  state: SessionState,
  { statement, portal, silent }: Described,
  explanation: Explanation | undefined,
): Promise<void> {
  const { leg, client } = state
  let parameters: Buffer | undefined
  let columns: readonly Column[] | undefined
  if (portal !== undefined) state.registry.pushBind(leg, portal)
  if (silent === true) return leg.flush()
  leg.push(
    portal === undefined ? describeStatement(statement.name) : describePortal(portal.name),
    'describe',
    {
      failed: state.report,
      message(type, bytes, start, end) {
        if (type === ANSWER.parameterDescription) parameters = Buffer.from(bytes.subarray(start, end))
        else columns = type === ANSWER.rowDescription ? readColumns(bytes, start, end) : NO_ROWS
      },
    },
  )
  await leg.flush()
  if (columns === undefined) return
  const shown = await toldFields(state, explanation, fieldsOf(columns, undefined))
  if (shown === undefined) return
  if (parameters !== undefined) {
    client.put(parameters)
    statement.types = typesOf(parameters)
  }
  client.put(columns === NO_ROWS ? NO_DATA : rowDescription(columns, shown))
  if (portal === undefined) statement.told = shown
  else {
    portal.told = shown
    portal.columns = columns
  }
}

/** Asks the server what it takes the parameters for: what nobody can read, nobody can judge or put on record. */
export async function learnTypes({ leg, report }: SessionState, statement: Prepared): Promise<void> {
  leg.push(describeStatement(statement.name), 'describe', {
    failed: report,
    message(type, bytes, start, end) {
      if (type === ANSWER.parameterDescription) statement.types = typesOf(bytes.subarray(start, end))
    },
  })
  await leg.flush()
}

async function toldFields(
  state: SessionState,
  explanation: Explanation | undefined,
  fields: readonly Field[],
): Promise<readonly Field[] | undefined> {
  if (explanation === undefined || fields.length === 0) return fields
  const told = await state.governed.told(explanation, fields)
  if (!('refused' in told)) return told
  await state.refuse(refusalError(told))
  return undefined
}

function typesOf(message: Buffer): readonly number[] {
  return Array.from({ length: message.readUInt16BE(5) }, (_, at) => message.readUInt32BE(7 + 4 * at))
}
