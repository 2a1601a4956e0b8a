/**
 * Undoes character escapes in place, keeping where each character came from: percent (`%34`, UTF-8 bytes
 * together), backslash (`\u0034`, `\U00000034`, `\u{34}`, `\x34`, `\064`, `\64`, `\0034`, `\'34`, `\n` between
 * digits), `%u0034`, HTML entities, quoted-printable (`=34`), tags between digits. Only what digits and the characters between them are written as is of interest.
 */
import { matchesOf } from '../matches.js'
import type { Origins } from '../unicode.js'

export interface Unescaped {
  readonly text: string
  readonly origins: Origins
}

const NAMED: Readonly<Record<string, string>> = {
  ...named(
    'nbsp ensp emsp emsp13 emsp14 thinsp hairsp numsp puncsp ThinSpace NonBreakingSpace MediumSpace',
    ' ',
  ),
  ...named('Tab', '\t'),
  ...named('NewLine', '\n'),
  ...named('ndash mdash minus hyphen dash horbar', '-'),
  ...named('middot centerdot period', '.'),
  ...named('sol', '/'),
  ...named('bsol', '\\'),
  ...named('lowbar', '_'),
  ...named('comma', ','),
  ...named('apos rsquo', "'"),
  ...named('quot', '"'),
  ...named('colon', ':'),
  ...named('plus', '+'),
  ...named('Hat', '^'),
  ...named('equals', '='),
  ...named('shy zwnj zwj lrm rlm ZeroWidthSpace NoBreak NegativeThinSpace', '\u200b'),
}

function named(names: string, char: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map(name => [name, char]))
}

const H = '[0-9A-Fa-f]'
/** Spaces, dashes and invisible characters in UTF-8, as quoted-printable writes them. */
const QUOTED_GAP =
  '20|09|0[AaDd]|2[CDEFcdef]|3[Dd]|5[Ff]|[Cc]2=[Aa][0Dd]|[Ee]2=8[01]=[89A-Fa-f][0-9A-Fa-f]|[Ee]2=88=92|[Ee]3=80=80|[Ee][Ff]=[Bb][Bb]=[Bb][Ff]'
/** Markup within a line, which nobody sees. */
const TAG_END =
  '/?(?:br|wbr|b|i|u|s|em|strong|span|font|small|mark|code|tt|sup|sub|a)(?:\\s[^<>]{0,80})?/?>\\s{0,2}'
/** Each begins with one of few characters, and looks back only then: so it is quickly told where there is none. */
const ESCAPE = new RegExp(
  [
    `(?:%${H}{2}){1,2000}`,
    `%u00${H}{2}`,
    `\\\\{1,4}U0{4}${H}{4}`,
    `\\\\{1,4}[uU](?:${H}{4}|\\{${H}{1,6}\\})`,
    `\\\\{1,4}[xX]${H}{2}`,
    '\\\\{1,4}0?(?:6[0-7]|7[01]|40|5[5-7])',
    `\\\\{1,4}(?:0{2,4}|')[23]${H} ?`,
    '\\\\{1,4}(?:033|e)(?=\\[)',
    '\\\\(?<=[\\d -]\\\\)\\\\{0,3}[nrtvf](?:\\\\{1,4}[nrtvf]){0,3}(?=[\\d -])',
    `&(?:amp;){0,3}#(?:\\d{1,7}|[xX]${H}{1,6});?`,
    `&(?:amp;){0,3}(?:${Object.keys(NAMED).join('|')});`,
    `(?:=[2-7]${H}){3,2000}`,
    `=(?<=\\d=)(?:${QUOTED_GAP})(?:=(?:${QUOTED_GAP})){0,3}(?=\\d)`,
    `<(?<=\\d[\\s-]{0,2}<)${TAG_END}(?:<${TAG_END}){0,3}-?(?=\\d)`,
    '=(?:\\r?\\n|\\\\r\\\\n|\\\\n)',
  ].join('|'),
  'g',
)

export function unescapeText(text: string): Unescaped | undefined {
  const matches = matchesOf(ESCAPE, text)
  if (matches.length === 0) return undefined
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
  for (const match of matches) {
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
  return { text: plain, origins: { start: index => starts[index] ?? 0, end: index => ends[index] ?? 0 } }
}

function decode(written: string): string | undefined {
  if (/^%u/i.test(written)) return character(Number.parseInt(written.slice(2), 16))
  if (written.startsWith('%')) return bytes(written.replaceAll('%', ''))
  if (written.startsWith('\\')) return unslashed(written)
  if (written.startsWith('&')) {
    const name = written.replace(/^&(?:amp;)*/, '').replace(';', '')
    if (!name.startsWith('#')) return NAMED[name]
    return /^#x/i.test(name)
      ? character(Number.parseInt(name.slice(2), 16))
      : character(Number.parseInt(name.slice(1), 10))
  }
  if (written.includes('<')) return ' '
  return /^=[\r\n\\]/.test(written) ? '' : bytes(written.replaceAll('=', ''))
}

function unslashed(written: string): string | undefined {
  const code = written.replace(/^\\+/, '')
  if (/^[nrtvf]/.test(code)) return '\n'
  if (code === 'e') return '\u001b'
  if (/^0?[0-7]{2}$/.test(code)) return character(Number.parseInt(code, 8))
  return character(Number.parseInt(code.replace(/[^0-9A-Fa-f]/g, ''), 16))
}

function bytes(hex: string): string {
  return Buffer.from(hex, 'hex').toString('utf8')
}

function character(code: number): string | undefined {
  return code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}
