/** What the tests of types share: a card number in every type that can hold one, and how to tell it in what came out. */
import { inspect } from 'node:util'

/** Its middle digits stand for nothing else. */
export const CARD = '4532015112830366'
export const OTHER_CARD = '5425233430109903'

export interface TypeCase {
  readonly type: string
  /** SQL of a value that holds the card number. */
  readonly card: string
  /** SQL of a value that holds none. */
  readonly plain: string
}

/** Nine digits in a row of a PAN are a leak (the measure of docs/masking.md), whatever stands between them. */
export function shows(text: string, card = CARD): boolean {
  const digits = text.normalize('NFKC').replace(/[^0-9]/g, '')
  for (let at = 0; at + 9 <= card.length; at++) if (digits.includes(card.slice(at, at + 9))) return true
  return false
}

/** As `shows`, in bytes of any encoding that a database has for numbers. */
export function showsInBytes(bytes: Buffer, card = CARD): boolean {
  const text = bytes.toString('latin1')
  const hex = /^(?:\{")?\\{1,2}x((?:[0-9a-f]{2})+)(?:"\})?$/.exec(text)?.[1]
  if (hex !== undefined) return showsInBytes(Buffer.from(hex, 'hex'), card)
  return shows(text, card) || needles(card).some(needle => bytes.includes(needle))
}

function needles(card: string): readonly Buffer[] {
  const number = BigInt(card)
  const double = Buffer.alloc(8)
  double.writeDoubleBE(Number(card))
  return [
    ...[number, number * 100n, number + 1n].flatMap(value => {
      const bytes = Buffer.alloc(8)
      bytes.writeBigInt64BE(value)
      return [bytes, Buffer.from(bytes).reverse()]
    }),
    // Packed decimals, groups of PostgreSQL's numeric, UTF-16.
    Buffer.from(card.slice(4, 14), 'hex'),
    Buffer.from(
      (card.slice(4, 12).match(/\d{4}/g) ?? [])
        .map(group => Number(group).toString(16).padStart(4, '0'))
        .join(''),
      'hex',
    ),
    Buffer.from(card, 'utf16le'),
    double,
  ]
}

/** Everything that a value shows to whoever holds it. */
export function everything(value: unknown): string {
  const json = JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return String(inner)
    return inner
  })
  return `${inspect(value, { depth: 20, maxArrayLength: null, maxStringLength: null })}\n${json}\n${bytesIn(value)}`
}

function bytesIn(value: unknown): string {
  if (value instanceof ArrayBuffer) return bytesIn(new Uint8Array(value))
  if (value instanceof Uint8Array)
    return `${Buffer.from(value).toString('latin1')} ${Buffer.from(value).toString('hex')}`
  if (typeof value !== 'object' || value === null) return ''
  return Object.values(value).map(bytesIn).join(' ')
}
