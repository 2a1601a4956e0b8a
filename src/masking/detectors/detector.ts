/** A stretch of text that must not leave as it is. Offsets are UTF-16 code units, `end` exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
  /** What stands there afterwards. Default `[redacted]`. Must not itself be found by the detector. */
  readonly replacement?: string
  /** The whole result is refused, not only this stretch (magnetic stripe data, PCI DSS 3.3.1.1). */
  readonly refuse?: boolean
}

/**
 * Finds one kind of protected value in text. `find` is synchronous, takes time linear in the text, never
 * throws, whatever the text (lone surrogates included), and keeps nothing of it.
 *
 * @example
 * const employeeNumbers: Detector = {
 *   name: 'employee-number',
 *   find: text => [...text.matchAll(/\bEMP-\d{6}\b/g)].map(m => ({ start: m.index, end: m.index + m[0].length })),
 * }
 */
export interface Detector {
  /** Counted under this name in records. */
  readonly name: string
  find(text: string): readonly Span[]
  /** Whether a column or key of this name holds such values. Its cells are then also given to `find` as `name: value`. */
  names?(name: string): boolean
}
