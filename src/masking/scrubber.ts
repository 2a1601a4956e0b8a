/** Statements, bindings and other text for people and records, without protected values. */
import type { Dialect } from '../model/dialect.js'
import type { Reserve, Scrubber } from '../model/scrub.js'
import type { Binding } from '../model/submission.js'
import type { Detector } from './detectors/detector.js'
import { Scanner } from './detectors/scanner.js'
import { isPan, onlyDigits, partial, REDACTED, truncated } from './formats.js'
import { type Piece, piecesOf } from './sql-literals.js'

export interface ScrubberOptions {
  /** Beside the built-in ones. Default none. */
  readonly detectors?: readonly Detector[]
}

/** Statements kept with their scrubbed form, and the longest that is. */
const CACHED = 1000
const CACHED_LENGTH = 16_384

/**
 * @example
 * createScrubber().statement("select 1 from cards where pan = '4111111111111111'", 'postgres', 'sealed')
 * // select 1 from cards where pan = '411111******1111'
 */
export function createScrubber(options: ScrubberOptions = {}): Scrubber {
  const scanner = new Scanner(options.detectors)
  const cache = new Map<string, string>()
  const text = (raw: string): string => scanner.mask(raw)?.text ?? raw
  return Object.freeze({
    text,
    clears: (bytes: Uint8Array, start: number, end: number) => scanner.clears(bytes, start, end),
    binding: (value: Binding, reserve: Reserve) => binding(value, reserve, text),
    statement(raw: string, dialect: Dialect, reserve: Reserve) {
      const key = `${dialect} ${reserve} ${raw}`
      const known = cache.get(key)
      if (known !== undefined) return known
      const pieces = piecesOf(raw, dialect)
      const scrubbed = text(shown(pieces, reserve, text).join(''))
      if (raw.length <= CACHED_LENGTH) remember(cache, key, scrubbed)
      return scrubbed
    },
  })
}

function remember(cache: Map<string, string>, key: string, value: string): void {
  if (cache.size >= CACHED) {
    const oldest = cache.keys().next().value
    if (oldest !== undefined) cache.delete(oldest)
  }
  cache.set(key, value)
}

function shown(pieces: readonly Piece[], reserve: Reserve, text: (raw: string) => string): string[] {
  if (reserve === 'sealed') return pieces.map(strictly)
  const open = unsplit(pieces, text)
  return reserve === 'open'
    ? open
    : open.map((piece, at) => (piece === pieces[at]?.text ? guarded(pieces[at]) : piece))
}

/** Digits that are no longer harmless beside a BIN and last four. */
const GUARDED_DIGITS = 6

function guarded(piece: Piece): string {
  const harmless = piece.text.replace(/\P{Nd}/gu, '').length < GUARDED_DIGITS
  return harmless && piece.kind !== 'comment' ? piece.text : strictly(piece)
}

/** A value that is nothing but a PAN keeps BIN and last four; of any other nothing is shown. */
function data(content: string): string {
  return content === '' ? '' : partial(content)
}

function strictly({ kind, text, open = '', close = '' }: Piece): string {
  switch (kind) {
    case 'string':
      return open + data(text.slice(open.length, text.length - close.length)) + close
    case 'number':
      return text.replace(/\D/g, '').length < 3 ? text : data(text)
    case 'comment':
      return /\d{3}|['"`]/.test(text) ? comment(text) : text
    case 'name':
      return /\d{7}/.test(text) ? `${text[0]}${REDACTED}${text.at(-1)}` : text
    case 'code':
      return text
  }
}

function comment(text: string): string {
  if (text.startsWith('/*')) return `/* ${REDACTED}${text.endsWith('*/') ? ' */' : ''}`
  return `${text.startsWith('#') ? '#' : '--'} ${REDACTED}`
}

/** What may stand between two literals that become one text: an operator, a cast, nothing. */
const JOINS = /^(?:\s|\|\||\+|[()]|::\s*\w+)*$/
const ARGUMENTS = /^(?:\s|\|\||\+|[(),]|::\s*\w+)*$/

/** A PAN cut into literals side by side (`'4111111' || '111111111'`): then none of them is shown. */
function unsplit(pieces: readonly Piece[], text: (raw: string) => string): string[] {
  const shown = pieces.map(piece => plainly(piece, text))
  let group: number[] = []
  let inConcat = false
  const close = (): void => {
    const joined = group.map(index => content(pieces[index])).join('')
    if (group.length > 1 && text(joined) !== joined) {
      for (const index of group) shown[index] = masked(pieces[index])
    }
    group = []
  }
  pieces.forEach((piece, index) => {
    if (piece.kind === 'string' || piece.kind === 'number') group.push(index)
    else if (piece.kind !== 'comment' && !(inConcat ? ARGUMENTS : JOINS).test(piece.text)) {
      close()
      inConcat = /concat\w*\s*\($/i.test(piece.text)
    }
  })
  close()
  return shown
}

/** A number in another notation (`4.111e15`, `0x1f`): shown as it is unless its plain digits are a PAN. */
function plainly(piece: Piece, text: (raw: string) => string): string {
  const digits = piece.kind === 'number' ? plainDigits(piece.text.replaceAll('_', '')) : undefined
  return digits === undefined || text(digits) === digits ? piece.text : data(digits)
}

/** The integer part, as far as a PAN goes; undefined for a number in plain notation. */
function plainDigits(number: string): string | undefined {
  if (/^0(?:x[\da-f]{1,16}|o[0-7]{1,22}|b[01]{1,64})$/i.test(number)) return String(BigInt(number))
  const [, whole, fraction = '', exponent] = /^(\d*)\.?(\d*)e([+-]?\d{1,2})$/i.exec(number) ?? []
  if (whole === undefined) return undefined
  const length = Math.max(0, whole.length + Number(exponent))
  return `${whole}${fraction}`.padEnd(length, '0').slice(0, length)
}

function content(piece: Piece | undefined): string {
  if (piece === undefined) return ''
  return piece.text.slice(piece.open?.length ?? 0, piece.text.length - (piece.close?.length ?? 0))
}

function masked(piece: Piece | undefined): string {
  return piece === undefined ? '' : `${piece.open ?? ''}${data(content(piece))}${piece.close ?? ''}`
}

function binding(value: Binding, reserve: Reserve, text: (raw: string) => string): string {
  const strict = reserve === 'sealed'
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'boolean') return String(value)
  if (value instanceof Date && strict) return REDACTED
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString()
  if (value instanceof Uint8Array) return `[${value.length} bytes]`
  if (typeof value === 'object') {
    // Pieces side by side may make a whole.
    const inside = reserve === 'guarded' ? 'sealed' : reserve
    return text(`[${value.map(item => binding(item, inside, text)).join(', ')}]`)
  }
  const plain = String(value)
  const digits = onlyDigits(plain)
  if (reserve === 'guarded' && plain.replace(/\P{Nd}/gu, '').length >= GUARDED_DIGITS) return data(plain)
  if (!strict) return text(plain)
  if (digits !== undefined && isPan(digits)) return truncated(digits)
  return typeof value !== 'string' && plain.replace(/\D/g, '').length < 3 ? plain : data(plain)
}
