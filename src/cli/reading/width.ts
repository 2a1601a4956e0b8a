/** How many columns a terminal gives to a text, so that what stands behind it is aligned. */

/** Drawn over two columns: East Asian wide and fullwidth characters, and emoji (Unicode Standard Annex 11). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
/** Drawn over the letter before them. */
const OVER = /[\p{Mn}\p{Me}]/u

export function columnsOf(text: string): number {
  let columns = 0
  for (const character of text) {
    if (character > '~' && OVER.test(character)) continue
    columns += character > '~' && WIDE.test(character) ? 2 : 1
  }
  return columns
}

/** The text and spaces up to so many columns; a longer text is left whole. */
export function padded(text: string, columns: number, side: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, columns - columnsOf(text)))
  return side === 'left' ? text + space : space + text
}

/** Rows under a header, as wide as what stands in them. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[] = [],
): readonly string[] {
  const widths = header.map((name, at) =>
    Math.max(columnsOf(name), ...rows.map(row => columnsOf(row[at] ?? ''))),
  )
  const line = (cells: readonly string[]) =>
    header
      .map((name, at) => padded(cells[at] ?? '', widths[at] ?? 0, right.includes(name) ? 'right' : 'left'))
      .join('  ')
      .trimEnd()
  return [line(header), ...rows.map(line)]
}
