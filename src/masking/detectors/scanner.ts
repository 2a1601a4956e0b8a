/**
 * All detectors over one text, and the text with everything they found masked. Built-in ones read the
 * text as it folds, with escapes undone and encodings unpacked, two layers deep.
 */
import { REDACTED, truncated } from '../formats.js'
import type { Detector } from './detector.js'
import { mayHoldNumber } from './digit-bytes.js'
import { unescapeText } from './encoded/escapes.js'
import { packedTexts } from './encoded/packed.js'
import { characterCodes, digitSymbols, digitWords } from './encoded/spelled.js'
import { extraFindings, type Finding } from './extra.js'
import { mayHoldRun } from './pan/digit-run.js'
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
import { prescanBytes, SHORTEST } from './prescan-bytes.js'
import { findSad } from './sad/sad-finder.js'
import { fold, foldOrigins, type Origins } from './unicode.js'

/** A text after masking. */
export interface Scanned {
  readonly text: string
  readonly findings: readonly Finding[]
}

const DEPTH = 2
/** Masking what was found can bring to light what stood too close to it. */
const PASSES = 4
const NONE: readonly Finding[] = []
const BACKSLASH = 0x5c
/** Fewer are no card number, and without words they are no code. */
const FEWEST_DIGITS = 12

export class Scanner {
  private readonly pans = new PanFinder()

  /** @param extra detectors of the owner of the data, beside the built-in ones */
  constructor(private readonly extra: readonly Detector[] = []) {}

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
      findings = this.find(masked)
      if (findings.length === 0) return { text: masked, findings: all }
      all.push(...findings)
      masked = replaced(masked, findings)
    }
    return { text: this.find(masked).length === 0 ? masked : REDACTED, findings: all }
  }

  /** Whether nothing can be found in the text that these bytes are in UTF-8; false where it has to be looked at. */
  clears(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.extra.length > 0) return false
    if (end - start < SHORTEST) return true
    const flags = prescanBytes(bytes, start, end)
    if (flags === NOTHING) return true
    if ((flags & ~(SOME_DIGITS | MANY_DIGITS | VERY_MANY_DIGITS)) !== 0) return false
    if ((flags & MANY_DIGITS) === 0) return true
    return !mayHoldNumber(bytes, start, end) && !mayHoldExponent(bytes, start, end)
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
    if (this.extra.length === 0) return builtIn.length < 2 ? builtIn : disjoint([...builtIn])
    const extra = extraFindings(text, this.extra)
    if (extra.length === 0) return builtIn.length < 2 ? builtIn : disjoint([...builtIn])
    return disjoint([...builtIn, ...extra])
  }

  private builtIn(text: string, depth: number): readonly Finding[] {
    if (text.length < SHORTEST) return NONE
    const flags = prescan(text)
    if (flags === NOTHING) return NONE
    const found = (flags & SOME_DIGITS) === 0 ? NONE : this.plain(text, flags)
    if (depth === 0 || flags === SOME_DIGITS || flags === (SOME_DIGITS | MANY_DIGITS)) return found
    const all = [...found]
    if ((flags & ESCAPES) !== 0) this.escaped(text, depth, all)
    if ((flags & LONG_WORD) !== 0) this.packed(packedTexts(text), depth, all)
    if ((flags & VERY_MANY_DIGITS) !== 0) this.packed(characterCodes(text), depth, all)
    if ((flags & SPELLED_DIGITS) !== 0) this.packed(digitWords(text), depth, all)
    if ((flags & EXOTIC) !== 0) this.packed(digitSymbols(text), depth, all)
    return all
  }

  private plain(text: string, flags: number): readonly Finding[] {
    const view = (flags & EXOTIC) === 0 ? text : fold(text)
    const found: Finding[] = []
    const many = (flags & MANY_DIGITS) !== 0
    const together = many && mayHoldRun(view)
    if (together) {
      for (const [start, end] of this.pans.find(view)) {
        const replacement = truncated(view.slice(start, end).replace(/\D|^0+/g, ''))
        found.push({ start, end, replacement, detector: 'pan' })
      }
    }
    if (many) for (const span of exponentNumbers(view)) found.push({ ...span, detector: 'pan' })
    const looks = { many, together, words: (flags & LONG_WORD) !== 0 }
    for (const { start, end, track } of findSad(view, looks)) {
      found.push({ start, end, detector: 'sad', ...(track ? { refuse: true } : {}) })
    }
    return found.length > 0 && view !== text ? moved(found, foldOrigins(text)) : found
  }

  private escaped(text: string, depth: number, found: Finding[]): void {
    const plain = unescapeText(text)
    if (plain === undefined) return
    found.push(...moved(this.builtIn(plain.text, depth - 1), plain.origins))
  }

  private packed(texts: ReturnType<typeof packedTexts>, depth: number, found: Finding[]): void {
    for (const { start, end, text } of texts) {
      const inside = this.builtIn(text, depth - 1)
      if (inside.length === 0) continue
      const refuse = inside.some(finding => finding.refuse)
      const detector = inside.some(finding => finding.detector === 'sad') ? 'sad' : 'pan'
      found.push({ start, end, detector, ...(refuse ? { refuse } : {}) })
    }
  }
}

function moved(findings: readonly Finding[], { starts, ends }: Origins): Finding[] {
  return findings.map(finding => ({
    ...finding,
    start: starts[finding.start] ?? 0,
    end: ends[finding.end - 1] ?? 0,
  }))
}

/** Findings that touch become one; unless one covers the others with its own words, it is redacted. */
function disjoint(findings: Finding[]): readonly Finding[] {
  const sorted = findings.sort((a, b) => a.start - b.start || b.end - a.end)
  const result: Finding[] = []
  for (const finding of sorted) {
    const last = result.at(-1)
    if (last === undefined || finding.start >= last.end) {
      result.push(finding)
      continue
    }
    result[result.length - 1] = union(last, finding)
  }
  return result
}

function union(a: Finding, b: Finding): Finding {
  const detector = a.detector === 'sad' || b.detector === 'sad' ? 'sad' : a.detector
  const same = a.start === b.start && a.end === b.end && a.replacement === b.replacement
  return {
    start: a.start,
    end: Math.max(a.end, b.end),
    detector,
    ...(a.refuse || b.refuse ? { refuse: true } : {}),
    ...(same && a.replacement !== undefined ? { replacement: a.replacement } : {}),
  }
}

function replaced(text: string, findings: readonly Finding[]): string {
  let result = ''
  let at = 0
  for (const { start, end, replacement } of findings) {
    result += text.slice(at, start) + (replacement ?? REDACTED)
    at = end
  }
  return result + text.slice(at)
}
