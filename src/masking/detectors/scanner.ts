/**
 * All detectors over one text, and the text with everything they found masked. Built-in ones read the
 * text as it folds, with escapes undone and encodings unpacked, two layers deep.
 */
import { REDACTED } from '../formats.js'
import { TextGlance } from '../glance/text-glance.js'
import type { Detector } from './detector.js'
import { mayBeCodes } from './digit-bytes.js'
import { unescapeText } from './encoded/escapes.js'
import { holdsToken, type Packed, packedTexts } from './encoded/packed.js'
import { binaryCodes, characterCodes, digitSymbols, digitWords } from './encoded/spelled.js'
import { extraFindings } from './extra.js'
import { disjoint, type Finding, moved, replaced } from './findings.js'
import { SHORTEST as FEWEST_DIGITS } from './pan/digit-run.js'
import { exponentNumbers, mayHoldExponent } from './pan/exponents.js'
import { PanFinder } from './pan/pan-finder.js'
import {
  ESCAPES,
  EXOTIC,
  LONG_WORD,
  MANY_DIGITS,
  NAMED_DIGITS,
  NOTHING,
  SOME_DIGITS,
  SPELLED_DIGITS,
  STRIPE,
  VERY_MANY_DIGITS,
} from './prescan.js'
import { mayHoldNamed, prescanBytes, SHORTEST } from './prescan-bytes.js'
import { mayNameCodes } from './sad/codes.js'
import { findSad } from './sad/sad-finder.js'
import { isOnlyWord, leavesNoCodes, leavesNoNumber, leavesNoWord } from './settled.js'
import { truncatedIn } from './shown.js'
import { NOT_ASCII, TextBytes } from './text-bytes.js'
import { Folding } from './unicode.js'
import type { View } from './view.js'

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
/** What a text needs to have beside digits to hold another. */
const ENCODINGS = EXOTIC | ESCAPES | LONG_WORD | VERY_MANY_DIGITS | SPELLED_DIGITS
/** What makes it hard to tell whether anything is in a text once a number in it is masked. */
const UNSETTLED = ESCAPES | SPELLED_DIGITS | NAMED_DIGITS | STRIPE
const DIGITS_ONLY = SOME_DIGITS | MANY_DIGITS | VERY_MANY_DIGITS
/** As many as a card number has in bits. */
const BITS_DIGITS = 96
/** Characters of a text that needs no memory of its own. */
const USUAL = 4096

function holdsCodes(text: string): boolean {
  return characterCodes(text).length > 0 || binaryCodes(text).length > 0
}

export class Scanner {
  private readonly pans = new PanFinder()
  private readonly folding = new Folding(USUAL)
  private readonly bytes = new TextBytes(USUAL)
  private glance: TextGlance | undefined
  /** Whether nothing is in the text that was looked at last once it is masked. */
  private isSettled = false
  /** But for codes, of which there may be some. */
  private hasCodes = false
  /** Whether there may be numbers with exponents in it. */
  private hasFloats = false

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
    let masked = replaced(text, findings)
    if (this.isSettled && !(this.hasCodes && holdsCodes(masked))) return { text: masked, findings }
    const all = [...findings]
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
    this.isSettled = false
    const builtIn = this.builtIn(text, DEPTH)
    this.bytes.clear()
    this.folding.clear()
    if (this.extra.length === 0) return disjoint(builtIn)
    this.isSettled = false
    const extra = extraFindings(text, this.extra)
    return extra.length === 0 ? disjoint(builtIn) : disjoint([...builtIn, ...extra])
  }

  private builtIn(text: string, depth: number): readonly Finding[] {
    if (text.length < SHORTEST) return NONE
    const { bytes, folding } = this
    let flags = bytes.read(text)
    if (flags === NOTHING) return NONE
    const isAscii = flags !== NOT_ASCII
    if (!isAscii) flags = folding.read(text)
    else if ((flags & EXOTIC) !== 0) folding.read(text)
    const found = (flags & SOME_DIGITS) === 0 ? NONE : this.plain(text, flags)
    // Of other texts in the text it says nothing.
    if (depth < DEPTH) this.isSettled = false
    if (depth === 0 || (flags & ENCODINGS) === 0) return found
    const packed = this.packed(text, flags, isAscii)
    if ((flags & ESCAPES) === 0 && packed.length === 0) return found
    this.isSettled = false
    const all = [...found]
    if ((flags & ESCAPES) !== 0) this.escaped(text, depth, all)
    for (const one of packed) this.unpacked(one, depth, all)
    return all
  }

  private plain(text: string, flags: number): readonly Finding[] {
    const { bytes, folding } = this
    if ((flags & EXOTIC) === 0) {
      const found = this.seen(bytes, flags)
      if (found.length === 1) this.isSettled = this.settles(text, bytes, flags, found[0], found[0])
      return found
    }
    const named = folding.isAscii
      ? mayHoldNamed(folding.bytes, 0, folding.length)
      : mayNameCodes(text, folding)
    const read = named ? flags | NAMED_DIGITS : flags & ~NAMED_DIGITS
    const seen = this.seen(folding, read)
    if (seen.length === 0) return seen
    const found = moved(seen, folding)
    if (found.length === 1 && !folding.hasSkipped)
      this.isSettled = this.settles(text, folding, read, seen[0], found[0])
    return found
  }

  /**
   * Whether nothing is in the text once the number is masked.
   *
   * @param seen the only finding, as it stands in the view
   * @param found the same in the text
   */
  private settles(text: string, view: View, flags: number, seen?: Finding, found?: Finding): boolean {
    if ((flags & UNSETTLED) !== 0 || seen?.detector !== 'pan' || found === undefined) return false
    const { start, end } = seen
    if (this.pans.dependsOnOthers || this.hasFloats || !leavesNoNumber(view, start, end)) return false
    if ((flags & LONG_WORD) !== 0 && !isOnlyWord(text, found.start, found.end)) return false
    this.hasCodes = (flags & VERY_MANY_DIGITS) !== 0 && !leavesNoCodes(view, start, end)
    return leavesNoWord(text, found.start, found.end)
  }

  private seen(view: View, flags: number): readonly Finding[] {
    const { pans } = this
    const { bytes } = view
    const many = (flags & MANY_DIGITS) !== 0
    const numbers = many ? pans.find(view) : NO_NUMBERS
    this.hasFloats = many && mayHoldExponent(bytes, 0, view.length)
    const floats = this.hasFloats ? exponentNumbers(view) : NONE
    const sad = findSad(view, {
      numbers,
      stripe: (flags & STRIPE) !== 0,
      track: many && pans.mayBeTrack,
      named: (flags & NAMED_DIGITS) !== 0,
      words: (flags & LONG_WORD) !== 0,
    })
    if (numbers.length === 0 && floats.length === 0 && sad.length === 0) return NONE
    const found: Finding[] = []
    for (const [start, end] of numbers) {
      found.push({ start, end, replacement: truncatedIn(bytes, start, end), detector: 'pan' })
    }
    for (const span of floats) found.push({ ...span, detector: 'pan' })
    for (const { start, end, track } of sad) {
      found.push(track ? { start, end, detector: 'sad', refuse: true } : { start, end, detector: 'sad' })
    }
    return found
  }

  /** Other texts in the text. */
  private packed(text: string, flags: number, isAscii: boolean): readonly Packed[] {
    const { bytes, folding } = this
    const packed: Packed[] = []
    if ((flags & LONG_WORD) !== 0)
      packed.push(...packedTexts(text, !isAscii || holdsToken(bytes.bytes, text.length)))
    if ((flags & VERY_MANY_DIGITS) !== 0) {
      const { pans } = this
      const isExotic = (flags & EXOTIC) !== 0
      if (isExotic || mayBeCodes(bytes.bytes, 0, text.length)) packed.push(...characterCodes(text))
      if ((isExotic ? text.length : pans.mostDigits) >= BITS_DIGITS) packed.push(...binaryCodes(text))
    }
    if ((flags & SPELLED_DIGITS) !== 0) packed.push(...digitWords(text))
    if (!isAscii && !folding.isAscii) packed.push(...digitSymbols(text))
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
