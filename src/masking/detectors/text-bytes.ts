import { codeAt } from './code-units.js'
import { BITS, IS_DIGIT } from './prescan.js'
import { flagged, prescanBytes } from './prescan-bytes.js'
import type { View } from './view.js'

/** Characters up to which a loop over them is quicker than to call the encoder. */
const SHORT = 64

/** Of a text that is not ASCII, of which `TextBytes` says nothing. */
export const NOT_ASCII = -1

/** One ASCII text after the other as bytes, in the same memory unless one is longer. */
export class TextBytes implements View {
  private readonly usual: Buffer
  private readonly encoder = new TextEncoder()
  private original = ''
  bytes: Buffer

  /** @param usual characters of texts that need no memory of their own */
  constructor(usual: number) {
    this.usual = Buffer.alloc(usual)
    this.bytes = this.usual
  }

  /**
   * Overwrites what was read before.
   *
   * @returns what `prescanBytes` says of the text, or `NOT_ASCII`.
   */
  read(text: string): number {
    const { length } = text
    const { usual } = this
    this.original = text
    this.bytes = usual
    if (length <= SHORT) return this.readShort(text, length)
    if (length <= usual.length) {
      const { read, written } = this.encoder.encodeInto(text, usual)
      if (read !== length || written !== length) return NOT_ASCII
    } else {
      if (Buffer.byteLength(text) !== length) return NOT_ASCII
      this.bytes = Buffer.from(text, 'latin1')
    }
    return prescanBytes(this.bytes, 0, length)
  }

  private readShort(text: string, length: number): number {
    const { usual } = this
    let digits = 0
    let seen = 0
    for (let at = 0; at < length; at++) {
      const code = codeAt(text, at)
      if (code >= 0x80) return NOT_ASCII
      const bits = BITS[code] as number
      usual[at] = code
      seen |= bits
      digits += bits & IS_DIGIT
    }
    return flagged(usual, 0, length, digits, seen)
  }

  get length(): number {
    return this.original.length
  }

  text(): string {
    return this.original
  }

  /** Gives the memory of a long text back. */
  clear(): void {
    this.bytes = this.usual
    this.original = ''
  }
}
