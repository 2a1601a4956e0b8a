import { CardeaError } from '../../errors.js'
import type { Row } from '../../model/result.js'

/** Bytes that one answer, held in memory as a whole, may take. */
export const LARGEST_ANSWER = 256 * 1024 * 1024

/** What a row's texts and bytes take, roughly: nothing else in a row can be large. */
export function sizeOf(row: Row): number {
  let size = 0
  for (const value of Object.values(row)) {
    if (typeof value === 'string') size += value.length
    else if (ArrayBuffer.isView(value)) size += value.byteLength
  }
  return size
}

export function tooLarge(): CardeaError {
  return new CardeaError('CARDEA_CONNECTION_FAILED', 'The server sent more than one answer may hold.')
}
