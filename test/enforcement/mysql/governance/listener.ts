/** A second reader of what clients were sent: the detector itself, over every value and every text of an answer. */
import { Scanner } from '../../../../src/masking/detectors/scanner.js'
import { type Answer, packetsOf } from './answer.js'

/** @returns each text in which something was found, with it masked. */
export function found(answers: readonly Answer[]): readonly string[] {
  const scanner = new Scanner()
  const texts = new Set<string>()
  for (const { columns, rows, error } of answers) {
    for (const { name, table, originalTable, originalName } of columns)
      for (const text of [name, table, originalTable, originalName]) texts.add(text)
    for (const value of rows.flat()) for (const text of textsOf(value)) texts.add(text)
    if (error !== undefined) texts.add(error.message)
  }
  return [...texts].flatMap(text => scanner.mask(text)?.text ?? [])
}

/** Everything but rows, whose lengths would stand between their texts: what is no part of an answer above. */
export function foundBeside(heard: Buffer): readonly string[] {
  const scanner = new Scanner()
  return packetsOf(heard).flatMap(({ bytes, start, end }) =>
    bytes[start] === 0xff || bytes[start] === 0
      ? (scanner.mask(bytes.toString('utf8', start, end))?.text ?? [])
      : [],
  )
}

function textsOf(value: unknown): readonly string[] {
  if (value === null) return []
  if (Buffer.isBuffer(value))
    return [value.toString('utf8'), value.toString('utf16le'), value.toString('latin1')]
  return [typeof value === 'object' && !(value instanceof Date) ? JSON.stringify(value) : String(value)]
}
