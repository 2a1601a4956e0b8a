/** Where what was heard and recorded of one statement is held against another of its kind. */

/** What a door has answered to one statement. */
export interface Heard {
  /** One for every message, the same on any two databases of the same schema and content. */
  readonly lines: readonly string[]
}

/** By its format: what A answered, what B answered. */
export interface Answers<Answer extends Heard = Heard> {
  readonly text: readonly [Answer, Answer]
  readonly binary: readonly [Answer, Answer]
}

/** @returns the first message by which twins can be told apart. @param form what of an answer counts. */
export function difference<Answer extends Heard>(
  answers: Answers<Answer>,
  form: (answer: Answer) => readonly string[],
): object | undefined {
  for (const format of ['text', 'binary'] as const) {
    const [a, b] = answers[format].map(form)
    const at = a?.findIndex((line, index) => line !== b?.[index]) ?? -1
    if (at >= 0 || a?.length !== b?.length) return { format, a: a?.[at], b: b?.[at] }
  }
  return undefined
}

export const whole = ({ lines }: Heard): readonly string[] => lines

export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
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

/** A row is an object in process: of columns of one name it holds the last. */
export function repeatsName(names: readonly string[]): boolean {
  return new Set(names).size < names.length
}

function columnsOf({ outcome }: Fields): readonly string[] {
  return ((outcome as Fields)['columns'] ?? []) as readonly string[]
}

export type Fields = Readonly<Record<string, unknown>>
