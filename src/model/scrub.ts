import type { Dialect } from './dialect.js'
import type { Binding } from './submission.js'

/**
 * Takes protected values out of everything that is not a row: records, approval requests, error text.
 * Made by masking, handed to the stages that write for people.
 */
export interface Scrubber {
  /** Any text: whatever a detector finds is masked. */
  text(text: string): string
  /**
   * A statement. `strict` when it touches labelled columns or could not be analysed: then literals
   * are masked as well, whether a detector knows them or not.
   */
  statement(text: string, dialect: Dialect, strict: boolean): string
  /** A bound value as text for a person; `strict` as above. */
  binding(value: Binding, strict: boolean): string
}
