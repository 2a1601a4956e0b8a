import type { Cursor } from './cursor.js'

/** To the end of a statement that is judged by its kind. Quotes, comments and brackets were checked with the tokens. */
export function skipRest(cursor: Cursor): void {
  while (!cursor.atEnd() && !cursor.is(';')) cursor.take()
}
