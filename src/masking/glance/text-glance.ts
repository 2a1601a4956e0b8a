import { SHORTEST } from '../detectors/prescan-bytes.js'
import { type GlanceModule, glanceModule } from './glance-module.js'

/** Texts that are looked at together: their characters stay in the processor's nearest memory. */
const TEXTS = 64
/** Characters of them, about. */
const CHARACTERS = 4_096
/** Characters of a text that is not put beside others. */
const LONGEST = 16_384
/** The smallest number that has as many digits as the shortest card number. */
const LARGE = 1e11

type Cells = Readonly<Record<number | string, unknown>>

/** Called for a cell that has to be looked at: the numbers of its row and of its key. */
export type LookCloser = (row: number, key: number) => void

/**
 * Tells of many short texts in which of them a detector could find something. Putting them together costs much less
 * than to read each of them (V8 links strings before it copies them, once and all).
 */
export class TextGlance {
  private readonly module: GlanceModule = glanceModule()
  private readonly rows = new Int32Array(TEXTS)
  private readonly keys = new Int32Array(TEXTS)

  /**
   * Looks at the cells of some columns, one column after the other, since all cells of one are mostly alike.
   *
   * @param rows arrays or objects
   * @param closer may change the cell. What it throws ends the look.
   * @example
   * glance.cells(rows, ['name', 'note'], (row, key) => suspects.push([row, key]))
   */
  cells(rows: readonly object[], keys: readonly (number | string)[], closer: LookCloser): void {
    const { cells } = this.module
    let text = ''
    let count = 0
    for (let k = 0; k < keys.length; k++) {
      const key = keys[k] as number | string
      for (let row = 0; row < rows.length; row++) {
        const value = (rows[row] as Cells)[key]
        if (typeof value !== 'string') {
          if (!isTrifle(value)) closer(row, k)
          continue
        }
        if (value.length < SHORTEST) continue
        if (value.length > LONGEST) {
          closer(row, k)
          continue
        }
        this.rows[count] = row
        this.keys[count] = k
        cells[2 * count] = text.length
        text += value
        cells[2 * count + 1] = text.length
        if (++count < TEXTS && text.length <= CHARACTERS) continue
        this.look(text, count, closer)
        text = ''
        count = 0
      }
    }
    this.look(text, count, closer)
  }

  /** Whether nothing can be found in one text. */
  clears(text: string): boolean {
    if (text.length > LONGEST) return false
    const { module } = this
    module.cells[0] = 0
    module.cells[1] = text.length
    module.text.write(text, 'utf16le')
    return module.utf16(1, text.length) === 0
  }

  private look(text: string, count: number, closer: LookCloser): void {
    if (count === 0) return
    const { module, rows, keys } = this
    module.text.write(text, 'utf16le')
    const found = module.utf16(count, text.length)
    for (let i = 0; i < found; i++) {
      const cell = module.cells[i] as number
      closer(rows[cell] as number, keys[cell] as number)
    }
  }
}

/** Whether a cell that is no text is too small or of a kind to hold anything. */
function isTrifle(value: unknown): boolean {
  if (typeof value === 'number') return Math.abs(value) < LARGE
  if (typeof value === 'object') return value === null || value instanceof Date
  return typeof value !== 'bigint'
}
