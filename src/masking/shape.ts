/** Whether a result has the columns that analysis said it would have. */
import { type OutputColumn, outputAt } from '../model/lineage.js'
import type { Field } from '../model/result.js'

/** Thrown through a row and caught where the result is refused. */
export class ShapeChanged extends Error {}

/** PostgreSQL cuts names off at 63 bytes, MySQL at 64 characters. */
const CUT_NAME = 60

export function fitsAnalysis(fields: readonly Field[], output: readonly OutputColumn[]): boolean {
  const spread = output.length === 1 && output[0]?.spread === true
  return (
    (spread || fields.length === output.length) &&
    fields.every(({ name }, position) => {
      const expected = outputAt(output, position)
      return expected !== undefined && namesFit(name, expected)
    })
  )
}

/** Engines make up names for expressions from their text; only plain identifiers are compared. */
function namesFit(reported: string, { name, lineage, spread }: OutputColumn): boolean {
  if (spread) return true
  if (reported.toLowerCase() === name.toLowerCase()) return true
  if (name.length >= CUT_NAME && reported.length >= CUT_NAME - 20 && name.startsWith(reported)) return true
  return lineage.kind !== 'direct' && !/^[\p{L}_][\p{L}\p{N}_$]*$/u.test(name)
}
