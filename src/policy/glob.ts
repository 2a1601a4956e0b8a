/**
 * Patterns of names with parts. They are matched part by part, so that a name whose parts hold dots cannot shift. A part
 * in "double quotes" is a literal name.
 */
import { equals, glob } from '../util/glob.js'

/**
 * A pattern over `length` parts. With one part fewer, the first part (the schema) is any.
 *
 * @example partsGlob('cards.pan', 3)(['public', 'cards', 'pan']) // true
 * @throws RangeError for a pattern of another length; the schema has checked it before.
 */
export function partsGlob(pattern: string, length: number): (parts: readonly string[]) => boolean {
  const tests = padded(pattern, length).map(part => (part.literal ? equals(part.text) : glob(part.text)))
  return parts => parts.length === length && tests.every((test, index) => test(parts[index] ?? ''))
}

/** Whether some name could match both patterns; errs towards yes. */
export function mayOverlap(a: string, b: string, length: number): boolean {
  const others = padded(b, length)
  return padded(a, length).every((part, index) => {
    const other = others[index]
    if (other === undefined || (isWild(part) && isWild(other))) return true
    if (isWild(part)) return glob(part.text)(other.text)
    return isWild(other) ? glob(other.text)(part.text) : equals(part.text)(other.text)
  })
}

interface Part {
  readonly text: string
  readonly literal: boolean
}

/** The parts of a dotted pattern; null where it is not well formed. */
export function patternParts(pattern: string): readonly Part[] | null {
  const grammar = /"((?:[^"]|"")+)"(?:\.(?!$)|$)|([^".\s]+)(?:\.(?!$)|$)/gy
  const parts: Part[] = []
  let read = 0
  for (const match of pattern.matchAll(grammar)) {
    read += match[0].length
    const [, quoted, plain = ''] = match
    parts.push(
      quoted === undefined
        ? { text: plain, literal: false }
        : { text: quoted.replaceAll('""', '"'), literal: true },
    )
  }
  return read === pattern.length ? parts : null
}

function padded(pattern: string, length: number): readonly Part[] {
  const given = patternParts(pattern)
  if (given?.length === length) return given
  if (given?.length === length - 1) return [{ text: '*', literal: false }, ...given]
  throw new RangeError(`a pattern needs ${length - 1} or ${length} parts`)
}

function isWild(part: Part): boolean {
  return !part.literal && part.text.includes('*')
}
