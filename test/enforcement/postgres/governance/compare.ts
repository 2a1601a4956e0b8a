/** Where answers and errors of the door are put into the words of those in process. */
import { MAY_BE_SET } from '../../../../src/enforcement/postgres/session/errors.js'
import { CardeaError, type DatabaseError } from '../../../../src/index.js'
import type { Answer } from './answer.js'

/** What is left to compare of what varies. */
export function outline({ lines, error }: Answer): readonly string[] {
  return [...lines.filter(line => line.startsWith('T')), error?.['C'] ?? 'no error']
}

interface Told {
  readonly code: string | undefined
  readonly message: string
  readonly detail: string | undefined
  readonly hint: string | undefined
}

/** An error in process, as the door should tell it. */
export function inText(error: CardeaError | DatabaseError): Told {
  if (!(error instanceof CardeaError)) {
    const { code, message, detail, hint } = error
    return { code, message, detail, hint }
  }
  const { reason = error.message, rule } = error as CardeaError & { reason?: string; rule?: string }
  const facts = [error.code, ...(rule === undefined ? [] : [`rule ${rule}`])]
  return {
    code: '42501',
    message: `cardea: ${reason}`,
    detail: facts.join(', '),
    hint: rule === 'pci/session' ? MAY_BE_SET : undefined,
  }
}

/** An error of the door's, without the number of the decision. */
export function toldIn({ error }: Answer): Told {
  const { C: code, M: message = '', D: detail, H: hint } = error ?? {}
  return { code, message, detail: detail?.replace(/, decision \w{26}$/, ''), hint }
}
