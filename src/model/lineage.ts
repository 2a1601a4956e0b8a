import type { ColumnRef, Label } from './catalog.js'

/**
 * Where an output column's values come from.
 *
 * - `direct`: the unchanged value of one column (or, in a set operation, of one column per arm).
 * - `derived`: any expression that a source column's value flows into.
 * - `aggregate`: shows only how many values there are or whether they are null (`count`, `is null`).
 * - `none`: no column contributes (literals, bindings, `now()`).
 * - `unknown`: it could not be established; policy denies.
 */
export type Lineage =
  | { readonly kind: 'direct'; readonly sources: readonly ColumnRef[] }
  | { readonly kind: 'derived'; readonly sources: readonly ColumnRef[] }
  | { readonly kind: 'aggregate'; readonly sources: readonly ColumnRef[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly why: string }

/** One column of the result, in order. */
export interface OutputColumn {
  /** The name the engine will report. */
  readonly name: string
  readonly lineage: Lineage
  /** Stands alone for any number of columns, all of this lineage: the result of `show` or `explain`. */
  readonly spread?: true
}

/** The output column at a position of the result, or undefined where analysis expects none. */
export function outputAt(output: readonly OutputColumn[], position: number): OutputColumn | undefined {
  const [first] = output
  return first?.spread === true ? first : output[position]
}

/** Every label that the lineage's sources carry, without repeats. */
export function lineageLabels(lineage: Lineage): readonly Label[] {
  if (lineage.kind === 'none' || lineage.kind === 'unknown') return []
  return [...new Set(lineage.sources.flatMap(source => source.labels))]
}
