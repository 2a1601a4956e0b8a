/**
 * Where so many bytes of a kind stand together first. Looked for from the end of where they would stand: what
 * breaks them there breaks all that begin before, so that most bytes are never looked at.
 *
 * @param table for each byte, its kinds as bits.
 * @returns -1 where there are not so many together.
 */
export function stretchAt(
  bytes: Uint8Array,
  start: number,
  end: number,
  length: number,
  table: Uint8Array,
  kind: number,
): number {
  let from = start
  while (from + length <= end) {
    let at = from + length - 1
    while (at >= from && ((table[bytes[at] as number] as number) & kind) !== 0) at--
    if (at < from) return from
    from = at + 1
  }
  return -1
}
