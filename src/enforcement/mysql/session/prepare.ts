/**
 * COM_STMT_PREPARE. A statement is decided when it is executed, with its values. What would be denied whatever they are
 * is refused here: while a server prepares, it works out what is constant, and runs functions for that.
 */
import type { EngineError, Executor } from '../../../model/executor.js'
import type { Explanation } from '../../../model/governor.js'
import { isRefusal } from '../../../model/refusal.js'
import type { Field } from '../../../model/result.js'
import type { Submission } from '../../../model/submission.js'
import { readError } from '../../upstream/mysql/answers.js'
import type { Packet } from '../../upstream/mysql/packets.js'
import { ANSWER, COMMAND, int, Reader } from '../../upstream/mysql/wire.js'
import { columnDefinition, fieldOf, readColumn } from '../rows/columns.js'
import { EMPTY_QUERY, failure, refusalError, thrownError } from './errors.js'
import { eofPacket } from './release.js'
import type { SessionState } from './session-state.js'
import { traitsOf } from './statement-run.js'

export async function prepare(state: SessionState, text: string): Promise<void> {
  const [command] = state.governed.read(text)
  if (command === undefined) return state.fail(EMPTY_QUERY)
  if (command.kind === 'settings' || command.kind === 'use' || command.kind === 'kill')
    return state.fail(UNPREPARED)
  if (!state.prepared.hasRoom(text.length)) return state.fail(TOO_MUCH)
  const issuer = command.kind === 'transaction' ? 'driver' : 'caller'
  try {
    const explanation = await explained(state, text, issuer)
    if (explanation === undefined) return await refuse(state, text, issuer)
    const server = await ask(state, text)
    if (server === undefined) return
    if ('failed' in server) return state.failScrubbed(server)
    const { id, parameters } = server
    const told = await toldFields(state, explanation, server)
    const columns = told === undefined ? [] : server.columns
    state.prepared.add({
      id,
      text,
      command,
      traits: traitsOf(text),
      parameters: parameters.length,
      types: [],
      long: new Map(),
    })
    const writer = state.writer()
    writer.add(
      Buffer.concat([
        Buffer.from([ANSWER.ok]),
        int(id, 4),
        int(columns.length, 2),
        int(parameters.length, 2),
        Buffer.alloc(3),
      ]),
    )
    const end = (): void => {
      if (!state.deprecatesEof) writer.add(eofPacket(0, state.leg.status))
    }
    for (const parameter of parameters)
      writer.add(columnDefinition(parameter, fieldOf(parameter), state.scrub, state.parts.extendedMetadata))
    if (parameters.length > 0) end()
    columns.forEach((column, at) => {
      const field = told?.[at]
      if (field !== undefined)
        writer.add(columnDefinition(column, field, state.scrub, state.parts.extendedMetadata))
    })
    if (columns.length > 0) end()
    state.client.put(writer.take())
  } catch (error) {
    if (!state.leg.isLost) state.fail(thrownError(error))
  }
}

const UNPREPARED = failure(1295, 'HY000', 'This command cannot be prepared. Send it as a text.')
const TOO_MUCH = failure(
  1461,
  '42000',
  'This session has prepared more than it may. Close statements that are not needed.',
)

/** @returns nothing where the statement would be denied with any values. */
async function explained(
  { governed }: SessionState,
  text: string,
  issuer: Issuer,
): Promise<Explanation | undefined> {
  // Of all values NULL is the one that policy has the least against, and a question mark may be a parameter.
  const values = Array.from(text.matchAll(/\?/g), () => null)
  const explanation = await governed.explain(governed.submission(text, values, { issuer }))
  return isRefusal(explanation) || explanation.decision.effect === 'deny' ? undefined : explanation
}

/** As an execution would be refused, and on record as that. */
async function refuse(state: SessionState, text: string, issuer: Issuer): Promise<void> {
  const { governed, interrupt } = state
  const entry = state.parts.admission.enter()
  interrupt.heed(entry.signal)
  try {
    const submission = governed.submission(text, [], { issuer })
    const outcome = await governed.govern(submission, NOBODY, interrupt.signal)
    if (outcome.kind === 'refused') state.fail(refusalError(outcome.refusal))
  } finally {
    entry.leave()
  }
}

type Issuer = Submission['issuer']

/** Where policy has changed its mind meanwhile, the client may ask again. */
const nothing = (): Promise<never> => Promise.reject(new TypeError('a statement without its values'))
const NOBODY: Executor = Object.freeze({ run: nothing, begin: nothing, commit: nothing, rollback: nothing })

/** @returns nothing where the statement would be refused once it has rows. */
async function toldFields(
  { governed }: SessionState,
  explanation: Explanation,
  { columns }: Described,
): Promise<readonly Field[] | undefined> {
  const fields = columns.map(fieldOf)
  if (fields.length === 0) return fields
  const told = await governed.told(explanation, fields)
  return isRefusal(told) ? undefined : told
}

interface Described {
  readonly id: number
  /** Definitions of parameters as the server gives them: they say nothing. */
  readonly parameters: ReturnType<typeof readColumn>[]
  readonly columns: ReturnType<typeof readColumn>[]
}

/** @returns nothing where the connection is lost. */
function ask(state: SessionState, text: string): Promise<Described | EngineError | undefined> {
  const { upstream } = state.parts
  const command = Buffer.concat([Buffer.from([COMMAND.stmtPrepare]), Buffer.from(text, 'utf8')])
  return new Promise(resolve => {
    const parameters: Described['parameters'] = []
    const columns: Described['columns'] = []
    let id = -1
    const expected: ('parameter' | 'column' | 'end')[] = []
    // A write cannot even be prepared while the session only reads.
    state.leg.stand(false)
    state.leg.askRaw(command, {
      packet(packet: Packet) {
        const { bytes, start, end } = packet
        if (id < 0) {
          if (bytes[start] === ANSWER.error) {
            resolve(readError(bytes, start, end))
            return true
          }
          const reader = new Reader(bytes, start + 1, end)
          id = reader.int(4)
          const [columnCount, parameterCount] = [reader.int(2), reader.int(2)]
          for (const [kind, count] of [
            ['parameter', parameterCount],
            ['column', columnCount],
          ] as const) {
            for (let each = 0; each < count; each++) expected.push(kind)
            if (count > 0 && !upstream.deprecatesEof) expected.push('end')
          }
        } else {
          const kind = expected.shift()
          if (kind === 'parameter') parameters.push(readColumn(packet, upstream.extendedMetadata))
          if (kind === 'column') columns.push(readColumn(packet, upstream.extendedMetadata))
        }
        if (expected.length > 0) return false
        resolve({ id, parameters, columns })
        return true
      },
      closed(error) {
        state.leg.loseFor(error)
        resolve(undefined)
      },
    })
  })
}
