/** Names and patterns of names, case-insensitive. */
export type Glob = (name: string) => boolean

/**
 * `*` stands for any run of characters. Linear: each literal piece is taken at its first chance.
 *
 * @example
 * glob('card*')('Cards') // true
 */
export function glob(pattern: string): Glob {
  const [head = '', ...rest] = pattern.toLowerCase().split('*')
  const tail = rest.pop()
  if (tail === undefined) return equals(pattern)
  return candidate => {
    const name = candidate.toLowerCase()
    if (!name.startsWith(head)) return false
    let at = head.length
    for (const piece of rest) {
      const found = name.indexOf(piece, at)
      if (found === -1) return false
      at = found + piece.length
    }
    return name.length - tail.length >= at && name.endsWith(tail)
  }
}

/** The name itself. */
export function equals(wanted: string): Glob {
  const folded = wanted.toLowerCase()
  return name => name.toLowerCase() === folded
}
