/**
 * The net under lineage: detectors over one cell of any type. What is found is masked in the cell's own
 * type where that can hold the mask; nothing found means that the very same value is returned.
 */
import type { Tally } from './counts.js'
import { issuerOf } from './detectors/pan/brands.js'
import { namesCardData } from './detectors/pan/context.js'
import type { Scanned, Scanner } from './detectors/scanner.js'
import { REDACTED } from './formats.js'

/** Thrown through a row and caught where the result is refused. Holds nothing of the cell. */
export class SensitiveDataFound extends Error {}

/** Deeper documents are not walked but redacted. */
const DEEPEST = 100
/** Bytes that may be a number as packed decimals (ISO 8583 BCD). */
const PACKED_BYTES = 16

export class CellScan {
  constructor(private readonly scanner: Scanner) {}

  /** @param name of the field or key that holds the cell: its words count as words before the text */
  cell(value: unknown, tally: Tally, name = '', depth = 0): unknown {
    if (typeof value === 'string') return this.text(value, tally, name)
    if (typeof value === 'number') return this.number(value, tally, name)
    if (typeof value === 'bigint') {
      const text = String(value)
      const masked = this.text(text, tally, name)
      return masked === text ? value : masked
    }
    if (typeof value !== 'object' || value === null || value instanceof Date) return value
    if (value instanceof Uint8Array) return this.bytes(value, tally, name)
    if (depth >= DEEPEST) {
      tally.add('too-deep')
      return REDACTED
    }
    return Array.isArray(value) ? this.array(value, tally, name, depth) : this.object(value, tally, depth)
  }

  /** A text, or a field's name. */
  text(text: string, tally: Tally, name = ''): string {
    const scanned = this.scanner.mask(text) ?? this.inContext(text, name)
    if (scanned === undefined) return text
    for (const { detector, refuse } of scanned.findings) {
      if (refuse) throw new SensitiveDataFound()
      tally.add(detector)
    }
    return scanned.text
  }

  /** The text as the value of its name, when the name speaks of cards and could settle a doubt. */
  private inContext(text: string, name: string): Scanned | undefined {
    if (text.length < 3 || name === '' || !namesCardData(name)) return undefined
    const prefix = `${name.replace(/\d/g, '')}: `
    const scanned = this.scanner.mask(prefix + text)
    if (scanned === undefined || !scanned.text.startsWith(prefix)) return undefined
    return { text: scanned.text.slice(prefix.length), findings: scanned.findings }
  }

  private number(value: number, tally: Tally, name: string): number | string {
    if (!Number.isInteger(value) || Math.abs(value) >= 1e20) return value
    if (Math.abs(value) < 1e11 && !namesCardData(name)) return value
    const text = String(value)
    const masked = this.text(text, tally, name)
    if (masked !== text) return masked
    if (Number.isSafeInteger(value) || !listedIssuer(text)) return value
    // A PAN that lost its last digits to a float has no check digit left to look at.
    tally.add('pan')
    return REDACTED
  }

  private bytes(bytes: Uint8Array, tally: Tally, name: string): Uint8Array {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (buffer.length <= PACKED_BYTES) {
      const packed = /^\d{12,}f?$/.exec(buffer.toString('hex'))?.[0].replace('f', '')
      if (packed !== undefined && this.text(packed, tally) !== packed) return Buffer.from(REDACTED)
    }
    for (const encoding of ['latin1', 'utf8'] as const) {
      const text = buffer.toString(encoding)
      const masked = this.text(text, tally, name)
      if (masked !== text) return Buffer.from(masked, encoding)
      if (buffer.every(byte => byte < 128)) break
    }
    return bytes
  }

  private array(values: readonly unknown[], tally: Tally, name: string, depth: number): unknown {
    let changed: unknown[] | undefined
    for (let i = 0; i < values.length; i++) {
      const masked = this.cell(values[i], tally, name, depth + 1)
      if (masked === values[i]) continue
      changed ??= [...values]
      changed[i] = masked
    }
    if (changed !== undefined) return changed
    // One number spread over an array of its digits or groups.
    const joined = values.length >= 3 && values.every(isShort) ? values.join(' ') : ''
    return joined !== '' && this.text(joined, tally, name) !== joined ? values.map(() => REDACTED) : values
  }

  private object(value: object, tally: Tally, depth: number): unknown {
    let changed = false
    const entries = Object.entries(value).map(([key, inner]): [string, unknown] => {
      const name = this.text(key, tally)
      const masked = this.cell(inner, tally, key, depth + 1)
      if (name !== key || masked !== inner) changed = true
      return [name, masked]
    })
    return changed ? Object.fromEntries(entries) : value
  }
}

function isShort(value: unknown): boolean {
  return (typeof value === 'string' || typeof value === 'number') && String(value).length <= 8
}

function listedIssuer(text: string): boolean {
  const digits = Uint8Array.from(text, Number)
  return digits.length >= 16 && digits.length <= 19 && issuerOf(digits, 0, digits.length) !== 'none'
}
