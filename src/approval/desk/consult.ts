/**
 * Asks people through one provider, one after the other, until the entry is decided. Counts nothing itself:
 * every answer goes to the desk like one from any channel.
 */
import { types } from 'node:util'
import type { ApprovalProvider } from '../approval-provider.js'
import { readAnswer } from './answer.js'
import { endIfOpen, look } from './entries.js'
import type { Office } from './office.js'
import { takeAnswer } from './take-answer.js'

/** The provider could not ask anybody. */
export class ProviderFailure extends Error {
  constructor(
    readonly provider: string,
    readonly words: string,
  ) {
    super('The approval provider could not ask anybody.')
  }
}

/** Answers that do not count before the request is denied, so that nobody is asked for ever. */
const REFUSED_ANSWERS = 3

/** Settles when the entry is decided or the signal aborts. @throws ProviderFailure, or what the store or the trail throws. */
export async function consult(
  office: Office,
  provider: ApprovalProvider,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  let objection: string | undefined
  let refused = 0
  for (;;) {
    const entry = await office.turn(id, () => look(office, id))
    if (entry?.state !== 'pending' || signal.aborted) return
    const context = Object.freeze({
      signal,
      answers: Object.freeze([...entry.answers]),
      ...(objection === undefined ? {} : { objection }),
    })
    const value = await hear(provider, () => provider.request(entry.request, context), signal)
    if (signal.aborted) return

    const answer = readAnswer(value, office.scrubber)
    if (answer === null) return noAnswer(office, id)
    const answered = await takeAnswer(office, id, answer, provider.name)
    if (answered.counted) {
      objection = undefined
      continue
    }
    if (answered.state !== 'pending') return
    objection = answered.why
    refused += 1
    if (refused === REFUSED_ANSWERS) {
      const why = `No valid approval was given. ${objection}`
      await office.turn(id, () => endIfOpen(office, id, { state: 'denied', why }))
      return
    }
  }
}

async function hear(
  { name }: ApprovalProvider,
  request: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<unknown> {
  try {
    return await request()
  } catch (error) {
    if (signal.aborted) return undefined
    throw new ProviderFailure(name, types.isNativeError(error) ? error.message : 'no error given')
  }
}

async function noAnswer(office: Office, id: string): Promise<void> {
  await office.note('approval.answer', {
    request: id,
    counted: false,
    why: 'The provider returned no answer.',
  })
  const why = 'The approval provider returned something that is not an answer.'
  await office.turn(id, () => endIfOpen(office, id, { state: 'denied', why }))
}
