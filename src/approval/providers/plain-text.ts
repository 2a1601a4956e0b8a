/**
 * Text from others, made safe to show: nothing in it can move the cursor, change colours, reverse the
 * reading order or hide. What would is shown as `\u{…}`.
 */

/** Control, format, surrogate, private-use and unassigned code points, and separators of lines. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu
/** White space that is not the plain space, and letters and marks that are drawn as nothing. */
const UNSEEN = /(?! )\p{Zs}|\p{Default_Ignorable_Code_Point}|\u2800/gu

/** One line, whatever the text holds. */
export function oneLine(text: string): string {
  return text.replace(UNPRINTABLE, shown).replace(UNSEEN, shown)
}

/** Line by line, each behind its number, so that no line can pass for part of the frame around it. */
export function numberedLines(text: string): readonly string[] {
  const lines = text.split(/\r\n|\n/)
  const width = String(lines.length).length
  return lines.map((line, at) => `  ${String(at + 1).padStart(width)} | ${oneLine(line)}`)
}

function shown(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
