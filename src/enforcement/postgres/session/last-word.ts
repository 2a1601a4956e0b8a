/** Why a session ends, in the protocol's words and codes. */
import type { EngineError } from '../../../model/executor.js'
import { FrameTooLong } from '../../upstream/postgres/frames.js'
import type { LastWord } from '../../wire/session-loop.js'
import { BROKEN, ENDED, IN_DOUBT, LOST, ROW_TOO_LONG } from '../../wire/words.js'
import { engineError, fatal } from './errors.js'
import type { SessionState } from './session-state.js'

export function lastWord(why: LastWord, state: SessionState): EngineError {
  switch (why) {
    case 'broken':
      return fatal('XX000', BROKEN)
    case 'illegal':
      return illegal(state.client.illegal)
    case 'lost':
      return lost(state)
    default:
      return fatal(why === 'idle' ? '57P05' : '57P01', ENDED[why])
  }
}

function illegal(error = new Error('illegal message')): EngineError {
  return fatal(error instanceof FrameTooLong ? '54000' : '08P01', `${error.message}.`)
}

function lost({ inDoubt, leg: { failure, lostFor } }: SessionState): EngineError {
  if (inDoubt) return fatal('08007', IN_DOUBT)
  if (lostFor instanceof FrameTooLong) return fatal('54000', ROW_TOO_LONG)
  const { code = '' } = failure === undefined ? {} : engineError(failure)
  const message = Object.hasOwn(SERVER_ENDS, code) ? SERVER_ENDS[code] : undefined
  return message === undefined ? fatal('08006', LOST) : { failed: true, severity: 'FATAL', code, message }
}

/** The server's own last words where it has ended the connection by itself: drivers know them. */
const SERVER_ENDS: Readonly<Record<string, string>> = Object.freeze({
  '57P01': 'terminating connection due to administrator command',
  '57P02': 'terminating connection because of crash of another server process',
  '57P05': 'terminating connection due to idle-session timeout',
  '25P03': 'terminating connection due to idle-in-transaction timeout',
})
