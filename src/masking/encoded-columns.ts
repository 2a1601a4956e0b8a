/** What is done to encoded rows of one shape, worked out once: cells are decoded where something may be in them. */
import type { ColumnMask } from '../model/decision.js'
import type { CellLook, EncodedRows } from '../model/encoded.js'
import type { Field } from '../model/result.js'
import type { CellForm, CellScan } from './cell-scan.js'
import { type CellMask, cellMask, type MaskTools } from './column-mask.js'
import type { Tally } from './counts.js'
import { SHORTEST as SHORTEST_NUMBER } from './detectors/pan/digit-run.js'
import { SHORTEST } from './detectors/prescan-bytes.js'
import { holdsText, isJson, isNumberArray, isTextInBytes, keepsType, TEXT_OID } from './field-types.js'
import { partialInPlace } from './partial-bytes.js'
import { watching } from './seen-pans.js'
import { ShapeChanged } from './shape.js'

interface EncodedColumn {
  readonly position: number
  readonly mask: CellMask
  readonly method: ColumnMask['method']
  /** Type that masked cells are written as; absent: the column's own, where that can hold the mask. */
  readonly target?: number
  /** Cells that stay are written anew too: in binary, another type is other bytes. */
  readonly converts: boolean
  /** How cells that a scan can do without are told from their bytes. */
  readonly clear: CellForm | 'never'
  /** Bytes from which a cell can hold anything, where a glance may clear cells; absent where it may not. */
  readonly glancedFrom?: number
  /** A card number can be truncated where it stands. */
  readonly inPlace: boolean
  /** A text in place of a cell makes the whole column one of text. */
  readonly retypes: boolean
  /** Its bytes may be of a type that only the database knows. */
  readonly opaque: boolean
  /** Its values may be null though its cells are not: JSON. */
  readonly nullable: boolean
  /** NULL is masked too. */
  readonly hidesNull: boolean
  /** What cells that are truncated in place are counted under. */
  readonly counted: string
}

export class EncodedColumns {
  private readonly columns: readonly (EncodedColumn | undefined)[]
  private readonly looked: readonly number[]
  /** Of these, those at which a glance is taken first. */
  private readonly glanced: readonly number[]
  private readonly scan: CellScan

  /** @param computed positions of columns whose very NULL tells something */
  constructor(
    fields: readonly Field[],
    masks: readonly ColumnMask[],
    tools: MaskTools,
    computed: ReadonlySet<number>,
  ) {
    this.scan = tools.scan
    this.columns = fields.map((field, i) =>
      encodedColumn(field, i, masks[i] ?? { method: 'scan' }, tools, computed.has(i)),
    )
    this.looked = this.columns.flatMap((column, i) => (column === undefined ? [] : [i]))
    this.glanced = this.looked.filter(i => this.columns[i]?.glancedFrom !== undefined)
  }

  /**
   * Masks rows in place and returns them.
   *
   * @param retyped collects the positions of fields whose cells became text; absent where they have been told.
   */
  rows(rows: EncodedRows, tally: Tally, retyped?: Set<number>): EncodedRows {
    const { columns, scan } = this
    const closer: CellLook = (position, bytes, start, end) => {
      const column = columns[position]
      if (column === undefined) return undefined
      if (start < 0) return column.hidesNull ? written(rows, column, column.mask(null, tally)) : undefined
      if (column.clear !== 'never' && scan.clears(bytes, start, end, column.clear)) return undefined
      if (column.inPlace && partialInPlace(bytes, start, end)) {
        tally.add(column.counted)
        return undefined
      }
      // What cannot be read as its type (a date as another DateStyle writes it) is masked as its text.
      const value =
        rows.decode(position, bytes, start, end) ??
        (column.nullable ? null : rows.decode(position, bytes, start, end, TEXT_OID))
      const masked = column.mask(value, tally)
      const same = Object.is(masked, value)
      // Lengths within a type that nobody knows can look like digits of what stands beside them.
      if (same && column.opaque && value instanceof Uint8Array && holdsManyDigits(value)) {
        tally.add('opaque')
        return null
      }
      if (same && !column.converts) return undefined
      if (column.retypes && retyped !== undefined && typeof masked === 'string') {
        retyped.add(position)
        return rows.encode(position, masked, TEXT_OID)
      }
      return written(rows, column, masked, same ? undefined : bytes.subarray(start, end))
    }
    try {
      if (this.glanced.length === 0) rows.edit(columns.length, this.looked, closer)
      else this.editGlanced(rows, closer)
    } catch (error) {
      if (error instanceof RangeError) throw new ShapeChanged()
      throw error
    }
    return rows
  }

  /** First all cells that need more than a glance; then of the others those in which it sees something. */
  private editGlanced(rows: EncodedRows, closer: CellLook): void {
    const { columns } = this
    const glance = this.scan.byteGlance
    // What rows that were refused have left.
    glance.done()
    rows.edit(columns.length, this.looked, (position, bytes, start, end) => {
      const shortest = columns[position]?.glancedFrom
      if (shortest === undefined) return closer(position, bytes, start, end)
      if (start >= 0 && end - start >= shortest) glance.add(bytes, start, end)
      return undefined
    })
    const found = glance.done()
    let next = 0
    let cell = 0
    if (found.length === 0) return
    rows.edit(columns.length, this.glanced, (position, bytes, start, end) => {
      const shortest = columns[position]?.glancedFrom ?? 0
      if (start < 0 || end - start < shortest || cell++ !== found[next]) return undefined
      next++
      return closer(position, bytes, start, end)
    })
  }
}

function written(
  rows: EncodedRows,
  { position, target }: EncodedColumn,
  value: unknown,
  cell?: Buffer,
): Buffer | null {
  return target === undefined
    ? rows.encode(position, value, undefined, cell)
    : rows.encode(position, value, target)
}

function encodedColumn(
  field: Field,
  position: number,
  mask: ColumnMask,
  tools: MaskTools,
  hidesNull: boolean,
): EncodedColumn | undefined {
  const { method } = mask
  const { told, format } = field.encoding ?? {}
  const converts = format === 'binary' && told !== undefined && told !== field.type && method !== 'null'
  const cell = maskOf(field, mask, tools, hidesNull)
  if (cell === undefined && !converts) return undefined
  const whole = !keepsType(mask, field, 'postgres')
  const text = holdsText(field, 'postgres')
  const target =
    told !== undefined && (whole || told !== field.type) ? told : whole && !text ? TEXT_OID : undefined
  const clear = clearBy(field, method, tools.scan, converts)
  const glancedFrom = tools.scan.canGlance(field.name) ? GLANCED_FROM[clear] : undefined
  return {
    position,
    mask: cell ?? (value => value),
    method,
    ...(target === undefined ? {} : { target }),
    converts,
    clear,
    ...(glancedFrom === undefined ? {} : { glancedFrom }),
    // Written where it stands, a number is gone before it is counted.
    inPlace:
      tools.watches !== true &&
      method === 'partial' &&
      isTextInBytes(field) &&
      holdsText({ ...field, type: target ?? field.type ?? TEXT_OID }, 'postgres'),
    retypes:
      method === 'scan' && told === undefined && format === 'text' && !text && !isJson(field, 'postgres'),
    opaque: method === 'scan' && format === 'binary' && isOwnType(field.type),
    nullable: isJson(field, 'postgres'),
    hidesNull: hidesNull && method === 'redact',
    counted: mask.label ?? method,
  }
}

/** Bytes of the shortest cell of a form that holds anything. */
const GLANCED_FROM: Readonly<Partial<Record<EncodedColumn['clear'], number>>> = {
  number: SHORTEST_NUMBER,
  text: SHORTEST,
}

/** `int8`, `numeric`. */
const NUMBERS: readonly unknown[] = [20, 1700]

function isNumberInBytes({ type, encoding }: Field): boolean {
  return encoding?.format === 'text' && NUMBERS.includes(type)
}

/** Types that the server was not born with (FirstNormalObjectId). */
function isOwnType(type: Field['type']): boolean {
  return typeof type === 'number' && type >= 16_384
}

/** As many as the shortest card number. */
function holdsManyDigits(bytes: Uint8Array): boolean {
  let digits = 0
  for (const byte of bytes) if (byte >= 0x30 && byte <= 0x39 && ++digits >= 12) return true
  return false
}

function maskOf(field: Field, mask: ColumnMask, tools: MaskTools, hidesNull: boolean): CellMask | undefined {
  const { scan } = tools
  const context = scan.context(field.name)
  if (mask.method === 'scan' && isNumberArray(field, 'postgres')) {
    return (value, tally) => scan.numbers(value, tally, context)
  }
  return watching(cellMask(mask, field, 'postgres', tools, hidesNull), mask, tools)
}

function clearBy(
  field: Field,
  method: ColumnMask['method'],
  scan: CellScan,
  converts: boolean,
): EncodedColumn['clear'] {
  // The words of the name count as words of the text.
  if (method !== 'scan' || converts || scan.context(field.name) !== '') return 'never'
  if (isNumberInBytes(field)) return 'number'
  if (isTextInBytes(field)) return 'text'
  return isJson(field, 'postgres') && field.encoding?.format === 'text' ? 'json' : 'never'
}
