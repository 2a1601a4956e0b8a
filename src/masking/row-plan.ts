/** What is done to every row of one result shape, worked out once. */
import type { ColumnMask } from '../model/decision.js'
import type { Dialect } from '../model/dialect.js'
import type { EncodedRows } from '../model/encoded.js'
import { stricter } from '../model/mask-order.js'
import type { Field, Row } from '../model/result.js'
import { withTexts } from '../util/texts.js'
import type { CellScan } from './cell-scan.js'
import { type CellMask, cellMask, type MaskTools } from './column-mask.js'
import { Tally } from './counts.js'
import { EncodedColumns } from './encoded-columns.js'
import { asTextField, holdsText, isJson, isNumberArray, keepsType } from './field-types.js'
import { type MaskedColumn, RowMasks } from './row-masks.js'
import { watching } from './seen-pans.js'
import { ShapeChanged } from './shape.js'

export class RowPlan {
  /** With names masked, and the types of masked columns where those are known beforehand. */
  readonly fields: readonly Field[]
  private readonly arrays: RowMasks
  /** Of all fields of one name, the strictest mask. */
  private readonly objects: RowMasks
  private readonly names: ReadonlySet<string>
  /** New name of every field, where one had to be masked. */
  private readonly renamed: ReadonlyMap<string, string> | undefined
  private readonly nameFindings: Tally
  private readonly encodedColumns: () => EncodedColumns

  /** @param computed positions of columns whose very NULL tells something */
  constructor(
    fields: readonly Field[],
    masks: readonly ColumnMask[],
    dialect: Dialect,
    tools: MaskTools,
    computed: ReadonlySet<number> = new Set(),
  ) {
    const { scan } = tools
    this.nameFindings = new Tally()
    this.names = new Set(fields.map(({ name }) => name))
    const newNames = fields.map(({ name }) => scan.text(name, this.nameFindings))
    const changed = fields.some(({ name }, i) => name !== newNames[i])
    this.renamed = changed ? distinctNames(fields, newNames) : undefined
    const told = fields.map((field, i) => {
      const typed = keepsType(masks[i] ?? { method: 'scan' }, field, dialect)
        ? asTold(field)
        : asTold(asTextField(field, dialect))
      const named = changed ? { ...typed, name: this.renamed?.get(field.name) ?? '' } : typed
      if (named.origin === undefined) return named
      const origin = withTexts(named.origin, name => scan.text(name, this.nameFindings))
      return origin === named.origin ? named : { ...named, origin }
    })
    this.fields = Object.freeze(told)
    const column = (
      field: Field,
      position: number,
      key: number | string,
      mask: ColumnMask,
      hidesNull: boolean,
    ): MaskedColumn[] => {
      const numbers = mask.method === 'scan' && isNumberArray(field, dialect)
      const plain = numbers
        ? numberMask(scan, field.name)
        : watching(cellMask(mask, field, dialect, tools, hidesNull), mask, tools)
      const json = mask.method === 'scan' && isJson(field, dialect)
      const done = json ? jsonText(plain, scan, field.name) : plain
      if (done === undefined) return []
      return [
        {
          position,
          key,
          mask: done,
          retypes: mask.method !== 'generalise' && !holdsText(field, dialect),
          isScanned: mask.method === 'scan' && !numbers && !json && scan.canGlance(field.name),
        },
      ]
    }
    const columns = fields.flatMap((field, i) =>
      column(field, i, i, masks[i] ?? { method: 'scan' }, computed.has(i)),
    )
    this.arrays = new RowMasks(columns, scan, fields.length)
    const named = [...strictestByName(fields, masks)].flatMap(([name, mask]) => {
      const position = fields.findIndex(field => field.name === name)
      const hidesNull = fields.some((field, i) => field.name === name && computed.has(i))
      return column(fields[position] ?? { name }, position, name, mask, hidesNull)
    })
    this.objects = new RowMasks(named, scan)
    let encoded: EncodedColumns | undefined
    this.encodedColumns = () => (encoded ??= new EncodedColumns(fields, masks, tools, computed))
  }

  /** The tally, knowing what was found in the names. */
  tally<T extends Tally>(tally: T): T {
    return this.nameFindings.copyTo(tally)
  }

  /**
   * Masks rows in place and returns them.
   * @param retyped collects the positions of fields whose cells became text
   */
  rows(rows: Row[], tally: Tally, retyped?: Set<number>): Row[] {
    if (Array.isArray(rows[0])) {
      this.arrays.mask(rows, tally, retyped)
      return rows
    }
    const [first] = rows
    if (first !== undefined) this.checkKeys(first)
    this.objects.mask(rows, tally, retyped)
    const { renamed } = this
    return renamed === undefined ? rows : renamedRows(rows, renamed)
  }

  /** As `rows`. */
  encodedRows(rows: EncodedRows, tally: Tally, retyped?: Set<number>): EncodedRows {
    return this.encodedColumns().rows(rows, tally, retyped)
  }

  private checkKeys(row: Row): void {
    for (const key of Object.keys(row)) if (!this.names.has(key)) throw new ShapeChanged()
  }
}

/** In place. */
function renamedRows(rows: Row[], renamed: ReadonlyMap<string, string>): Row[] {
  for (const [i, row] of rows.entries()) {
    rows[i] = Object.fromEntries(Object.entries(row).map(([key, value]) => [renamed.get(key) ?? key, value]))
  }
  return rows
}

/** What a client was told before its cells were there is what it reads them as. */
function asTold(field: Field): Field {
  const told = field.encoding?.told
  return told === undefined || told === field.type ? field : { ...field, type: told }
}

function strictestByName(fields: readonly Field[], masks: readonly ColumnMask[]): Map<string, ColumnMask> {
  const strictest = new Map<string, ColumnMask>()
  fields.forEach(({ name }, i) => {
    const mask = masks[i] ?? { method: 'scan' }
    const other = strictest.get(name)
    strictest.set(name, other === undefined ? mask : stricter(other, mask))
  })
  return strictest
}

/** Two names that mask to the same text stay two columns. */
function distinctNames(fields: readonly Field[], newNames: readonly string[]): Map<string, string> {
  const renamed = new Map<string, string>()
  const taken = new Set<string>()
  fields.forEach(({ name }, i) => {
    if (renamed.has(name)) return
    const wanted = newNames[i] ?? name
    let free = wanted
    for (let n = 2; taken.has(free); n++) free = `${wanted}_${n}`
    taken.add(free)
    renamed.set(name, free)
  })
  return renamed
}

function numberMask(scan: CellScan, name: string): CellMask {
  const context = scan.context(name)
  return (value, tally) => scan.numbers(value, tally, context)
}

/** JSON that the driver left as text: masked as a document, so that it stays one. */
function jsonText(plain: CellMask | undefined, scan: CellScan, name: string): CellMask | undefined {
  if (plain === undefined) return undefined
  const context = scan.context(name)
  return (value, tally) => {
    const masked = plain(value, new Tally())
    if (typeof value !== 'string' || masked === value) return plain(value, tally)
    try {
      const document: unknown = JSON.parse(value)
      const walked = scan.cell(document, new Tally(), context)
      if (walked === document) return JSON.stringify(plain(value, tally))
      return JSON.stringify(scan.cell(document, tally, context))
    } catch (error) {
      if (error instanceof SyntaxError) return plain(value, tally)
      throw error
    }
  }
}
