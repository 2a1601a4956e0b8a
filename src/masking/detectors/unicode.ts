/**
 * How texts beyond ASCII read to somebody who copies a number: other scripts' digits as digits, exotic spaces and
 * dashes as plain ones, invisible characters not at all. Folding is for looking only; what leaves is always a stretch
 * of the original.
 */
import { codeAt } from './code-units.js'
import { astralDigit, FOLDED, IGNORED, SAME } from './fold-table.js'
import { BITS, IS_CARET, IS_CONTROL, IS_DIGIT, STRIPE } from './prescan.js'
import { counted, stretched } from './prescan-bytes.js'
import type { View } from './view.js'

/** What is no character of ASCII, where every code unit is to be one byte. */
const BEYOND_ASCII = 0xff

/** Room for what a text folds to, code unit by code unit. */
interface Room {
  /** Those of ASCII; `BEYOND_ASCII` for others. */
  readonly bytes: Buffer
  /** Where each stood. */
  readonly starts: Int32Array
  /** All of them, once the text is asked for; the same memory as bytes. */
  readonly units: Uint16Array
  readonly memory: Buffer
}

function room(length: number): Room {
  const units = new Uint16Array(length)
  const memory = Buffer.from(units.buffer)
  return { bytes: Buffer.alloc(length), starts: new Int32Array(length), units, memory }
}

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
  if (codeAt(text, index + 1) !== BRACKET) return index
  for (let at = index + 2; at < index + LONGEST_CONTROL; at++) {
    const code = codeAt(text, at)
    if (code >= 0x40 && code <= 0x7e) return at
    if (!(code >= 0x20 && code < 0x40)) return index
  }
  return index
}

const UNIT_BITS = 16
const UNIT = 0xffff
const ONE = 1 << UNIT_BITS

/** What a character beyond ASCII reads as, or `IGNORED`; above its bits, how many code units it takes. */
function readsAs(text: string, index: number, code: number): number {
  if (code >= 0xd800 && code <= 0xdbff) {
    const low = codeAt(text, index + 1)
    const digit = astralDigit(code, low)
    if (digit >= 0) return (2 * ONE) | (0x30 + digit)
    if (code !== 0xdb40) return ONE | code
    return low >= 0xdc00 && low <= 0xdfff ? (2 * ONE) | IGNORED : ONE | IGNORED
  }
  if (code === A_CIRCUMFLEX && MANGLED_SPACES.includes(codeAt(text, index + 1))) return ONE | IGNORED
  if (code === SMALL_A_CIRCUMFLEX && MANGLED_MARKS.includes(codeAt(text, index + 1)))
    return (3 * ONE) | HYPHEN
  const folded = FOLDED[code] as number
  return folded === SAME ? ONE | code : ONE | folded
}

/** Where the code units of a changed text came from. */
export interface Origins {
  start(at: number): number
  /** Exclusive. */
  end(at: number): number
}

/** Folds one text after the other, in the same room unless one is longer. */
export class Folding implements Origins, View {
  private readonly usual: Room
  private room: Room
  private original = ''
  private shown: string | undefined
  length = 0
  /** Whether nothing beyond ASCII is left. */
  isAscii = true
  /** Whether what stood before others has taken them with it, as the beginning of a control sequence does. */
  hasSkipped = false

  /** @param usual code units of texts that need no room of their own */
  constructor(usual: number) {
    this.usual = room(usual)
    this.room = this.usual
  }

  /**
   * Control characters other than white space are left out too, as the NULs of UTF-16 seen as bytes.
   *
   * @returns what `prescanBytes` says of bytes, but for names of codes.
   */
  read(text: string): number {
    const { length } = text
    this.room = length > this.usual.starts.length ? room(length) : this.usual
    this.original = text
    this.shown = undefined
    const { bytes, starts } = this.room
    let at = 0
    let seen = 0
    let digits = 0
    let carets = 0
    let beyond = 0
    this.hasSkipped = false
    /** What is left out together with what stands before still counts. */
    let next = 0
    for (let i = 0; i < length; i++) {
      let code = codeAt(text, i)
      if (code < 0x80) {
        const bits = BITS[code] as number
        seen |= bits
        digits += bits & IS_DIGIT
        if (i < next) continue
        if ((bits & IS_CONTROL) !== 0) {
          if (code === ESC) {
            next = controlEnd(text, i) + 1
            this.hasSkipped = true
          }
          continue
        }
      } else {
        seen |= IS_CONTROL
        const read = readsAs(text, i, code)
        const plain = read & UNIT
        if (plain >= 0x30 && plain <= 0x39) digits++
        if (i < next) continue
        next = i + (read >> UNIT_BITS)
        if (next === i + 3) this.hasSkipped = true
        if (plain === IGNORED) continue
        code = plain
        beyond |= code
        if (code < 0x80) carets |= BITS[code] as number
      }
      bytes[at] = code < 0x80 ? code : BEYOND_ASCII
      starts[at++] = i
    }
    this.length = at
    this.isAscii = beyond < 0x80
    const flags = counted(digits, seen, length) | stretched(text)
    return digits >= 12 && (carets & IS_CARET) !== 0 ? flags | STRIPE : flags
  }

  get bytes(): Buffer {
    return this.room.bytes
  }

  text(): string {
    this.shown ??= this.isAscii ? this.bytes.toString('latin1', 0, this.length) : this.beyondAscii()
    return this.shown
  }

  private beyondAscii(): string {
    const { bytes, starts, units, memory } = this.room
    for (let at = 0; at < this.length; at++) {
      const byte = bytes[at] as number
      units[at] = byte < 0x80 ? byte : codeAt(this.original, starts[at] as number)
    }
    return memory.toString('utf16le', 0, 2 * this.length)
  }

  start(at: number): number {
    return this.room.starts[at] ?? 0
  }

  /** A digit beyond the BMP was two code units. */
  end(at: number): number {
    const start = this.start(at)
    const code = codeAt(this.original, start)
    const wasPair = code >= 0xd800 && code <= 0xdbff && this.room.bytes[at] !== BEYOND_ASCII
    return wasPair ? start + 2 : start + 1
  }

  /** Gives the room of a long text back. */
  clear(): void {
    this.room = this.usual
    this.original = ''
    this.shown = undefined
  }
}

/** The text as it reads. */
export function fold(text: string): string {
  const folding = new Folding(text.length)
  folding.read(text)
  return folding.text()
}
