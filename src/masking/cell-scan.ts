/**
 * The net under lineage: detectors over one cell of any type. What is found is masked in the cell's own
 * type where that can hold the mask; nothing found means that the very same value is returned.
 */
import { types } from 'node:util'
import type { Tally } from './counts.js'
import { issuerOf } from './detectors/pan/brands.js'
import { namesCardData } from './detectors/pan/context.js'
import type { Scanned, Scanner } from './detectors/scanner.js'
import { REDACTED } from './formats.js'
import { ByteGlance } from './glance/byte-glance.js'
import { TextGlance } from './glance/text-glance.js'

/** Thrown through a row and caught where the result is refused. Holds nothing of the cell. */
export class SensitiveDataFound extends Error {}

/** Deeper documents are not walked but redacted. */
const DEEPEST = 100
/** Bytes that may be a number as packed decimals (ISO 8583 BCD). */
const PACKED_BYTES = 16
/** The smallest number that has as many digits as the shortest card number. */
const LARGE = 1e11
/**
 * Texts side by side may be the groups of one number. Numbers are a list, unless their name speaks of
 * cards: of a list only single digits and other very short members may be.
 */
const TEXT_GAP = ' '
const NUMBER_GAP = ','
/** Names of fields and keys whose context is kept. */
const KNOWN_NAMES = 2000
const LONGEST_NAME = 128

/** What the text of a cell is: a number in plain decimal notation, any text, or a document. */
export type CellForm = 'number' | 'text' | 'json'

export class CellScan {
  private readonly contexts = new Map<string, string>()
  private ownGlance: TextGlance | undefined
  private ownByteGlance: ByteGlance | undefined

  constructor(private readonly scanner: Scanner) {}

  /**
   * What stands before a value when the name of its field or key says what it holds (cards, or what another
   * detector looks for), so that the words of the name count as words of the text; otherwise empty.
   */
  context(name: string): string {
    const known = this.contexts.get(name)
    if (known !== undefined) return known
    const context = namesCardData(name) || this.namesExtra(name) ? `${name.replace(/\d/g, '')}: ` : ''
    if (this.contexts.size < KNOWN_NAMES) this.contexts.set(name, context)
    return context
  }

  /** Whether cells of a field of this name are looked at whatever their type. */
  namesExtra(name: string): boolean {
    return name.length <= LONGEST_NAME && this.scanner.namesExtra(name)
  }

  /** For cells of fields that it can be taken of. */
  get glance(): TextGlance {
    this.ownGlance ??= new TextGlance()
    return this.ownGlance
  }

  /** The same for cells in bytes. */
  get byteGlance(): ByteGlance {
    this.ownByteGlance ??= new ByteGlance()
    return this.ownByteGlance
  }

  /** Whether what a glance has cleared holds nothing, in a field of this name: other detectors may look for anything. */
  canGlance(name: string): boolean {
    return !this.scanner.hasExtra && this.context(name) === ''
  }

  /** Whether a cell holds nothing, from its UTF-8 bytes; false where it has to be looked at. */
  clears(bytes: Uint8Array, start: number, end: number, form: CellForm): boolean {
    switch (form) {
      case 'number':
        return this.scanner.clearsNumber(bytes, start, end)
      case 'text':
        return this.scanner.clears(bytes, start, end)
      case 'json':
        return this.scanner.clearsJson(bytes, start, end)
    }
  }

  /** @param context of the field or key that holds the cell */
  cell(value: unknown, tally: Tally, context = '', depth = 0): unknown {
    if (typeof value === 'string') return this.text(value, tally, context)
    if (typeof value === 'number') return this.number(value, tally, context)
    if (typeof value === 'bigint') {
      const text = String(value)
      const masked = this.text(text, tally, context)
      return masked === text ? value : masked
    }
    if (typeof value !== 'object' || value === null) return value
    if (value instanceof Date) return this.date(value, tally, context)
    if (value instanceof Uint8Array) return this.bytes(value, tally, context)
    // Bytes in another shape have no properties to look into.
    const bytes = bytesOf(value)
    if (bytes !== undefined) {
      const masked = this.bytes(bytes, tally, context)
      return masked === bytes ? value : masked
    }
    if (depth >= DEEPEST) {
      tally.add('too-deep')
      return REDACTED
    }
    return Array.isArray(value) ? this.array(value, tally, context, depth) : this.object(value, tally, depth)
  }

  /** A cell of an array type whose elements are numbers, also where the driver gives them as text. */
  numbers(value: unknown, tally: Tally, context = ''): unknown {
    return Array.isArray(value)
      ? this.array(value, tally, context, 0, true)
      : this.cell(value, tally, context)
  }

  /** A text, or a field's name. */
  text(text: string, tally: Tally, context = ''): string {
    const scanned = this.scanner.mask(text) ?? this.inContext(text, context)
    if (scanned === undefined) return text
    for (const { detector, refuse } of scanned.findings) {
      if (refuse) throw new SensitiveDataFound()
      tally.add(detector)
    }
    if (tally.watches) for (const pan of this.pansIn(text, context)) tally.saw(pan)
    return scanned.text
  }

  /** The stretches of a text that are card numbers, for a budget that counts them. */
  private pansIn(text: string, context: string): readonly string[] {
    const found = this.scanner.find(text)
    const whole = found.length > 0 ? text : context + text
    const all = found.length > 0 ? found : this.scanner.find(whole)
    return all.filter(({ detector }) => detector === 'pan').map(({ start, end }) => whole.slice(start, end))
  }

  private inContext(text: string, context: string): Scanned | undefined {
    if (context === '' || text.length < 3) return undefined
    const scanned = this.scanner.mask(context + text)
    if (scanned === undefined || !scanned.text.startsWith(context)) return undefined
    return { text: scanned.text.slice(context.length), findings: scanned.findings }
  }

  /** Only a detector beside the built-in ones looks for dates, and by their name. */
  private date(value: Date, tally: Tally, context: string): Date | string {
    if (context === '' || Number.isNaN(value.getTime()) || !this.namesExtra(context)) return value
    const day = value.toISOString().slice(0, 10)
    const masked = this.text(day, tally, context)
    return masked === day ? value : masked
  }

  private number(value: number, tally: Tally, context: string): number | string {
    if (!(Math.abs(value) < 1e20)) return value
    const whole = Number.isInteger(value)
    if (Math.abs(value) < LARGE && (context === '' || !whole)) return value
    const text = String(value)
    const masked = this.text(text, tally, context)
    if (masked !== text) return masked
    if (!whole || Number.isSafeInteger(value) || !listedIssuer(text)) return value
    // A PAN that lost its last digits to a float has no check digit left to look at.
    tally.add('pan')
    tally.saw(text)
    return REDACTED
  }

  private bytes(bytes: Uint8Array, tally: Tally, context: string): Uint8Array {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (buffer.length <= PACKED_BYTES) {
      const packed = /^\d{12,}f?$/.exec(buffer.toString('hex'))?.[0].replace('f', '')
      if (packed !== undefined && this.text(packed, tally) !== packed) return Buffer.from(REDACTED)
    }
    for (const encoding of ['latin1', 'utf8'] as const) {
      const text = buffer.toString(encoding)
      const masked = this.text(text, tally, context)
      if (masked !== text) return Buffer.from(masked, encoding)
      if (buffer.every(byte => byte < 128)) break
    }
    return bytes
  }

  private array(
    values: readonly unknown[],
    tally: Tally,
    context: string,
    depth: number,
    numbers = values.every(value => typeof value === 'number'),
  ): unknown {
    let changed: unknown[] | undefined
    for (let i = 0; i < values.length; i++) {
      const masked = this.cell(values[i], tally, context, depth + 1)
      if (Object.is(masked, values[i])) continue
      changed ??= [...values]
      changed[i] = masked
    }
    if (changed !== undefined) return changed
    // One number spread over an array of its digits or groups.
    const gap = numbers && context === '' ? NUMBER_GAP : TEXT_GAP
    const joined = values.length >= 3 && values.every(isShort) ? values.join(gap) : ''
    return joined !== '' && this.text(joined, tally, context) !== joined ? values.map(() => REDACTED) : values
  }

  private object(value: object, tally: Tally, depth: number): unknown {
    let changed = false
    const entries = Object.entries(value).map(([key, inner]): [string, unknown] => {
      const name = this.text(key, tally)
      const masked = this.cell(inner, tally, this.context(key), depth + 1)
      if (name !== key || !Object.is(masked, inner)) changed = true
      return [name, masked]
    })
    return changed ? Object.fromEntries(entries) : value
  }
}

function bytesOf(value: object): Buffer | undefined {
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return types.isAnyArrayBuffer(value) ? Buffer.from(value) : undefined
}

function isShort(value: unknown): boolean {
  return (typeof value === 'string' || typeof value === 'number') && String(value).length <= 8
}

function listedIssuer(text: string): boolean {
  const digits = Uint8Array.from(text.replace('-', ''), Number)
  return digits.length >= 16 && digits.length <= 19 && issuerOf(digits, 0, digits.length) !== 'none'
}
