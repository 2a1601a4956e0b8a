/** Statements, bindings and other text for people and records, without protected values. */
import type { Dialect } from '../model/dialect.js'
import type { Reserve, Scrubber } from '../model/scrub.js'
import type { Binding } from '../model/submission.js'
import type { Detector } from './detectors/detector.js'
import { Scanner } from './detectors/scanner.js'
import { isPan, mayHoldFirstEight, onlyDigits, partial, REDACTED, storedForm, truncated } from './formats.js'
import { packScanners } from './pack-scanners.js'
import { type Piece, piecesOf } from './sql-literals.js'

export interface ScrubberOptions {
  /** Beside the built-in ones. Default none. */
  readonly detectors?: readonly Detector[]
}

/**
 * @example
 * createScrubber().statement("select 1 from cards where pan = '4111111111111111'", 'postgres', 'sealed')
 * // select 1 from cards where pan = '411111******1111'
 */
export function createScrubber(options: ScrubberOptions = {}): Scrubber {
  const base = new Scanner(options.detectors)
  const scanners = packScanners(base, options.detectors)
  const known = new Map<Scanner, Scrubber>()
  const scrubberOf = (scanner: Scanner): Scrubber => {
    const before = known.get(scanner)
    if (before !== undefined) return before
    const made = scrubberWith(scanner, packs => scrubberOf(scanners(packs)))
    known.set(scanner, made)
    return made
  }
  return scrubberOf(base)
}

function scrubberWith(scanner: Scanner, also: Scrubber['also']): Scrubber {
  const text = (raw: string): string => storedForm(scanner.mask(raw)?.text ?? raw)
  return Object.freeze({
    text,
    also,
    clears: (bytes: Uint8Array, start: number, end: number) =>
      scanner.clears(bytes, start, end) && !mayHoldFirstEight(bytes, start, end),
    binding: (value: Binding, reserve: Reserve) => binding(value, reserve, text),
    statement: (raw: string, dialect: Dialect, reserve: Reserve) =>
      text(shown(raw, piecesOf(raw, dialect), reserve, text)),
  })
}

/** With what is not shown replaced, as far as the statement's own form tells. */
function shown(raw: string, pieces: readonly Piece[], reserve: Reserve, text: Scrubber['text']): string {
  const split = reserve === 'sealed' ? NONE : splitValues(raw, pieces, text)
  let out = ''
  let from = 0
  for (const piece of pieces) {
    const replaced = split.has(piece) ? wrapped(raw, piece) : shownPiece(raw, piece, reserve, text)
    if (replaced === undefined) continue
    out += raw.slice(from, piece.start) + replaced
    from = piece.end
  }
  return from === 0 ? raw : out + raw.slice(from)
}

/** Undefined: as it stands. */
function shownPiece(raw: string, piece: Piece, reserve: Reserve, text: Scrubber['text']): string | undefined {
  if (reserve === 'sealed') return strictly(raw, piece)
  const replaced = piece.kind === 'number' ? otherNotation(raw, piece, text) : undefined
  if (replaced !== undefined || reserve === 'open') return replaced
  const harmless = piece.kind !== 'comment' && digitsIn(raw, piece) < GUARDED_DIGITS
  return harmless ? undefined : strictly(raw, piece)
}

/** Digits that are no longer harmless beside a BIN and last four. */
const GUARDED_DIGITS = 6

/** In any script. */
function digitsIn(raw: string, { start, end }: Piece): number {
  let digits = 0
  for (let at = start; at < end; at++) {
    const code = raw.charCodeAt(at)
    if (code >= 128) return raw.slice(start, end).replace(/\P{Nd}/gu, '').length
    if (isDigit(code)) digits++
  }
  return digits
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

/** A value that is nothing but a PAN keeps BIN and last four; of any other nothing is shown. */
function data(content: string): string {
  return content === '' ? '' : partial(content)
}

/** A string with its quotes, or another value, with its content as `data` has it. */
function wrapped(raw: string, { start, end, open, close }: Piece): string {
  const content = raw.slice(start + open, end - close)
  return raw.slice(start, start + open) + data(content) + raw.slice(end - close, end)
}

function strictly(raw: string, piece: Piece): string | undefined {
  if (piece.kind === 'string') return wrapped(raw, piece)
  const text = raw.slice(piece.start, piece.end)
  switch (piece.kind) {
    case 'number':
      return text.replace(/\D/g, '').length < 3 ? undefined : data(text)
    case 'comment':
      return /\d{3}|['"`]/.test(text) ? comment(text) : undefined
    case 'name':
      return /\d{7}/.test(text) ? `${text[0]}${REDACTED}${text.at(-1)}` : undefined
  }
}

function comment(text: string): string {
  if (text.startsWith('/*')) return `/* ${REDACTED}${text.endsWith('*/') ? ' */' : ''}`
  return `${text.startsWith('#') ? '#' : '--'} ${REDACTED}`
}

/** What may stand between two literals that become one text: an operator, a cast, nothing. */
const JOINS = /^(?:\s|\|\||\+|[()]|::\s*\w+)*$/
const ARGUMENTS = /^(?:\s|\|\||\+|[(),]|::\s*\w+)*$/
const CONCAT = /concat\w*\s*\($/i
const NONE: ReadonlySet<Piece> = new Set()

/** A PAN cut into literals side by side (`'4111111' || '111111111'`): then none of them is shown. */
function splitValues(raw: string, pieces: readonly Piece[], text: Scrubber['text']): ReadonlySet<Piece> {
  if (pieces.length < 2) return NONE
  const split = new Set<Piece>()
  let group: Piece[] = []
  let inConcat = false
  let from = 0
  const close = (): void => {
    const joined = group.map(({ start, end, open, close }) => raw.slice(start + open, end - close)).join('')
    if (group.length > 1 && text(joined) !== joined) for (const piece of group) split.add(piece)
    group = []
  }
  for (const piece of pieces) {
    const code = raw.slice(from, piece.start)
    const between: RegExp = inConcat ? ARGUMENTS : JOINS
    if (piece.kind === 'name' || !between.test(code)) {
      if (group.length > 0) close()
      inConcat = piece.kind !== 'name' && CONCAT.test(code)
    }
    if (piece.kind === 'string' || piece.kind === 'number') group.push(piece)
    from = piece.end
  }
  if (group.length > 1) close()
  return split
}

/** A number in another notation (`4.111e15`, `0x1f`): as `data` has its plain digits where they are a PAN. */
function otherNotation(raw: string, { start, end }: Piece, text: Scrubber['text']): string | undefined {
  let at = start
  while (at < end && isDigit(raw.charCodeAt(at))) at++
  if (at === end) return undefined
  const digits = plainDigits(raw.slice(start, end).replaceAll('_', ''))
  return digits === undefined || text(digits) === digits ? undefined : data(digits)
}

/** The integer part, as far as a PAN goes; undefined for a number in plain notation. */
function plainDigits(number: string): string | undefined {
  if (/^0(?:x[\da-f]{1,16}|o[0-7]{1,22}|b[01]{1,64})$/i.test(number)) return String(BigInt(number))
  const [, whole, fraction = '', exponent] = /^(\d*)\.?(\d*)e([+-]?\d{1,2})$/i.exec(number) ?? []
  if (whole === undefined) return undefined
  const length = Math.max(0, whole.length + Number(exponent))
  return `${whole}${fraction}`.padEnd(length, '0').slice(0, length)
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
