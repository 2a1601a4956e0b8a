/**
 * Undoes character escapes in place, keeping where each character came from: percent (`%34`, UTF-8 bytes
 * together), backslash (`\u0034`, `\u{34}`, `\x34`, `\n` between digits), numeric HTML entities,
 * quoted-printable (`=34`).
 */
import type { Origins } from '../unicode.js'

export interface Unescaped {
  readonly text: string
  readonly origins: Origins
}

const ESCAPE =
  /(?:%[0-9a-f]{2}){1,2000}|\\{1,4}u(?:[0-9a-f]{4}|\{[0-9a-f]{1,6}\})|\\{1,4}x[0-9a-f]{2}|(?<=\d)(?:\\{1,4}[nrt]){1,4}(?=\d)|&#(?:\d{1,7}|x[0-9a-f]{1,6});?|&(?:nbsp|ensp|emsp|thinsp|ndash|mdash|minus|middot|shy|zwnj|zwj|hyphen|dash|sol|period);|(?:=[2-7][0-9a-f]){3,2000}|(?<=\d)=20(?=\d)|(?<=\d)=c2=a0|=\r?\n/gi

const NAMED: Readonly<Record<string, string>> = {
  nbsp: ' ',
  ensp: ' ',
  emsp: ' ',
  thinsp: ' ',
  ndash: '-',
  mdash: '-',
  minus: '-',
  hyphen: '-',
  dash: '-',
  middot: '.',
  period: '.',
  sol: '/',
  shy: '\u00ad',
  zwnj: '\u200c',
  zwj: '\u200d',
}

export function unescapeText(text: string): Unescaped | undefined {
  if (text.search(ESCAPE) < 0) return undefined
  let plain = ''
  const starts = new Int32Array(text.length)
  const ends = new Int32Array(text.length)
  let length = 0
  let at = 0
  const copy = (to: number): void => {
    plain += text.slice(at, to)
    for (; at < to; at++) {
      starts[length] = at
      ends[length++] = at + 1
    }
  }
  for (const match of text.matchAll(ESCAPE)) {
    const meant = decode(match[0])
    if (meant === undefined) continue
    copy(match.index)
    const width = match[0].length / Math.max(1, meant.length)
    for (let i = 0; i < meant.length; i++) {
      starts[length] = match.index + Math.floor(i * width)
      ends[length++] = match.index + Math.floor((i + 1) * width)
    }
    plain += meant
    at = match.index + match[0].length
  }
  if (at === 0) return undefined
  copy(text.length)
  return { text: plain, origins: { starts, ends } }
}

function decode(written: string): string | undefined {
  const hex = /[0-9a-f]+/i.exec(written.replace(/^&#x?|^\\+[ux]/i, ''))?.[0] ?? ''
  if (written.startsWith('%')) return bytes(written.replaceAll('%', ''))
  if (/^\\+[nrt]/.test(written)) return '\n'
  if (written.startsWith('\\') || /^&#x/i.test(written)) return character(Number.parseInt(hex, 16))
  if (written.startsWith('&#')) return character(Number.parseInt(hex, 10))
  if (written.startsWith('&')) return NAMED[written.slice(1, -1).toLowerCase()]
  return /^=\r?\n$/.test(written) ? '' : bytes(written.replaceAll('=', ''))
}

function bytes(hex: string): string {
  return Buffer.from(hex, 'hex').toString('utf8')
}

function character(code: number): string | undefined {
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}
