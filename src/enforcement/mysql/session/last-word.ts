/** Why a session ends, in the protocol's words and codes. */
import type { EngineError } from '../../../model/executor.js'
import { PacketTooLong } from '../../upstream/mysql/packets.js'
import type { WireEnd } from '../../wire/entrance.js'
import type { LastWord } from '../../wire/session-loop.js'
import { BROKEN, ENDED, IN_DOUBT, LOST, ROW_TOO_LONG } from '../../wire/words.js'
import { failure } from './errors.js'
import type { SessionState } from './session-state.js'

export function lastWord(why: LastWord, state: SessionState): EngineError {
  switch (why) {
    case 'broken':
      return failure(1105, 'HY000', BROKEN)
    case 'illegal':
      return illegal(state.client.illegal)
    case 'lost':
      return lost(state)
    default:
      return failure(...END_CODES[why], ENDED[why])
  }
}

export const END_CODES: Readonly<Record<WireEnd, readonly [errno: number, sqlState: string]>> = Object.freeze(
  {
    drain: [1053, '08S01'],
    killed: [1927, '70100'],
    stopped: [1927, '70100'],
    expired: [4031, 'HY000'],
    idle: [4031, 'HY000'],
  },
)

function illegal(error = new Error('illegal message')): EngineError {
  return failure(error instanceof PacketTooLong ? 1153 : 1156, '08S01', `${error.message}.`)
}

function lost({ inDoubt, leg: { lostFor } }: SessionState): EngineError {
  if (inDoubt) return failure(1180, 'HY000', IN_DOUBT)
  if (lostFor instanceof PacketTooLong) return failure(1153, '08S01', ROW_TOO_LONG)
  return failure(1927, '08S01', LOST)
}
