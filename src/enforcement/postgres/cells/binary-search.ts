/** Documents and queries of full text search in binary (tsvectorsend, tsquerysend). */

/** The lexemes, quoted, without their positions. */
export function searchVector(bytes: Buffer): string {
  const count = bytes.readInt32BE(0)
  const lexemes: string[] = []
  let at = 4
  for (let i = 0; i < count; i++) {
    const end = terminator(bytes, at)
    lexemes.push(quoted(bytes.toString('utf8', at, end)))
    at = end + 3 + 2 * bytes.readUInt16BE(end + 1)
  }
  if (at !== bytes.length) throw new RangeError('no document')
  return lexemes.join(' ')
}

const OPERAND = 1
const PHRASE = 4

/** The operands, quoted, without the operators between them. */
export function searchQuery(bytes: Buffer): string {
  const count = bytes.readInt32BE(0)
  const operands: string[] = []
  let at = 4
  for (let i = 0; i < count; i++) {
    if (bytes.readUInt8(at) !== OPERAND) {
      at += bytes.readUInt8(at + 1) === PHRASE ? 4 : 2
      continue
    }
    const end = terminator(bytes, at + 3)
    operands.push(quoted(bytes.toString('utf8', at + 3, end)))
    at = end + 1
  }
  if (at !== bytes.length) throw new RangeError('no query')
  return operands.join(' & ')
}

function terminator(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(0, at)
  if (end < 0) throw new RangeError('a text without an end')
  return end
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
