/**
 * Text from others, made safe to show: nothing in it can move the cursor, change colours, reverse the
 * reading order, pile up on its neighbours or hide. What would is shown as `\u{…}`; a backslash that would
 * look like such an escape is one itself, so that each text is shown in a way of its own.
 */

/** Control, format, surrogate, private-use and unassigned code points, and separators of lines. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu
/** White space that is not the plain space, and letters and marks that are drawn as nothing. */
const UNSEEN = /(?! )\p{Zs}|\p{Default_Ignorable_Code_Point}|\u2800/gu
/** Marks are drawn over the letter before them: without one, or too many, over what others wrote. */
const MOST_MARKS = 4
const LOOSE_MARKS = /(?<=^|[\p{Z}\p{C}])\p{M}+/gu
const PILED_MARKS = new RegExp(`(?<=\\p{M}{${MOST_MARKS}})\\p{M}`, 'gu')

/** A character and what is drawn over it. Intl.Segmenter knows more of them, and takes minutes for a long text. */
const WITH_MARKS = /\P{M}\p{M}*|\p{M}+/gu

/** Letters that are read from right to left, and pull what stands between them along. */
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u
/** Alphabets with letters that look alike: one word has no business with two of them. */
const LOOKALIKES = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u]

/** One line, whatever the text holds. */
export function oneLine(text: string): string {
  return text
    .replace(/\\(?=u\{)/g, shown)
    .replace(LOOSE_MARKS, marks => [...marks].map(shown).join(''))
    .replace(PILED_MARKS, shown)
    .replace(UNPRINTABLE, shown)
    .replace(UNSEEN, shown)
}

/** In quotes, for a place where more follows: no text can look as if it had ended earlier. */
export function quoted(text: string): string {
  return `"${oneLine(text).replace(/"/g, shown)}"`
}

/** The lines of a text of several, without their ends. */
export function linesOf(text: string): readonly string[] {
  return text.split(/\r\n|\n/)
}

/** Line by line, each behind its number, so that no line can pass for part of the frame around it. */
export function numberedLines(text: string): readonly string[] {
  const lines = linesOf(text)
  return lines.map((line, at) => numberedFrame(at, lines.length) + oneLine(line))
}

/** What stands before line `at` (from 0) of `count`. */
export function numberedFrame(at: number, count: number): string {
  return `  ${String(at + 1).padStart(String(count).length)} | `
}

/** What in a text deserves a second look, one sentence each. */
export function warnings(text: string): readonly string[] {
  const hidden = linesOf(text).reduce((sum, line) => sum + escapes(line), 0)
  const mixed = text.match(/[\p{L}\p{N}\p{M}_]+/gu)?.some(mixesAlphabets) ?? false
  return [
    ...(hidden === 0 ? [] : [`Holds ${hidden} characters that would not show; they are written \\u{…}.`]),
    ...(RIGHT_TO_LEFT.test(text)
      ? ['Holds letters that are read from right to left: the order on the screen may not be the real one.']
      : []),
    ...(mixed ? ['Holds words that mix alphabets with letters that look alike.'] : []),
  ]
}

/** Columns that a terminal gives to the text at most: only of ASCII is it sure that one is enough. */
export function widthOf(text: string): number {
  let columns = 0
  for (const character of text) columns += character <= '~' ? 1 : 2
  return columns
}

/**
 * Cuts a text into pieces of at most so many columns, one character each at least. Cut behind a space where
 * one is near; joined together the pieces are the text. Takes time in proportion to the text: whoever asks
 * chooses how long it is.
 */
export function pieces(text: string, columns: number): readonly string[] {
  if (widthOf(text) <= columns) return [text]
  const all: string[] = []
  let piece = ''
  let used = 0
  for (const character of text.match(WITH_MARKS) ?? []) {
    const width = widthOf(character)
    if (piece !== '' && used + width > columns) {
      const space = piece.lastIndexOf(' ') + 1
      const end = space * 2 > piece.length ? space : piece.length
      all.push(piece.slice(0, end))
      piece = piece.slice(end)
      used = widthOf(piece)
    }
    piece += character
    used += width
  }
  return [...all, piece]
}

function escapes(line: string): number {
  return oneLine(line.replaceAll('\\', '')).match(/\\u\{/g)?.length ?? 0
}

function mixesAlphabets(word: string): boolean {
  return LOOKALIKES.filter(alphabet => alphabet.test(word)).length > 1
}

function shown(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
