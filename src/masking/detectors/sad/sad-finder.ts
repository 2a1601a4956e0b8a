/**
 * Sensitive authentication data in ASCII-folded text (PCI DSS 3.3.1): magnetic stripe tracks, which refuse
 * the whole result, and verification codes, PINs and PIN blocks beside their names, which are redacted.
 * Every pattern is bounded, so that time stays linear.
 */
import { fold } from '../unicode.js'
import type { View } from '../view.js'
import { NAME } from './code-names.data.js'
import { codesInARow, namedCodes } from './codes.js'
import { mayBePinBlock, PIN_NAME, pinBlocks } from './pin-blocks.js'
import { tracksOne, tracksTwo } from './tracks.js'

export interface SadSpan {
  readonly start: number
  readonly end: number
  readonly track: boolean
}

const NAMED = new RegExp(`${NAME}|${PIN_NAME}|^pin$|^(?:de|f|field)[ _]?0?52$|track.?[12]`, 'i')

/** Whether a field or key of this name holds verification codes, PINs, PIN blocks or stripes. */
export function namesSad(name: string): boolean {
  return NAMED.test(fold(name))
}

/** What is known of a text before it is looked at. */
export interface Looks {
  /** Card numbers in it. */
  readonly numbers: readonly (readonly [start: number, end: number])[]
  /** There are carets, and enough digits for a stripe. */
  readonly stripe: boolean
  /** Digits enough for a card number are followed by what separates them in track 2. */
  readonly track: boolean
  /** A verification code may stand behind its name. */
  readonly named: boolean
  /** There are words of 16 characters. */
  readonly words: boolean
}

const NONE: readonly SadSpan[] = []

export function findSad(view: View, { numbers, stripe, track, named, words }: Looks): readonly SadSpan[] {
  if (!stripe && !track && !named && !words && numbers.length === 0) return NONE
  const found: SadSpan[] = []
  if (stripe) tracksOne(view.text(), found)
  if (track) tracksTwo(view.text(), found)
  codesInARow(view, numbers, found)
  if (named) namedCodes(view.text(), found)
  if (words && mayBePinBlock(view)) pinBlocks(view.text(), found)
  return found
}
