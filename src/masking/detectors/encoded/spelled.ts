/** Digits that are written one by one in another way: as character codes, words, symbols. */
import { matchesOf } from '../matches.js'
import { type Packed, whole } from './packed.js'

/** Digits of the shortest card number. */
const FEWEST = 12
/** The code of a digit, or of a space, dash, full stop or slash: decimal, hexadecimal with its sign, octal, three digits. */
const CODE = '(?:0?4[5-9]|0?5[0-7]|32|0?x(?:3\\d|2[0df])|0(?:6[0-7]|7[01]|40))'
const ONE_CODE = new RegExp(`${CODE}(?!\\d)`, 'gi')
const CODES = new RegExp(`(?<!\\d)${CODE}(?:[^0-9]{1,12}${CODE}(?!\\d)){11,400}`, 'gi')
/** Bytes in hexadecimal, apart or some together: `34 31 31`, `34:31:31`, `3431 3131`, `34h 31h`. */
const PAIRS = /(?<![0-9a-z])3\d(?:h?[^0-9a-z]{0,2}(?:3\d|2[0df])){11,400}h?(?![0-9a-z])/gi
const ONE_PAIR = /3\d|2[0df]/gi
/** Decimal codes with nothing between. */
const UNPARTED = /(?<!\d)(?:4[89]|5[0-7]){12,19}(?!\d)/g
/** Bytes as JavaScript writes them in JSON: `{"0":52,"1":49}`. */
const INDEXED = /(?:\\{0,3}"\d{1,3}\\{0,3}":\s?(?:4[5-9]|5[0-7]|32)[\s,]{0,3}){12,400}/g
/** Codes of three decimal digits, none of which is that of an octal code of a digit. */
const THREE_DECIMALS = /(?<!\d)0(?:4[89]|5[0-4])(?!\d)/
const BITS = /(?:0011(?:0[01]{3}|100[01])[ \t,;|:_./-]{0,2}){12,400}/g

const WORDS: Readonly<Record<string, string>> = {
  zero: '0',
  oh: '0',
  one: '1',
  two: '2',
  three: '3',
  four: '4',
  five: '5',
  six: '6',
  seven: '7',
  eight: '8',
  nine: '9',
}
const WORD = '(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)'
const SPELLED = new RegExp(`${WORD}(?:[\\s,.-]{0,3}${WORD}){11,400}`, 'gi')

/** Each nine or ten symbols in a row, and the digit that the first stands for. */
const SYMBOLS: ReadonlyMap<string, number> = new Map([
  ...inOrder(0, '〇一二三四五六七八九'),
  ...inOrder(0, '零壹贰叁肆伍陆柒捌玖'),
  ...inOrder(1, '壱貳參肆伍陸柒捌玖'),
  ...inOrder(1, '〡〢〣〤〥〦〧〨〩'),
  ...inOrder(0, '⓪①②③④⑤⑥⑦⑧⑨'),
  ...inOrder(1, '⑴⑵⑶⑷⑸⑹⑺⑻⑼'),
  ...inOrder(0, '🄀⒈⒉⒊⒋⒌⒍⒎⒏⒐'),
  ...inOrder(0, '🄁🄂🄃🄄🄅🄆🄇🄈🄉🄊'),
  ...inOrder(1, '⓵⓶⓷⓸⓹⓺⓻⓼⓽'),
  ...inOrder(0, '⓿❶❷❸❹❺❻❼❽❾'),
  ...inOrder(0, '🄋➀➁➂➃➄➅➆➇➈'),
  ...inOrder(0, '🄌➊➋➌➍➎➏➐➑➒'),
  ...inOrder(1, '㈠㈡㈢㈣㈤㈥㈦㈧㈨'),
  ...inOrder(1, '㊀㊁㊂㊃㊄㊅㊆㊇㊈'),
])
const SYMBOL = `[${[...SYMBOLS.keys()].join('')}]`
/** Quick look for how each of them begins. */
const SYMBOL_SIGN = new RegExp(`[${[...SYMBOLS.keys()].map(symbol => symbol.charAt(0)).join('')}]`)
const SPELLED_SYMBOLS = new RegExp(`${SYMBOL}(?:[^\\p{L}\\p{N}]{0,3}(?:${SYMBOL}|\\d)){11,400}`, 'gu')

function inOrder(first: number, symbols: string): [string, number][] {
  return [...symbols].map((symbol, i) => [symbol, first + i])
}

/** Lists of character codes: `52,49,49`, `CHR(52) || CHR(49)`, `0x34 0x31`, `34 31`. */
export function characterCodes(text: string): readonly Packed[] {
  const found: Packed[] = []
  for (const match of matchesOf(CODES, text)) {
    found.push(whole(match, fromCodes(match[0])), ...listsIn(match, ONE_CODE, fromCodes))
  }
  for (const match of matchesOf(PAIRS, text)) {
    found.push(whole(match, fromPairs(match[0])), ...listsIn(match, ONE_PAIR, fromPairs))
  }
  for (const match of matchesOf(UNPARTED, text))
    found.push(whole(match, fromCodes(match[0].replace(/../g, '$& '))))
  for (const match of matchesOf(INDEXED, text))
    found.push(whole(match, fromCodes(match[0].replace(/"\d+\\*":/g, ' '))))
  return found
}

/** Character codes in binary: `00110100 00110001`. */
export function binaryCodes(text: string): readonly Packed[] {
  return matchesOf(BITS, text).map(match => whole(match, fromBits(match[0])))
}

/** `four one one one …` */
export function digitWords(text: string): readonly Packed[] {
  return matchesOf(SPELLED, text).map(match => whole(match, spelled(match[0])))
}

/** Digits as symbols that are no decimal digits: `四一一一`, `④①①①`, among others or not. */
export function digitSymbols(text: string): readonly Packed[] {
  if (!SYMBOL_SIGN.test(text)) return []
  return matchesOf(SPELLED_SYMBOLS, text).map(match => whole(match, symbols(match[0])))
}

/**
 * What is written in one way throughout, where not all of it is: a number that stands before a list or behind it looks
 * like one more code (`row 50: 52,49,49`).
 */
function listsIn(match: RegExpExecArray, one: RegExp, read: (list: string) => string): Packed[] {
  const [list] = match
  const codes = matchesOf(one, list).map(({ 0: code, index }) => ({ start: index, end: index + code.length }))
  const gap = (i: number): string => list.slice(codes[i - 1]?.end, codes[i]?.start)
  const found: Packed[] = []
  for (let first = 0, i = 1; i <= codes.length; i++) {
    if (i < codes.length && (i - first < 2 || gap(i) === gap(i - 1))) continue
    const { start = 0 } = codes[first] ?? {}
    const { end = 0 } = codes[i - 1] ?? {}
    if (i - first >= FEWEST && i - first < codes.length)
      found.push({ start: match.index + start, end: match.index + end, text: read(list.slice(start, end)) })
    first = i - 1
  }
  return found
}

function fromCodes(list: string): string {
  const plain = THREE_DECIMALS.test(list) ? list.replace(/(?<!\d)0(\d\d)(?!\d)/g, '$1') : list
  return plain.replace(
    /0?x([23][0-9a-f])|(?<!\d)0([0-7]{2})(?!\d)|(\d\d)|\D/gi,
    (_all, hex?: string, octal?: string, decimal?: string) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
      return decimal === undefined ? '' : String.fromCharCode(Number(decimal))
    },
  )
}

function fromPairs(list: string): string {
  return list.replace(/([23][0-9a-f])|./gis, (_all, pair?: string) =>
    pair === undefined ? '' : String.fromCharCode(Number.parseInt(pair, 16)),
  )
}

function fromBits(list: string): string {
  return list.replace(/([01]{8})|./gs, (_all, bits?: string) =>
    bits === undefined ? '' : String.fromCharCode(Number.parseInt(bits, 2)),
  )
}

function spelled(text: string): string {
  return text.replace(new RegExp(`${WORD}|.`, 'gis'), word => WORDS[word.toLowerCase()] ?? '')
}

function symbols(text: string): string {
  return [...text].map(char => SYMBOLS.get(char) ?? char).join('')
}
