/** Where answers, errors and records are held against each other. */
import { MAY_BE_SET } from '../../../../src/enforcement/postgres/session/errors.js'
import { CardeaError, type DatabaseError } from '../../../../src/index.js'
import type { Answer } from './answer.js'
import { type Answers, repeatsName } from './run.js'

/** The first message by which twins can be told apart; of what varies, only its form counts. */
export function difference(answers: Answers, varies: boolean): object | undefined {
  for (const format of ['text', 'binary'] as const) {
    const [a, b] = answers[format].map(answer => (varies ? outline(answer) : answer.lines))
    const at = a?.findIndex((line, index) => line !== b?.[index]) ?? -1
    if (at >= 0 || a?.length !== b?.length) return { format, a: a?.[at], b: b?.[at] }
  }
  return undefined
}

function outline({ lines, error }: Answer): readonly string[] {
  return [...lines.filter(line => line.startsWith('T')), error?.['C'] ?? 'no error']
}

export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
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

/** A record without its rows, where they are no two times the same, or one of its columns hides another in process. */
export function comparable(record: Fields, varies: boolean): Fields {
  if (!varies) return record
  const { payload: _, payloadTruncated: __, masked: ___, ...outcome } = record['outcome'] as Fields
  // In process a row is an object, which has one value for columns of one name.
  return { ...record, outcome: { ...outcome, columns: [...new Set(columnsOf(record))].sort() } }
}

export function repeatsColumn(record: Fields): boolean {
  return repeatsName(columnsOf(record))
}

function columnsOf({ outcome }: Fields): readonly string[] {
  return ((outcome as Fields)['columns'] ?? []) as readonly string[]
}

type Fields = Readonly<Record<string, unknown>>
