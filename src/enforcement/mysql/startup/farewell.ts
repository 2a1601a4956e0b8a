/** Why a client is not let in, in the words and codes of the protocol. */
import { CardeaError } from '../../../errors.js'
import type { EngineError } from '../../../model/executor.js'
import { UpstreamRefusal } from '../../upstream/refusal.js'
import { NOT_MADE } from '../../wire/words.js'
import { failure, thrownError } from '../session/errors.js'

/** The client is told and left. `errno`: https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html */
export class Farewell extends Error {
  override readonly name = 'Farewell'
  constructor(
    readonly errno: number,
    readonly sqlState: string,
    message: string,
  ) {
    super(message)
  }
}

/** Of errors that are not Cardea's own it says nothing but that there was one. */
export function farewellError(error: unknown): EngineError {
  if (error instanceof Farewell) return failure(error.errno, error.sqlState, error.message)
  if (error instanceof RangeError) return failure(1043, '08S01', `${error.message}.`)
  if (error instanceof UpstreamRefusal) return failure(1159, '08S01', error.message)
  if (error instanceof CardeaError) return thrownError(error)
  return failure(1105, 'HY000', NOT_MADE)
}
