/**
 * Code units of texts, for loops. V8 keeps strings in many forms; where it has met more than four of them it looks
 * `charCodeAt` up anew for each character, which takes five times as long as the call. So it is looked up once.
 */
const { charCodeAt } = String.prototype

/** `text.charCodeAt(at)`. */
export function codeAt(text: string, at: number): number {
  return charCodeAt.call(text, at)
}
