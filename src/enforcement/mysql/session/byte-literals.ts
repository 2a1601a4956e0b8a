/**
 * Drivers that write values into a text themselves write bytes as they are, between quotes (`_binary'…'` in PyMySQL and
 * MariaDB's drivers). Such a text is no text, so that nobody could judge it; with the bytes in hexadecimal it says the same.
 *
 * @see https://dev.mysql.com/doc/refman/8.4/en/hexadecimal-literals.html
 */
import { isUtf8 } from 'node:buffer'

const INTRODUCED = /(?:^|[^\w$])_\w+\s*$/
const LONGEST_INTRODUCER = 64

/**
 * @param bytes a statement that is not UTF-8.
 * @returns the same with every literal that is not UTF-8 in hexadecimal; undefined where that does not make it a text.
 * @example
 * readableText(Buffer.from("select _binary'\xff'", 'latin1')) // "select _binary x'ff'"
 */
export function readableText(bytes: Buffer): string | undefined {
  const raw = bytes.toString('latin1')
  let written = ''
  for (let at = 0; at < raw.length; ) {
    const end = partEnd(raw, at)
    const part = raw.slice(at, end)
    const before = raw.slice(Math.max(0, at - LONGEST_INTRODUCER), at)
    written += isLiteral(part) && !isUtf8(latin1(part)) ? hexadecimal(part, before) : part
    at = end
  }
  const text = latin1(written)
  return isUtf8(text) ? text.toString('utf8') : undefined
}

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function isLiteral(part: string): boolean {
  return part.startsWith("'") || part.startsWith('"')
}

/** Bytes without a character set of their own are what a column of bytes takes them for. */
function hexadecimal(literal: string, before: string): string {
  const hex = latin1(contents(literal)).toString('hex')
  return INTRODUCED.test(before) ? ` x'${hex}'` : `_binary x'${hex}'`
}

/** A literal, a quoted name or a comment is one part; so is whatever is between them. */
function partEnd(text: string, at: number): number {
  const start = text.charAt(at)
  if (isLiteral(start) || start === '`') return quotedEnd(text, at, start)
  if (text.startsWith('/*', at)) return behind(text, '*/', at + 2)
  if (start === '#' || (text.startsWith('--', at) && !(text.charAt(at + 2) > ' ')))
    return behind(text, '\n', at)
  let end = at + 1
  while (end < text.length && !STARTS.has(text.charAt(end))) end += 1
  return end
}

const STARTS: ReadonlySet<string> = new Set(["'", '"', '`', '/', '#', '-'])

function quotedEnd(text: string, at: number, quote: string): number {
  let end = at + 1
  while (end < text.length) {
    const each = text.charAt(end)
    if (each === quote && text.charAt(end + 1) !== quote) return end + 1
    end += each === quote || (each === '\\' && quote !== '`') ? 2 : 1
  }
  return text.length
}

function behind(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from)
  return found < 0 ? text.length : found + mark.length
}

/** Of the letters that mean another character behind a backslash. */
const ESCAPED: Readonly<Record<string, string>> = Object.freeze({
  ...{ '0': '\0', b: '\b', n: '\n', r: '\r', t: '\t', Z: '\x1a' },
  ...{ '%': '\\%', _: '\\_' },
})

/** What a literal stands for: its quotes and escapes taken off. */
function contents(literal: string): string {
  const quote = literal.charAt(0)
  return literal
    .slice(1, -1)
    .replace(quote === "'" ? /\\[\s\S]|''/g : /\\[\s\S]|""/g, pair =>
      pair.startsWith('\\') ? (ESCAPED[pair.charAt(1)] ?? pair.charAt(1)) : quote,
    )
}
