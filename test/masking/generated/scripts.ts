/** Characters that stand for digits, between digits, or are not seen at all. */
export const PLAIN_SEPARATORS = [' ', '-', ''] as const

export const SEPARATORS = [
  ...['.', '\u00a0', '\u202f', '\u2009', '\u2007', '\u3000', '\u2002', '\u2003', '\u200a', '\u205f'],
  ...['\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2015', '\u2212', '\ufe63', '\uff0d', '\u00b7'],
  ...[
    '/',
    '_',
    '  ',
    ' - ',
    '\t',
    ' / ',
    '--',
    ' . ',
    '\u2027',
    '\u30fb',
    '- ',
    ' -',
    '   ',
    '\\',
    ' \u2013 ',
    '+',
    '__',
  ],
] as const

export const LINE_BREAKS = [
  '\n',
  '\r\n',
  '\r',
  ' \n',
  '\n ',
  '\n\t',
  '\u2028',
  '\u0085',
  '\v',
  '\f',
  '-\n',
] as const

export const INVISIBLE = [
  ...[
    '\u200b',
    '\u200c',
    '\u200d',
    '\u200e',
    '\u200f',
    '\u2060',
    '\ufeff',
    '\u00ad',
    '\u034f',
    '\ufe0f',
    '\u180e',
  ],
  ...[
    '\u202a',
    '\u202c',
    '\u202d',
    '\u202e',
    '\u2066',
    '\u2069',
    '\u061c',
    '\u2061',
    '\u2064',
    '\u115f',
    '\u3164',
  ],
  ...['\u0301', '\u20e3', '\u{e0020}', '\u{e0100}', '\0', '\x01', '\x1b', '\x7f', '\x9d'],
] as const

const from = (zero: number): readonly string[] =>
  Array.from({ length: 10 }, (_, i) => String.fromCodePoint(zero + i))

/** Ten digits each, by the name of the script. */
export const DIGITS: Readonly<Record<string, readonly string[]>> = {
  fullwidth: from(0xff10),
  arabicIndic: from(0x660),
  persian: from(0x6f0),
  devanagari: from(0x966),
  bengali: from(0x9e6),
  gurmukhi: from(0xa66),
  tamil: from(0xbe6),
  telugu: from(0xc66),
  thai: from(0xe50),
  lao: from(0xed0),
  tibetan: from(0xf20),
  myanmar: from(0x1040),
  khmer: from(0x17e0),
  mongolian: from(0x1810),
  nko: from(0x7c0),
  osmanya: from(0x104a0),
  chakma: from(0x11136),
  adlam: from(0x1e950),
  segmented: from(0x1fbf0),
  mathBold: from(0x1d7ce),
  mathDouble: from(0x1d7d8),
  mathSans: from(0x1d7e2),
  mathSansBold: from(0x1d7ec),
  mathMono: from(0x1d7f6),
  superscript: [...'⁰¹²³⁴⁵⁶⁷⁸⁹'],
  subscript: [...'₀₁₂₃₄₅₆₇₈₉'],
  circled: [...'⓪①②③④⑤⑥⑦⑧⑨'],
  negativeCircled: [...'⓿❶❷❸❹❺❻❼❽❾'],
  sansCircled: [...'🄋➀➁➂➃➄➅➆➇➈'],
  doubleCircled: ['⓪', ...'⓵⓶⓷⓸⓹⓺⓻⓼⓽'],
  withFullStop: ['🄀', ...'⒈⒉⒊⒋⒌⒍⒎⒏⒐'],
  withComma: [...'🄁🄂🄃🄄🄅🄆🄇🄈🄉🄊'],
  parenthesised: ['0', ...'⑴⑵⑶⑷⑸⑹⑺⑻⑼'],
  keycap: Array.from({ length: 10 }, (_, i) => `${i}\ufe0f\u20e3`),
  han: [...'〇一二三四五六七八九'],
  hanFinancial: [...'零壹贰叁肆伍陆柒捌玖'],
}

export function inScript(text: string, script: string): string {
  return text.replace(/\d/g, digit => DIGITS[script]?.[Number(digit)] ?? digit)
}
