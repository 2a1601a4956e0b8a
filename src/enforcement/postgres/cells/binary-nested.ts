/** Arrays and records in binary, taken apart and put together (array_send, record_send). */

/** A member as it was sent, null for NULL. */
export interface Member {
  readonly type: number
  readonly bytes: Buffer | null
}

export interface BinaryArray {
  readonly element: number
  /** Length of each dimension; none for an empty array. */
  readonly dimensions: readonly number[]
  readonly elements: readonly (Buffer | null)[]
}

const DEEPEST = 6

/** @throws RangeError for bytes that are none. */
export function readBinaryArray(bytes: Buffer): BinaryArray {
  const depth = bytes.readInt32BE(0)
  const flags = bytes.readInt32BE(4)
  if (depth < 0 || depth > DEEPEST || (flags !== 0 && flags !== 1)) throw new RangeError('no array')
  const element = bytes.readUInt32BE(8)
  const dimensions = Array.from({ length: depth }, (_, i) => bytes.readInt32BE(12 + 8 * i))
  const count = depth === 0 ? 0 : dimensions.reduce((product, length) => product * length, 1)
  if (count < 0 || count > bytes.length / 4) throw new RangeError('no array')
  let at = 12 + 8 * depth
  const elements: (Buffer | null)[] = []
  for (let i = 0; i < count; i++) {
    const member = lengthed(bytes, at)
    at += 4 + (member?.length ?? 0)
    elements.push(member)
  }
  if (at !== bytes.length) throw new RangeError('no array')
  return { element, dimensions, elements }
}

/** The same array with other elements. */
export function writeBinaryArray(cell: Buffer, elements: readonly (Buffer | null)[]): Buffer {
  const head = Buffer.from(cell.subarray(0, 12 + 8 * cell.readInt32BE(0)))
  head.writeInt32BE(elements.includes(null) ? 1 : head.readInt32BE(4), 4)
  return Buffer.concat([head, ...elements.flatMap(withLength)])
}

/** @throws RangeError for bytes that are none. */
export function readBinaryRecord(bytes: Buffer): readonly Member[] {
  const count = bytes.readInt32BE(0)
  if (count < 0 || count > bytes.length / 8) throw new RangeError('no record')
  let at = 4
  const members: Member[] = []
  for (let i = 0; i < count; i++) {
    const type = bytes.readUInt32BE(at)
    const member = lengthed(bytes, at + 4)
    at += 8 + (member?.length ?? 0)
    members.push({ type, bytes: member })
  }
  if (at !== bytes.length) throw new RangeError('no record')
  return members
}

export function writeBinaryRecord(members: readonly Member[]): Buffer {
  const head = Buffer.alloc(4)
  head.writeInt32BE(members.length)
  return Buffer.concat([
    head,
    ...members.flatMap(({ type, bytes }) => {
      const oid = Buffer.alloc(4)
      oid.writeUInt32BE(type)
      return [oid, ...withLength(bytes)]
    }),
  ])
}

/** The value at `at`, after its length. */
export function lengthed(bytes: Buffer, at: number): Buffer | null {
  const length = bytes.readInt32BE(at)
  if (length === -1) return null
  if (length < 0 || at + 4 + length > bytes.length) throw new RangeError('a member that is not whole')
  return bytes.subarray(at + 4, at + 4 + length)
}

function withLength(value: Buffer | null): Buffer[] {
  const length = Buffer.alloc(4)
  length.writeInt32BE(value === null ? -1 : value.length)
  return value === null ? [length] : [length, value]
}
