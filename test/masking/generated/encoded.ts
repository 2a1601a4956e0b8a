/** Card numbers under an encoding. What must not stay is the encoded number. */
import { type Card, card, embossed } from './cards.js'
import type { Random } from './random.js'
import { type Family, family, type Sample } from './sample.js'

type Encode = (text: string, random: Random) => string
type Frame = (code: string, random: Random) => string

const FRAMES: readonly Frame[] = [
  code => code,
  code => `x: ${code}`,
  code => `data=${code};`,
  code => `<v>${code}</v>`,
  code => JSON.stringify({ payload: code }),
  (code, r) => `${r.date()} recv ${code} ok`,
  code => `('${code}')`,
  code => `"${code}"`,
]

/** The number alone, so that the whole encoding is secret. */
const alone = (encode: Encode): ((random: Random) => Omit<Sample, 'kind'>)[] =>
  FRAMES.map(frame => random => {
    const code = encode(card(random).pan, random)
    const text = frame(code, random)
    return { text, pans: [], secrets: [text.includes(code) ? code : JSON.stringify(code).slice(1, -1)] }
  })

const INSIDE: readonly ((pan: string, random: Random) => string)[] = [
  pan => JSON.stringify({ pan }),
  pan => `card=${pan}&exp=1227`,
  (pan, r) => `${r.name()},${pan},${r.amount()}`,
  (pan, r) => `<x><n>${pan}</n><d>${r.date()}</d></x>`,
  (pan, r) => `${r.digits(3)}|${pan}|${r.digits(4)}`,
]

/** Within other text, so that the encoding starts anywhere; all of it is secret, since it stands on one stretch. */
const inside = (encode: Encode): ((random: Random) => Omit<Sample, 'kind'>)[] =>
  INSIDE.map(within => random => {
    const made: Card = card(random)
    const code = encode(within(random.chance(0.5) ? made.pan : embossed(made).join(' '), random), random)
    return { text: random.pick(FRAMES)(code, random), pans: [], secrets: [code] }
  })

const bytes = (text: string, encoding: BufferEncoding): string => Buffer.from(text, 'utf8').toString(encoding)
const each = (text: string, write: (code: number) => string, gap = ''): string =>
  [...text].map(char => write(char.charCodeAt(0))).join(gap)
const hex = (code: number, width = 2): string => code.toString(16).padStart(width, '0')

/** RFC 4648. */
function base32(text: string): string {
  const bits = [...Buffer.from(text)].map(byte => byte.toString(2).padStart(8, '0')).join('')
  const code = (bits.match(/.{1,5}/g) ?? [])
    .map(five => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five.padEnd(5, '0'), 2)])
    .join('')
  return code.padEnd(Math.ceil(code.length / 8) * 8, '=')
}

const whole: Readonly<Record<string, Encode>> = {
  base64: text => bytes(text, 'base64'),
  base64url: text => bytes(text, 'base64url'),
  hex: text => bytes(text, 'hex'),
  'hex-upper': text => bytes(text, 'hex').toUpperCase(),
  'hex-0x': text => `0x${bytes(text, 'hex')}`,
  bytea: text => `\\x${bytes(text, 'hex')}`,
  'hex-literal': text => `X'${bytes(text, 'hex')}'`,
  'base64-twice': text => bytes(bytes(text, 'base64'), 'base64'),
  'base64-hex': text => bytes(bytes(text, 'hex'), 'base64'),
  'hex-base64': text => bytes(bytes(text, 'base64'), 'hex'),
  base32: text => base32(text),
  utf16: text => Buffer.from(text, 'utf16le').toString('base64'),
  'utf16-hex': text => Buffer.from(text, 'utf16le').toString('hex'),
  'base64-lines': text =>
    bytes(`${'-'.repeat(40)}${text}${'-'.repeat(40)}`, 'base64').replace(/.{76}/g, '$&\r\n'),
}

/** Encodings of characters one by one: what stays of the number must not be read either. */
const byCharacter: Readonly<Record<string, Encode>> = {
  percent: text => each(text, code => `%${hex(code)}`),
  'percent-twice': text => each(text, code => `%25${hex(code)}`),
  entities: text => each(text, code => `&#${code};`),
  'entities-hex': text => each(text, code => `&#x${hex(code)};`),
  'entities-padded': text => each(text, code => `&#${String(code).padStart(7, '0')};`),
  'entities-open': text => each(text, code => `&#${code}`, ' ').replaceAll(' ', ''),
  uescape: text => each(text, code => `\\u${hex(code, 4)}`),
  'uescape-upper': text => each(text, code => `\\U${hex(code, 8)}`),
  'uescape-braces': text => each(text, code => `\\u{${hex(code)}}`),
  xescape: text => each(text, code => `\\x${hex(code)}`),
  octal: text => each(text, code => `\\${code.toString(8).padStart(3, '0')}`),
  quoted: text => each(text, code => `=${hex(code).toUpperCase()}`),
  codes: text => each(text, String, ','),
  'codes-spaced': text => each(text, String, ' '),
  'codes-list': text => `[${each(text, String, ', ')}]`,
  'codes-octal': text => each(text, code => `0${code.toString(8)}`, ' '),
  'codes-chr': text => each(text, code => `CHR(${code})`, '||'),
  'codes-char': text => `CHAR(${each(text, String, ',')})`,
  'codes-concat': text => each(text, code => `chr(${code})`, ' . '),
  'codes-fromchar': text => `String.fromCharCode(${each(text, String, ',')})`,
  'hex-spaced': text => each(text, code => hex(code), ' '),
  'hex-colon': text => each(text, code => hex(code), ':'),
  'hex-commas': text => each(text, code => `0x${hex(code)}`, ', '),
  'hex-dump': text => each(text, code => hex(code).toUpperCase(), '-'),
  binary: text => each(text, code => code.toString(2).padStart(8, '0'), ' '),
  words: text => [...text].map(digit => WORDS[Number(digit)]).join(' '),
  'words-dashed': text => [...text].map(digit => WORDS[Number(digit)]).join('-'),
  'words-title': text =>
    [...text].map(digit => WORDS[Number(digit)]?.replace(/^./, c => c.toUpperCase())).join(', '),
  'words-glued': text => [...text].map(digit => WORDS[Number(digit)]).join(''),
  bcd: text => `${text}${text.length % 2 === 0 ? '' : 'F'}`,
  'bcd-padded': text => (text.length % 2 === 0 ? text : `0${text}`),
  'bcd-llvar': text => `${text.length}${text}${text.length % 2 === 0 ? '' : 'F'}`,
  'emv-5a': (text, r) =>
    `9F2608${r.hex(16).toUpperCase()}5A${hex(Math.ceil(text.length / 2)).toUpperCase()}${text}${text.length % 2 === 0 ? '' : 'F'}5F24${r.digits(8)}`,
  'iso-8583': (text, r) =>
    `0200${r.pick(['7', '4', '6'])}${r.hex(15).toUpperCase()}${text.length}${text}000000${r.digits(40)}`,
  'codes-three': text => each(text, code => `0${code}`, ' '),
  'codes-unparted': text => each(text, String),
  'codes-indexed': text => JSON.stringify(new Uint8Array(Buffer.from(text))),
  'hex-fours': text => bytes(text, 'hex').replace(/(.{4})(?=.)/g, '$1 '),
  'hex-suffixed': text => each(text, code => `${hex(code)}h`, ' '),
  'octal-short': text => each(text, code => `\\${code.toString(8)}`),
  'uescape-percent': text => each(text, code => `%u00${hex(code)}`),
  css: text => each(text, code => `\\${hex(code, 6)}`),
  rtf: text => each(text, code => `\\'${hex(code)}`),
  ebcdic: text => each(text, code => `f${code - 48}`),
}
const WORDS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']

/** Some of it plainly, some of it not. */
const partly: Readonly<Record<string, Encode>> = {
  'percent-separators': text => text.replace(/(.{4})(?=.)/g, '$1%20'),
  'percent-dash': text => text.replace(/(.{4})(?=.)/g, '$1%2D'),
  'percent-nbsp': text => text.replace(/(.{4})(?=.)/g, '$1%C2%A0'),
  'percent-some': (text, r) => text.replace(/\d/g, d => (r.chance(0.5) ? `%3${d}` : d)),
  'entity-separators': (text, r) =>
    text.replace(
      /(.{4})(?=.)/g,
      `$1${r.pick(['&nbsp;', '&#160;', '&#xA0;', '&thinsp;', '&ndash;', '&#8209;', '&#45;', '&shy;', '&zwnj;', '&#8203;', '&ZeroWidthSpace;', '&Tab;', '&NewLine;', '&period;', '&#32;', '&hyphen;', '&emsp14;', '&numsp;', '&NoBreak;', '&puncsp;', '&hairsp;', '<br>', '<wbr>'])}`,
    ),
  'escape-separators': (text, r) =>
    text.replace(
      /(.{4})(?=.)/g,
      `$1${r.pick(['\\u0020', '\\u00a0', '\\x20', '\\n', '\\r\\n', '\\t', '\\u200b', '\\-', '\\040', '\\u2011', '\\ ', '\\\\n', '\\/', '\\u002d'])}`,
    ),
  'quoted-separators': (text, r) =>
    text.replace(
      /(.{4})(?=.)/g,
      `$1${r.pick(['=20', '=C2=A0', '=\r\n', '=2D', '=E2=80=93', '=09', '=0A', '=0D=0A', '=E2=80=8B'])}`,
    ),
  'uescape-some': (text, r) => text.replace(/\d/g, d => (r.chance(0.5) ? `\\u003${d}` : d)),
  'entities-some': (text, r) => text.replace(/\d/g, d => (r.chance(0.5) ? `&#x3${d};` : d)),
}

const families = (
  kinds: Readonly<Record<string, Encode>>,
  templates: typeof alone,
  suffix = '',
): [string, Family][] =>
  Object.entries(kinds).map(([name, encode]) => [
    `${name}${suffix}`,
    family(`${name}${suffix}`, templates(encode)),
  ])

export const ENCODED: Readonly<Record<string, Family>> = Object.fromEntries([
  ...families(whole, alone),
  ...families(byCharacter, alone),
  ...families(partly, alone),
  ...families(whole, inside, '-in'),
])
