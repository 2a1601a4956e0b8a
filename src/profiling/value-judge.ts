/** A stretch of a text, by what it is. */
export interface Sighting {
  readonly start: number
  readonly end: number
  /** `pan`, `sad`, or the name of another detector, which is the label to give. */
  readonly name: string
  /** Magnetic stripe data. */
  readonly track?: boolean
}

/**
 * Port: what profiling asks of the detectors. Synchronous, linear in the text, never throws, keeps nothing.
 */
export interface ValueJudge {
  /** @param name of the column or key that holds the text, whose words count as words before it */
  find(text: string, name: string): readonly Sighting[]
  /** The digits of a text that is nothing but one number, in any script, separators dropped. */
  digits(text: string): string | undefined
  passesLuhn(digits: string): boolean
  /** The brand that issues numbers of this start and length, if any. */
  brand(digits: string): string | undefined
}
