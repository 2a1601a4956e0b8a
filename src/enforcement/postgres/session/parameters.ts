/** Bound values as the pipeline sees them: text where the client sent text, the value where its binary form is known. */
import { isUtf8 } from 'node:buffer'
import { decodeCell } from '../cells/decode.js'
import type { BindRequest } from './reads.js'

/** Whether a value came in binary for a parameter whose type only the server knows. */
export function isUnknown({ formats, values }: BindRequest, types: readonly number[]): boolean {
  return values.some((bytes, at) => {
    const format = (formats.length === 1 ? formats[0] : formats[at]) ?? 0
    return bytes !== null && format !== 0 && (types[at] ?? 0) === 0
  })
}

/** @param types by position; 0 or absent where the client left them to the server. */
export function parameterValues(
  { formats, values }: BindRequest,
  types: readonly number[],
): readonly unknown[] {
  return values.map((bytes, at) => {
    if (bytes === null) return null
    const format = (formats.length === 1 ? formats[0] : formats[at]) ?? 0
    if (format === 0) return isUtf8(bytes) ? bytes.toString('utf8') : bytes
    const type = types[at] ?? 0
    return type === 0 ? bytes : decodeCell(type, 'binary', bytes)
  })
}
