/** Cells and texts as tables hold them, always the same. */
import { card } from '../masking/generated/cards.js'
import { Random } from '../masking/generated/random.js'

const WORDS =
  'the invoice was sent on account of a customer who asked for another copy by post last week'.split(' ')

/** Of a hundred, one holds a card number. */
export function mixedCells(count: number): readonly string[] {
  const random = new Random(7)
  const kinds: readonly (() => string)[] = [
    () => random.name(),
    () => `${random.like('aaaaaa')}${random.int(1, 999)}@example.com`,
    () => random.like('hhhhhhhh-hhhh-4hhh-8hhh-hhhhhhhhhhhh'),
    () => `${random.date()} ${random.time()}`,
    () => random.amount(),
    () => String(random.int(1, 1_000_000)),
    () => random.pick(['settled', 'refunded', 'open', 'disputed']),
    () => sentence(random),
    () => `${random.int(1, 254)}.${random.int(1, 254)}.${random.int(1, 254)}.${random.int(1, 254)}`,
    () => `+${random.digits(2)} ${random.digits(3)} ${random.digits(7)}`,
  ]
  return Array.from({ length: count }, (_, n) =>
    n % 100 === 50 ? card(random).pan : (kinds[n % kinds.length]?.() ?? ''),
  )
}

/** Prose with numbers, dates and now and then a card number. */
export function longText(length: number): string {
  const random = new Random(11)
  const parts: string[] = []
  for (let written = 0; written < length; ) {
    const part = random.chance(0.02)
      ? `card ${card(random).pan}`
      : `${sentence(random)} ${random.date()} ${random.amount()}`
    parts.push(part)
    written += part.length + 2
  }
  return parts.join('. ').slice(0, length)
}

export function sentence(random: Random): string {
  return Array.from({ length: random.int(4, 12) }, () => random.pick(WORDS)).join(' ')
}
