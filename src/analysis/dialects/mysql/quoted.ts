import { AnalysisStop } from '../../stop.js'

const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  b: '\b',
  n: '\n',
  r: '\r',
  t: '\t',
  Z: '\u001a',
  // Kept whole for LIKE.
  '%': '\\%',
  _: '\\_',
}

/** Reads from an opening quote to its closing one; the quote doubled stands for itself. */
export function quotedText(
  source: string,
  start: number,
  backslashes: boolean,
): { readonly text: string; readonly end: number } {
  const quote = source.charAt(start)
  let text = ''
  let from = start + 1
  let at = from
  while (at < source.length) {
    const char = source.charAt(at)
    if (char === quote) {
      text += source.slice(from, at)
      if (source.charAt(at + 1) !== quote) return { text, end: at + 1 }
      from = at + 1
      at += 2
    } else if (backslashes && char === '\\') {
      const escaped = source.charAt(at + 1)
      text += source.slice(from, at) + (ESCAPES[escaped] ?? escaped)
      at += 2
      from = at
    } else at += 1
  }
  throw new AnalysisStop('syntax', 'A quote is never closed.')
}
