import type { Field } from '../../../model/result.js'
import { RowFlow, type RowSource } from '../../wire/row-flow.js'
import { type PgRows, pgRows } from '../rows/pg-rows.js'
import { type Column, fieldsOf, NO_ROWS } from './columns.js'
import { COPY_FIELDS, CopyRows } from './copy-rows.js'
import type { Portal } from './registry.js'

/** Bytes of one batch, about: the client works on one while the next is masked, which is still in the cache when it is sent. */
const BATCH_BYTES = 16_384

type Rows = PgRows | CopyRows

export interface PipeParts extends RowSource {
  readonly portal: Portal
}

/** See `RowFlow`. Rows stay as the server wrote them. */
export class RowPipe extends RowFlow {
  /** Set before the first row. */
  columns: readonly Column[] = NO_ROWS
  /** Rows that have come. */
  count = 0
  private current: Rows | undefined
  private copies = false
  private known: { readonly columns: readonly Column[]; readonly fields: readonly Field[] } | undefined

  constructor(private readonly parts: PipeParts) {
    super(parts)
  }

  /** DataRow messages back to back. @throws RangeError among lines of COPY. */
  addRows(bytes: Buffer, start: number, end: number, count: number): void {
    this.count += count
    if (this.dropping) return
    this.current ??= this.fresh()
    if (this.current instanceof CopyRows) throw new RangeError('a row among lines of COPY')
    this.current.add(bytes, start, end, count)
  }

  /** A line of COPY. */
  addText(bytes: Buffer, start: number, end: number): void {
    this.count += 1
    if (this.dropping) return
    this.copies = true
    this.current ??= new CopyRows()
    this.current.add(bytes, start, end)
  }

  /** Everything, of a result that was not handed over in batches. */
  takeAll(): Rows {
    return this.current ?? this.fresh()
  }

  fields(): readonly Field[] {
    if (this.copies) return COPY_FIELDS
    const { columns, parts, known } = this
    if (known?.columns === columns) return known.fields
    const { statement, told } = parts.portal
    const { described } = statement
    const isKnown = described?.columns === columns && told === undefined
    const fields = isKnown ? described.fields : fieldsOf(columns, told)
    this.known = { columns, fields }
    return fields
  }

  private fresh(): PgRows {
    return pgRows(this.fields())
  }

  protected get gatheredBytes(): number {
    return this.current === undefined ? 0 : this.current.byteLength
  }

  protected passGathered(): void {
    const { current } = this
    if (current === undefined) return
    this.current = undefined
    if (current instanceof CopyRows) this.pass(current, current.byteLength)
    else for (const part of current.parts(BATCH_BYTES)) this.pass(part, part.byteLength)
  }
}
