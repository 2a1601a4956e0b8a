/**
 * How characters beyond ASCII read to somebody who copies a number: other scripts' digits as digits,
 * exotic spaces and dashes as plain ones, invisible characters not at all. Folding is for looking only;
 * what leaves is always a stretch of the original.
 */
const IGNORED = 1
const SAME = 0

/** For each BMP code unit: `SAME`, `IGNORED` or the ASCII code it reads as. */
const FOLDED: Uint8Array = foldTable()

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
function astralDigit(high: number, low: number): number {
  if (low < 0xdc00 || low > 0xdfff) return -1
  if (high === 0xd835 && low >= 0xdfce) return (low - 0xdfce) % 10
  if (high === 0xd83d || high === 0xd83e) {
    return high === 0xd83e && low >= 0xdff0 && low <= 0xdff9 ? low - 0xdff0 : -1
  }
  const char = String.fromCharCode(high, low)
  return /\p{Nd}/u.test(char) ? decimalValue(char) : -1
}

/** Value 0 to 9 of the digit at `index`, in any script, or -1. A surrogate pair is read from its first half. */
export function digitAt(text: string, index: number): number {
  const code = text.charCodeAt(index)
  if (code < 0x80) return code >= 48 && code <= 57 ? code - 48 : -1
  if (code >= 0xd800 && code <= 0xdbff) return astralDigit(code, text.charCodeAt(index + 1))
  const folded = FOLDED[code] ?? SAME
  return folded >= 48 && folded <= 57 ? folded - 48 : -1
}

/** What is no character of ASCII, where every code unit is to be one byte. */
const BEYOND_ASCII = 0xff

/** Room for what a text folds to, code unit by code unit. */
interface Room {
  readonly units: Uint16Array
  /** The same memory. */
  readonly memory: Buffer
  /** Of the same code units, those of ASCII; `BEYOND_ASCII` for others. */
  readonly bytes: Buffer
  /** Where each stood. */
  readonly starts: Int32Array
}

function room(length: number): Room {
  const units = new Uint16Array(length)
  const memory = Buffer.from(units.buffer)
  return { units, memory, bytes: Buffer.alloc(length), starts: new Int32Array(length) }
}

const IS_LEFT_OUT: Uint8Array = Uint8Array.from({ length: 0x80 }, (_, code) =>
  (code < 32 && !(code >= 9 && code <= 13)) || code === 0x7f ? 1 : 0,
)

/** UTF-8 read as Latin-1 or Windows-1252: of spaces and dots `Â` and one more, of dashes and thin spaces `â€` and one more. */
const A_CIRCUMFLEX = 0xc2
const SMALL_A_CIRCUMFLEX = 0xe2
const MANGLED_SPACES: readonly number[] = [0xa0, 0xad, 0xb7]
const MANGLED_MARKS: readonly number[] = [0x80, 0x88, 0x20ac, 0x2c6]
const HYPHEN = 0x2d

const ESC = 0x1b
const BRACKET = 0x5b
/** Characters of a control sequence, at most. */
const LONGEST_CONTROL = 32

/** Last character of the control sequence (ECMA-48, section 5.4: colours of terminals) that begins at `index`, or `index`. */
function controlEnd(text: string, index: number): number {
  if (text.charCodeAt(index + 1) !== BRACKET) return index
  for (let at = index + 2; at < index + LONGEST_CONTROL; at++) {
    const code = text.charCodeAt(at)
    if (code >= 0x40 && code <= 0x7e) return at
    if (!(code >= 0x20 && code < 0x40)) return index
  }
  return index
}

/** Where the code units of a changed text came from. */
export interface Origins {
  start(at: number): number
  /** Exclusive. */
  end(at: number): number
}

/** Folds one text after the other, in the same room unless one is longer. */
export class Folding implements Origins {
  private readonly usual: Room
  private room: Room
  private original = ''
  private length = 0
  private ascii = true

  /** @param usual code units of texts that need no room of their own */
  constructor(usual: number) {
    this.usual = room(usual)
    this.room = this.usual
  }

  /** Control characters other than white space are left out too, as the NULs of UTF-16 seen as bytes. */
  read(text: string): void {
    this.room = text.length > this.usual.units.length ? room(text.length) : this.usual
    this.original = text
    const { units, bytes, starts } = this.room
    let at = 0
    let seen = 0
    for (let i = 0; i < text.length; i++) {
      const start = i
      let code = text.charCodeAt(i)
      if (code < 0x80) {
        if (IS_LEFT_OUT[code] === 1) {
          if (code === ESC) i = controlEnd(text, i)
          continue
        }
      } else if (code >= 0xd800 && code <= 0xdbff) {
        const low = text.charCodeAt(i + 1)
        const digit = astralDigit(code, low)
        if (digit >= 0) {
          code = 48 + digit
          i++
        } else if (code === 0xdb40) {
          if (low >= 0xdc00 && low <= 0xdfff) i++
          continue
        }
      } else if (code === A_CIRCUMFLEX && MANGLED_SPACES.includes(text.charCodeAt(i + 1))) continue
      else if (code === SMALL_A_CIRCUMFLEX && MANGLED_MARKS.includes(text.charCodeAt(i + 1))) {
        code = HYPHEN
        i += 2
      } else {
        const folded = FOLDED[code] as number
        if (folded === IGNORED) continue
        if (folded !== SAME) code = folded
      }
      seen |= code
      units[at] = code
      bytes[at] = code < 0x80 ? code : BEYOND_ASCII
      starts[at++] = start
    }
    this.length = at
    this.ascii = seen < 0x80
  }

  /** Whether nothing beyond ASCII is left. */
  get isAscii(): boolean {
    return this.ascii
  }

  /** One for each code unit of `text`, and others behind. */
  get bytes(): Buffer {
    return this.room.bytes
  }

  /** The text as it reads. */
  text(): string {
    const { bytes, memory } = this.room
    return this.ascii
      ? bytes.toString('latin1', 0, this.length)
      : memory.toString('utf16le', 0, 2 * this.length)
  }

  start(at: number): number {
    return this.room.starts[at] ?? 0
  }

  /** A digit beyond the BMP was two code units. */
  end(at: number): number {
    const start = this.start(at)
    const code = this.original.charCodeAt(start)
    const wasPair = code >= 0xd800 && code <= 0xdbff && this.room.bytes[at] !== BEYOND_ASCII
    return wasPair ? start + 2 : start + 1
  }

  /** Gives the room of a long text back. */
  clear(): void {
    this.room = this.usual
    this.original = ''
  }
}

/** The text as it reads. */
export function fold(text: string): string {
  const folding = new Folding(text.length)
  folding.read(text)
  return folding.text()
}
