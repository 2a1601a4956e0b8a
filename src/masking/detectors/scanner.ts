/**
 * All detectors over one text, and the text with everything they found masked. Built-in ones read the
 * text as it folds, with escapes undone and encodings unpacked, two layers deep.
 */
import { REDACTED, truncated } from '../formats.js'
import { TextGlance } from '../glance/text-glance.js'
import type { Detector } from './detector.js'
import { mayBeCodes } from './digit-bytes.js'
import { unescapeText } from './encoded/escapes.js'
import { holdsToken, type Packed, packedTexts } from './encoded/packed.js'
import { binaryCodes, characterCodes, digitSymbols, digitWords } from './encoded/spelled.js'
import { extraFindings } from './extra.js'
import { digitsOf, disjoint, type Finding, moved, replaced } from './findings.js'
import { SHORTEST as FEWEST_DIGITS } from './pan/digit-run.js'
import { exponentNumbers, mayHoldExponent } from './pan/exponents.js'
import { PanFinder } from './pan/pan-finder.js'
import {
  ESCAPES,
  EXOTIC,
  LONG_WORD,
  MANY_DIGITS,
  NOTHING,
  prescan,
  SOME_DIGITS,
  SPELLED_DIGITS,
  VERY_MANY_DIGITS,
} from './prescan.js'
import { mayHoldNamed, NAMED_DIGITS, prescanBytes, SHORTEST, STRIPE } from './prescan-bytes.js'
import { findSad } from './sad/sad-finder.js'
import { TextBytes } from './text-bytes.js'
import { Folding } from './unicode.js'

/** A text after masking. */
export interface Scanned {
  readonly text: string
  readonly findings: readonly Finding[]
}

const DEPTH = 2
/** Masking what was found can bring to light what stood too close to it. */
const PASSES = 4
const NONE: readonly Finding[] = []
const NO_NUMBERS: readonly (readonly [start: number, end: number])[] = []
const BACKSLASH = 0x5c
const DIGITS_ONLY = SOME_DIGITS | MANY_DIGITS | VERY_MANY_DIGITS
/** As many as a card number has in bits. */
const BITS_DIGITS = 96
/** Characters of a text that needs no memory of its own. */
const USUAL = 4096

export class Scanner {
  private readonly pans = new PanFinder()
  private readonly folding = new Folding(USUAL)
  private readonly bytes = new TextBytes(USUAL)
  private glance: TextGlance | undefined

  /** @param extra detectors of the owner of the data, beside the built-in ones */
  constructor(private readonly extra: readonly Detector[] = []) {}

  /** Whether there are detectors beside the built-in ones, which may look for anything. */
  get hasExtra(): boolean {
    return this.extra.length > 0
  }

  /** Whether one of the detectors beside the built-in ones has it that a field or key of this name holds its values. */
  namesExtra(name: string): boolean {
    return this.extra.some(detector => detector.names?.(name) === true)
  }

  /** The masked text, or undefined when there is nothing to mask. Scanning its text again finds nothing. */
  mask(text: string): Scanned | undefined {
    let findings = this.find(text)
    if (findings.length === 0) return undefined
    const all = [...findings]
    let masked = replaced(text, findings)
    for (let pass = 1; pass < PASSES; pass++) {
      findings = this.glanceClears(masked) ? NONE : this.find(masked)
      if (findings.length === 0) return { text: masked, findings: all }
      all.push(...findings)
      masked = replaced(masked, findings)
    }
    return { text: this.find(masked).length === 0 ? masked : REDACTED, findings: all }
  }

  private glanceClears(text: string): boolean {
    if (this.extra.length > 0) return false
    this.glance ??= new TextGlance()
    return this.glance.clears(text)
  }

  /** Whether nothing can be found in the text that these bytes are in UTF-8; false where it has to be looked at. */
  clears(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.extra.length > 0) return false
    if (end - start < SHORTEST) return true
    const flags = prescanBytes(bytes, start, end)
    if ((flags & MANY_DIGITS) === 0) return (flags & ~SOME_DIGITS) === 0
    if ((flags & ~DIGITS_ONLY) !== 0 || this.pans.mayFind(bytes, start, end)) return false
    if (this.pans.mayBeTrack || mayHoldExponent(bytes, start, end)) return false
    if ((flags & VERY_MANY_DIGITS) === 0) return true
    return this.pans.mostDigits < BITS_DIGITS && !mayBeCodes(bytes, start, end)
  }

  /** As `clears`, for a number in plain decimal notation. */
  clearsNumber(bytes: Uint8Array, start: number, end: number): boolean {
    return (this.extra.length === 0 && end - start < FEWEST_DIGITS) || this.clears(bytes, start, end)
  }

  /** As `clears`, for JSON in any notation: what its members, put together or unescaped, may say. */
  clearsJson(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.extra.length > 0) return false
    if (end - start < SHORTEST) return true
    if (prescanBytes(bytes, start, end) !== NOTHING) return false
    for (let at = start; at < end; at++) if (bytes[at] === BACKSLASH) return false
    return true
  }

  /** What is in the text, in order, without overlaps. */
  find(text: string): readonly Finding[] {
    const builtIn = this.builtIn(text, DEPTH)
    this.bytes.clear()
    if (this.extra.length === 0) return disjoint(builtIn)
    const extra = extraFindings(text, this.extra)
    return extra.length === 0 ? disjoint(builtIn) : disjoint([...builtIn, ...extra])
  }

  private builtIn(text: string, depth: number): readonly Finding[] {
    if (text.length < SHORTEST) return NONE
    const { bytes } = this
    // Of what is beyond ASCII, bytes say too much.
    const seen = bytes.read(text) ? prescanBytes(bytes.all, 0, text.length) : prescan(text)
    if (seen === NOTHING) return NONE
    const flags = seen & ~(NAMED_DIGITS | STRIPE)
    const found = (flags & SOME_DIGITS) === 0 ? NONE : this.plain(text, flags, (seen & NAMED_DIGITS) !== 0)
    if (depth === 0 || (flags & ~(SOME_DIGITS | MANY_DIGITS)) === 0) return found
    const packed = this.packed(text, flags)
    if ((flags & ESCAPES) === 0 && packed.length === 0) return found
    const all = [...found]
    if ((flags & ESCAPES) !== 0) this.escaped(text, depth, all)
    for (const one of packed) this.unpacked(one, depth, all)
    return all
  }

  /** @param named whether a verification code may stand behind its name, where the text is read as it stands */
  private plain(text: string, flags: number, named: boolean): readonly Finding[] {
    return (flags & EXOTIC) === 0 ? this.seen(text, this.bytes.all, named, flags) : this.folded(text, flags)
  }

  private folded(text: string, flags: number): readonly Finding[] {
    const { folding } = this
    folding.read(text)
    const view = folding.text()
    const named = !folding.isAscii || mayHoldNamed(folding.bytes, 0, view.length)
    const found = this.seen(view, folding.bytes, named, flags)
    const result = found.length > 0 && view !== text ? moved(found, folding) : found
    folding.clear()
    return result
  }

  /** @param bytes one for each character of the text */
  private seen(text: string, bytes: Uint8Array, named: boolean, flags: number): readonly Finding[] {
    const { pans } = this
    const many = (flags & MANY_DIGITS) !== 0
    const numbers = many ? pans.find(text, bytes) : NO_NUMBERS
    const floats = many && mayHoldExponent(bytes, 0, text.length) ? exponentNumbers(text) : NONE
    const sad = findSad(text, {
      numbers,
      many,
      track: many && pans.mayBeTrack,
      named,
      words: (flags & LONG_WORD) !== 0,
    })
    if (numbers.length === 0 && floats.length === 0 && sad.length === 0) return NONE
    const found: Finding[] = []
    for (const [start, end] of numbers) {
      const replacement = truncated(digitsOf(text, start, end))
      found.push({ start, end, replacement, detector: 'pan' })
    }
    for (const span of floats) found.push({ ...span, detector: 'pan' })
    for (const { start, end, track } of sad) {
      found.push({ start, end, detector: 'sad', ...(track ? { refuse: true } : {}) })
    }
    return found
  }

  /** Other texts in the text. */
  private packed(text: string, flags: number): readonly Packed[] {
    const { bytes } = this
    const packed: Packed[] = []
    if ((flags & LONG_WORD) !== 0)
      packed.push(...packedTexts(text, !bytes.isAscii || holdsToken(bytes.all, text.length)))
    if ((flags & VERY_MANY_DIGITS) !== 0) {
      const { pans } = this
      const isExotic = (flags & EXOTIC) !== 0
      if (isExotic || mayBeCodes(bytes.all, 0, text.length)) packed.push(...characterCodes(text))
      if (isExotic || pans.mostDigits >= BITS_DIGITS) packed.push(...binaryCodes(text))
    }
    if ((flags & SPELLED_DIGITS) !== 0) packed.push(...digitWords(text))
    if ((flags & EXOTIC) !== 0) packed.push(...digitSymbols(text))
    return packed
  }

  private escaped(text: string, depth: number, found: Finding[]): void {
    const plain = unescapeText(text)
    if (plain === undefined) return
    found.push(...moved(this.builtIn(plain.text, depth - 1), plain.origins))
  }

  private unpacked({ start, end, text }: Packed, depth: number, found: Finding[]): void {
    const inside = this.builtIn(text, depth - 1)
    if (inside.length === 0) return
    const refuse = inside.some(finding => finding.refuse)
    const detector = inside.some(finding => finding.detector === 'sad') ? 'sad' : 'pan'
    found.push({ start, end, detector, ...(refuse ? { refuse } : {}) })
  }
}
