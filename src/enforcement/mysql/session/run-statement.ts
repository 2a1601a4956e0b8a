/** One statement from the client's command to its answer: through the pipeline, or by itself where it is the session's own affair. */
import { refusedError } from '../../../errors.js'
import type { Explanation, Outcome } from '../../../model/governor.js'
import type { SessionCommand } from '../../../model/session.js'
import type { Submission } from '../../../model/submission.js'
import { isUncertain, UncertainError } from '../../../model/uncertain.js'
import { keepPinned, question } from '../../upstream/mysql/housekeeping.js'
import { LateError } from '../../wire/late.js'
import { STOPPED_LATE } from '../../wire/words.js'
import { EMPTY_QUERY, failure, refusalError, thrownError } from './errors.js'
import { release } from './release.js'
import type { SessionState } from './session-state.js'
import { MAY_BE_SET, statementsOf } from './settings.js'
import { StatementRun, type Work } from './statement-run.js'

/** What is to be run: the client's text, and how it is sent. */
export interface Asked {
  readonly text: string
  readonly values: readonly unknown[]
  /** Undefined: the text holds none. */
  readonly command: SessionCommand | undefined
  readonly work: Work
}

/** These change nothing of how the session reads what follows, unless a routine does that they call. */
const LEAVES_SETTINGS =
  /^\s*(select|insert|update|delete|replace|with|show|explain|desc|describe|commit|rollback|begin\s*$|start|savepoint|release|create|alter|drop|truncate)\b/i

export async function runStatement(state: SessionState, asked: Asked): Promise<void> {
  const { command } = asked
  try {
    switch (command?.kind) {
      case undefined:
        return state.fail(EMPTY_QUERY)
      case 'transaction':
        if (command.verb === 'savepoint') await openFor(state)
        return await runGoverned(state, asked, 'driver')
      case 'settings': {
        const statements = statementsOf(command.settings)
        if (statements !== undefined) return await setAll(state, statements)
        return await runGoverned(state, asked, 'caller', MAY_BE_SET)
      }
      case 'use':
        return useDatabase(state, command.database)
      case 'kill':
        return kill(state, command.connection, command.statementOnly)
      default:
        return await runGoverned(state, asked, 'caller')
    }
  } catch (error) {
    // The last word of the session says so.
    if (state.leg.isLost) return
    state.fail(told(error))
  }
}

/** Without autocommit a savepoint begins a transaction, of which the server tells nothing before the next statement. */
async function openFor({ leg }: SessionState): Promise<void> {
  if (leg.autocommits || leg.inTransaction) return
  leg.stand(false)
  await leg.control('BEGIN')
}

async function runGoverned(
  state: SessionState,
  { text, values, work }: Asked,
  issuer: Submission['issuer'],
  hint?: string,
): Promise<void> {
  const entry = state.parts.admission.enter()
  state.interrupt.heed(entry.signal)
  const run = new StatementRun(state.leg, work)
  let released: Explanation | undefined
  // Whatever policy allows, what follows has to be read as it is judged.
  let mayUnpin = false
  try {
    const submission = state.governed.submission(text, values, { issuer })
    const outcome = await state.governed.govern(submission, run, state.interrupt.signal)
    if (outcome.kind === 'released') released = outcome.about
    mayUnpin = outcome.kind !== 'refused' && !LEAVES_SETTINGS.test(text)
    if (mayUnpin && run.rows === undefined && !state.leg.isLost) {
      mayUnpin = false
      if (!(await keepPinned(state.parts.upstream))) return state.fail(STAYS)
    }
    await answer(state, run, outcome, hint)
  } catch (error) {
    // A result that breaks off is on record by the same rule.
    const isUnsure = error instanceof UncertainError || (released && isUncertain(released.facts, error))
    if (isUnsure) state.inDoubt = true
    throw error instanceof UncertainError ? error.thrown : error
  } finally {
    const settled = run.settled()
    if (settled !== undefined) await settled
    // Of rows that are on their way the client has been told by now.
    if (mayUnpin && !state.leg.isLost) await keepPinned(state.parts.upstream).catch(() => state.leg.destroy())
    entry.leave()
  }
}

const STAYS = failure(
  1231,
  '42000',
  'The character set and the sql_mode stay as statements are judged. They have been set back.',
)

async function answer(
  state: SessionState,
  run: StatementRun,
  outcome: Outcome,
  hint?: string,
): Promise<void> {
  switch (outcome.kind) {
    case 'released':
      return release(state, run, outcome.result)
    case 'failed':
      return state.fail(outcome.error)
    case 'refused': {
      // The client is told of the lost connection itself, and has not given up.
      if (state.leg.isLost && outcome.refusal.code === 'CARDEA_ABANDONED') return
      const error = refusalError(outcome.refusal)
      return state.fail(hint === undefined ? error : { ...error, message: `${error.message} ${hint}` })
    }
  }
}

/** What the client may have as it likes holds no data, and is no statement of the trail. */
async function setAll(state: SessionState, statements: readonly string[]): Promise<void> {
  const { leg } = state
  for (const text of statements) {
    // It would commit what is open, which is a statement of its own.
    if (/autocommit = 1$/.test(text) && leg.inTransaction) await commit(state)
    const error = await leg.attempt(text)
    if (leg.isLost) return
    if (error !== undefined) return state.failScrubbed(error)
  }
  state.ok()
}

async function commit(state: SessionState): Promise<void> {
  const { governed, leg } = state
  const run = new StatementRun(leg, {
    command: question('COMMIT'),
    before: [],
    binary: false,
    asksSettings: false,
    returnsWritten: false,
  })
  const outcome = await governed.govern(
    governed.submission('COMMIT', [], { issuer: 'driver' }),
    run,
    state.interrupt.signal,
  )
  await run.settled()
  if (outcome.kind === 'refused') throw refusedError(outcome.refusal)
  if (outcome.kind === 'failed') throw new LateError(outcome.error)
}

export function useDatabase(state: SessionState, database: string): void {
  if (database === state.parts.dataSource) {
    state.ok()
    return
  }
  state.fail(
    failure(
      1044,
      '42000',
      'Each data source is a connection of its own. Connect again, and name the other one.',
    ),
  )
}

export function kill(state: SessionState, connection: number, statementOnly: boolean): void {
  if (state.parts.kill(connection, statementOnly)) state.ok()
  else state.fail({ failed: true, errno: 1094, code: 'HY000', message: `Unknown thread id: ${connection}` })
}

/** Of an engine's late error only the code is told: nothing has masked it. */
function told(error: unknown) {
  if (!(error instanceof LateError)) return thrownError(error)
  const { code = 'HY000', errno = 1105 } = error.reported
  return failure(errno, code, STOPPED_LATE)
}
