import type { Dialect } from './dialect.js'
import { type Facts, touchedLabels } from './facts.js'
import type { Pack } from './pack.js'
import type { Binding } from './submission.js'

/**
 * How much of a statement's own data is shown to people.
 *
 * - `open`: all but what a detector finds.
 * - `guarded`: it touches card numbers; what could be a good part of one (six digits or more) is masked too,
 *   and a person still sees which row is meant.
 * - `sealed`: it touches any other label, or was not analysed; every literal is masked.
 */
export type Reserve = 'open' | 'guarded' | 'sealed'

/** `undefined`: the statement did not get as far as analysis. */
export function reserveFor(facts: Facts | undefined): Reserve {
  if (!facts?.analyzable) return 'sealed'
  const labels = touchedLabels(facts)
  if (labels.length === 0) return 'open'
  return labels.every(label => label === 'pan') ? 'guarded' : 'sealed'
}

/**
 * Takes protected values out of everything that is not a row: records, approval requests, error text.
 * Made by masking, handed to the stages that write for people.
 */
export interface Scrubber {
  /** Any text: whatever a detector finds is masked. */
  text(text: string): string
  /** Whether `text` would leave the text alone that these bytes are in UTF-8. False may mean only that it has to be asked. */
  clears?(bytes: Uint8Array, start: number, end: number): boolean
  statement(text: string, dialect: Dialect, reserve: Reserve): string
  /** A bound value as text for a person. */
  binding(value: Binding, reserve: Reserve): string
  /** The same with the detectors that a decision names: for what is of a statement or its result, never for who acts. */
  also(packs: readonly Pack[] | undefined): Scrubber
}
