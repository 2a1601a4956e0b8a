import { types } from 'node:util'

/** Bytes that are no value of their type: our own word for it, or the runtime's, which may be of another realm. */
export function isOutOfRange(error: unknown): boolean {
  return types.isNativeError(error) && error.name === 'RangeError'
}
