/** Where answers and errors of the door are put into the words of those in process. */
import { refusalError, thrownError } from '../../../../src/enforcement/mysql/session/errors.js'
import { CardeaError, type DatabaseError } from '../../../../src/index.js'
import type { Fields } from '../../governance/compare.js'
import { type Answer, plain } from './answer.js'
import { roughly } from './in-process.js'

/** What is left to compare of what varies. */
export function outline({ columns, error, database }: Answer): readonly string[] {
  return [...columns.map(({ name, type }) => plain(`${name} ${type}`, database)), String(error?.errno)]
}

/** Every packet, in an order of their own: the server breaks ties as it likes. */
export function unordered({ lines }: Answer): readonly string[] {
  return [...lines].sort()
}

/** The same of a record. A statement that is denied whatever its values are is refused before it has any. */
export function record(whole: Fields): Fields {
  const { payload, ...outcome } = whole['outcome'] as Fields
  const found = outcome['status'] === 'refused' ? { ...whole, bindings: [] } : whole
  if (!Array.isArray(payload)) return found
  return {
    ...found,
    outcome: { ...outcome, payload: payload.map(row => JSON.stringify(row, roughly)).sort() },
  }
}

interface Told {
  readonly errno: number | undefined
  readonly message: string
}

/** An error in process, as the door should tell it. */
export function inText(error: CardeaError | DatabaseError, database: string): Told {
  const { errno, message } = inOwnWords(error)
  return { errno, message: message.replaceAll(database, 'DATABASE') }
}

function inOwnWords(error: CardeaError | DatabaseError): Told {
  if (!(error instanceof CardeaError)) return { errno: error.errno, message: error.message }
  const { reason, rule, code } = error as CardeaError & { reason?: string; rule?: string }
  if (reason === undefined) return told(thrownError(error))
  return told(
    refusalError({
      refused: true,
      code: code as Parameters<typeof refusalError>[0]['code'],
      reason,
      ...(rule === undefined ? {} : { rule }),
    }),
  )
}

/** An error of the door's, without the number of the decision. */
export function toldIn({ error, database }: Answer): Told {
  return error === undefined
    ? { errno: undefined, message: '' }
    : told({ ...error, message: error.message.replaceAll(database, 'DATABASE') })
}

/** What policy would let pass and the server does not understand, it says so while it prepares: nobody has been asked. */
export function atPreparing({ error, columns, rows }: Answer): boolean {
  return error !== undefined && !error.message.startsWith('cardea: ') && columns.length + rows.length === 0
}

function told({ errno, message }: { readonly errno?: number; readonly message: string }): Told {
  return { errno, message: message.replace(/, decision \w{26}(?=[\],])/, '') }
}
