/** A second reader of what clients were sent: the detector itself, over every cell and every text of a message. */
import { decodeCell } from '../../../../src/enforcement/postgres/cells/decode.js'
import { Scanner } from '../../../../src/masking/detectors/scanner.js'
import { type AnswerColumn, answerOf } from './answer.js'

const NOWHERE = { tables: new Map(), types: new Map(), database: '\0' }

/** @returns each text in which something was found, with it masked. */
export function found(heard: Buffer): readonly string[] {
  const scanner = new Scanner()
  const texts = new Set<string>()
  let columns: readonly AnswerColumn[] = []
  for (let at = 0; at < heard.length; ) {
    const end = at + 1 + heard.readInt32BE(at + 1)
    const answer = answerOf(heard.subarray(at, end), NOWHERE)
    if (heard[at] === ROW_DESCRIPTION) columns = answer.columns
    if (heard[at] === DATA_ROW) for (const text of cellTexts(answer.rows[0] ?? [], columns)) texts.add(text)
    else for (const text of heard.toString('utf8', at + 5, end).split('\0')) texts.add(text)
    at = end
  }
  return [...texts].flatMap(text => scanner.mask(text)?.text ?? [])
}

const ROW_DESCRIPTION = 0x54
const DATA_ROW = 0x44

/** A cell as text, and by our own reading where it is in binary. */
function cellTexts(cells: readonly (Buffer | null)[], columns: readonly AnswerColumn[]): readonly string[] {
  return cells.flatMap((cell, at) => {
    if (cell === null) return []
    const { type, format } = columns[at] ?? { type: 0, format: 'text' }
    const text = cell.toString('utf8')
    if (format === 'text') return [text]
    const value = decodeCell(type, format, cell)
    return [text, typeof value === 'string' ? value : JSON.stringify(value)]
  })
}
