/** Array and record literals, read and written (PostgreSQL manual, "Array Input and Output Syntax" and "Composite Type Input and Output Syntax"). */

/** Elements of an array: null for NULL, lists for further dimensions. */
export type Nested = readonly (string | null | Nested)[]

export interface ArrayText {
  /** `[2:4]=`, where the first element is not number 1. */
  readonly bounds: string
  readonly elements: Nested
}

/** Deeper literals are none: PostgreSQL has at most six dimensions. */
const DEEPEST = 6

/** @throws RangeError for a text that is no array. */
export function readArray(text: string): ArrayText {
  const bounds = /^(?:\[[-\d]+:[-\d]+\])+=/.exec(text)?.[0] ?? ''
  const reader = new ArrayReader(text, bounds.length)
  return { bounds, elements: reader.whole() }
}

class ArrayReader {
  constructor(
    private readonly text: string,
    private at: number,
  ) {}

  whole(): Nested {
    const elements = this.list(1)
    if (this.at !== this.text.length) throw new RangeError('no array')
    return elements
  }

  private list(depth: number): Nested {
    const { text } = this
    if (text[this.at] !== '{' || depth > DEEPEST) throw new RangeError('no array')
    const elements: (string | null | Nested)[] = []
    this.at++
    if (text[this.at] === '}') {
      this.at++
      return elements
    }
    for (;;) {
      elements.push(text[this.at] === '{' ? this.list(depth + 1) : this.element())
      const next = text[this.at++]
      if (next === '}') return elements
      if (next !== ',') throw new RangeError('no array')
    }
  }

  private element(): string | null {
    const { text } = this
    if (text[this.at] !== '"') {
      const start = this.at
      let escaped = false
      while (this.at < text.length && text[this.at] !== ',' && text[this.at] !== '}') {
        if (text[this.at] === '\\') {
          escaped = true
          this.at++
        }
        this.at++
      }
      const raw = text.slice(start, this.at)
      if (raw === 'NULL') return null
      return escaped ? raw.replace(/\\(.)/gs, '$1') : raw
    }
    const start = ++this.at
    while (this.at < text.length && text[this.at] !== '"') this.at += text[this.at] === '\\' ? 2 : 1
    const raw = text.slice(start, this.at++)
    return raw.includes('\\') ? raw.replace(/\\(.)/gs, '$1') : raw
  }
}

export function writeArray({ bounds, elements }: ArrayText): string {
  return bounds + list(elements)
}

function list(elements: Nested): string {
  const texts = elements.map(element => {
    if (element === null) return 'NULL'
    return typeof element === 'string' ? arrayElement(element) : list(element)
  })
  return `{${texts.join(',')}}`
}

function arrayElement(text: string): string {
  if (text !== '' && !/[{},"\\\s]/.test(text) && !/^null$/i.test(text)) return text
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** The members of `(a,"b c",)`, or undefined for a text that is no record. */
export function readRecord(text: string): (string | null)[] | undefined {
  if (!text.startsWith('(') || !text.endsWith(')')) return undefined
  const members: (string | null)[] = []
  let member = ''
  let given = false
  let quoted = false
  for (let at = 1; at < text.length - 1; at++) {
    const char = text[at] ?? ''
    if (char === '"' && quoted && text[at + 1] === '"') {
      member += '"'
      at++
    } else if (char === '"') {
      quoted = !quoted
      given = true
    } else if (char === '\\') member += text[++at] ?? ''
    else if (char === ',' && !quoted) {
      members.push(given || member !== '' ? member : null)
      member = ''
      given = false
    } else member += char
  }
  members.push(given || member !== '' ? member : null)
  return quoted ? undefined : members
}

export function writeRecord(members: readonly (string | null)[]): string {
  return `(${members.map(member => (member === null ? '' : recordMember(member))).join(',')})`
}

/** Also a bound of a range. */
export function recordMember(text: string): string {
  if (text !== '' && !/[(),"\\\s[\]]/.test(text)) return text
  return `"${text.replace(/["\\]/g, '$&$&')}"`
}
