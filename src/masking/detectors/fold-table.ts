/** How single characters beyond ASCII read to somebody who copies a number. */

export const IGNORED = 1
export const SAME = 0

/** For each BMP code unit: `SAME`, `IGNORED` or the ASCII code it reads as. */
export const FOLDED: Uint8Array = foldTable()

function foldTable(): Uint8Array {
  const table = new Uint8Array(0x10000)
  let all = ''
  for (let code = 0x80; code < 0x10000; code++) {
    if (code < 0xd800 || code > 0xdfff) all += String.fromCharCode(code)
  }
  const set = (pattern: RegExp, value: number | string): void => {
    const code = typeof value === 'number' ? value : value.charCodeAt(0)
    for (const match of all.matchAll(pattern)) table[match[0].charCodeAt(0)] = code
  }
  for (let code = 0x80; code < 0xa0; code++) if (code !== 0x85) table[code] = IGNORED
  set(/[\p{Cf}\p{Mn}\p{Me}\u115f\u1160\u3164\uffa0\u2800]/gu, IGNORED)
  set(/\p{Zs}/gu, ' ')
  set(/[\u0085\u2028\u2029]/gu, '\n')
  set(
    /[\p{Pd}\u2212\u2043\u2052\u02d7\u00af\u203e\u2190-\u2194\u21d0-\u21d4\u2500\u2501\u27f5-\u27f9]/gu,
    '-',
  )
  set(/[\u00b7\u2027\u2218\u2219\u2e31\u22c5\u2024\u30fb\uff65\u3002\uff61\u06d4\u0387\u25cf\u25e6]/gu, '.')
  set(/[\u2044\u2215\u29f8]/gu, '/')
  set(/[\u2018\u2019\u02bc\u02b9\u2032\u00b4]/gu, "'")
  set(/[\u201c\u201d\u2033]/gu, '"')
  set(/[\u066c\u060c\u3001]/gu, ',')
  set(/[\u00a6\u2016\u2502\u2503\uffe8]/gu, '|')
  // A character that was lost on the way.
  set(/\ufffd/gu, ' ')
  set(/[\u2022\u2026\u2217\u25cf\u2588\u2593]/gu, '*')
  for (let code = 0xff01; code <= 0xff5e; code++) table[code] = code - 0xff01 + 0x21
  for (const match of all.matchAll(/\p{Nd}/gu)) table[match[0].charCodeAt(0)] = 48 + decimalValue(match[0])
  for (const match of all.matchAll(/[\u2070-\u2089\u00b2\u00b3\u00b9]/gu)) {
    const plain = match[0].normalize('NFKC')
    if (/^\d$/.test(plain)) table[match[0].charCodeAt(0)] = plain.charCodeAt(0)
  }
  return table
}

/** Digits of a script stand in runs of ten, in order; the mathematical ones in five such runs. */
function decimalValue(char: string): number {
  const code = char.codePointAt(0) ?? 0
  let start = code
  while (start > 0 && /\p{Nd}/u.test(String.fromCodePoint(start - 1))) start--
  return (code - start) % 10
}

/** Value of a digit beyond the BMP given as a surrogate pair, or -1. */
export function astralDigit(high: number, low: number): number {
  if (low < 0xdc00 || low > 0xdfff) return -1
  if (high === 0xd835 && low >= 0xdfce) return (low - 0xdfce) % 10
  if (high === 0xd83d || high === 0xd83e) {
    return high === 0xd83e && low >= 0xdff0 && low <= 0xdff9 ? low - 0xdff0 : -1
  }
  const char = String.fromCharCode(high, low)
  return /\p{Nd}/u.test(char) ? decimalValue(char) : -1
}
