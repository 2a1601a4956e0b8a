const NONE: readonly RegExpExecArray[] = []

/**
 * As `text.matchAll(pattern)`, which first makes a copy of the pattern: that takes longer than to look through most
 * texts, in which there is nothing.
 *
 * @param pattern global, and matching nothing empty
 */
export function matchesOf(pattern: RegExp, text: string): readonly RegExpExecArray[] {
  pattern.lastIndex = 0
  let match = pattern.exec(text)
  if (match === null) return NONE
  const found: RegExpExecArray[] = []
  for (; match !== null; match = pattern.exec(text)) found.push(match)
  return found
}
