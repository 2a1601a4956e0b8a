/** DataRow messages for tests, written the plain way. */

export type Cell = Buffer | null

export function dataRow(cells: readonly Cell[]): Buffer {
  const parts = cells.flatMap(cell => {
    const length = Buffer.alloc(4)
    length.writeInt32BE(cell === null ? -1 : cell.length)
    return cell === null ? [length] : [length, cell]
  })
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(7)
  head[0] = 0x44
  head.writeInt32BE(6 + body.length, 1)
  head.writeInt16BE(cells.length, 5)
  return Buffer.concat([head, body])
}

/** The cells of messages that lie back to back. */
export function cellsOf(bytes: Buffer): Cell[][] {
  const rows: Cell[][] = []
  for (let at = 0; at < bytes.length; at += 1 + bytes.readInt32BE(at + 1)) {
    let cell = at + 7
    rows.push(
      Array.from({ length: bytes.readInt16BE(at + 5) }, () => {
        const length = bytes.readInt32BE(cell)
        const start = cell + 4
        cell = start + Math.max(0, length)
        return length < 0 ? null : Buffer.from(bytes.subarray(start, cell))
      }),
    )
  }
  return rows
}
