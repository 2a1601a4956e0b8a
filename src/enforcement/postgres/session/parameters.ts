/** Bound values as the pipeline sees them: text where the client sent text, the value where its binary form is known. */
import { decodeCell } from '../cells/decode.js'
import { type BindRequest, utf8Of } from './reads.js'

/** Whether a value came in binary for a parameter whose type only the server knows. */
export function isUnknown({ formats, ranges }: BindRequest, types: readonly number[]): boolean {
  if (formats.length === 0) return false
  for (let at = 0; 2 * at < ranges.length; at++) {
    if (ranges[2 * at] !== -1 && formatOf(formats, at) !== 0 && (types[at] ?? 0) === 0) return true
  }
  return false
}

/** @param types by position; 0 or absent where the client left them to the server. */
export function parameterValues(
  { formats, bytes, ranges }: BindRequest,
  types: readonly number[],
): readonly unknown[] {
  const values: unknown[] = []
  for (let at = 0; 2 * at < ranges.length; at++) {
    const start = ranges[2 * at] ?? -1
    const end = ranges[2 * at + 1] ?? -1
    if (start < 0) values.push(null)
    else if (formatOf(formats, at) === 0) values.push(utf8Of(bytes, start, end) ?? bytes.subarray(start, end))
    else {
      const type = types[at] ?? 0
      const value = bytes.subarray(start, end)
      values.push(type === 0 ? value : decodeCell(type, 'binary', value))
    }
  }
  return values
}

function formatOf(formats: readonly number[], at: number): number {
  return (formats.length === 1 ? formats[0] : formats[at]) ?? 0
}
