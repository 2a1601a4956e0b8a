/** Card numbers of every brand, and the ways people write them. */
import { doubled } from '../../../src/util/luhn.js'
import type { Random } from './random.js'

export interface Card {
  readonly brand: string
  /** ASCII digits only. */
  readonly pan: string
}

export interface Brand {
  readonly name: string
  readonly prefixes: readonly string[]
  readonly lengths: readonly number[]
  /** Issuers leave the check digit out. */
  readonly luhn: boolean
}

const brand = (name: string, prefixes: string, lengths: readonly number[], luhn = true): Brand => ({
  name,
  prefixes: prefixes.split(' ').flatMap(spread),
  lengths,
  luhn,
})

/** `51-55` is five prefixes. */
function spread(prefix: string): string[] {
  const [from = '', to] = prefix.split('-')
  if (to === undefined) return [from]
  return Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => String(Number(from) + i))
}

export const BRANDS: readonly Brand[] = [
  brand('visa', '4', [13, 16, 18, 19]),
  brand('mastercard', '51-55 2221-2229 223-269 2700-2720', [16]),
  brand('amex', '34 37', [15]),
  brand('discover', '6011 644-649 65', [16, 17, 18, 19]),
  brand('diners', '300-305 3095 36 38 39', [14, 16, 17, 18, 19]),
  brand('diners-36', '36', [14, 15, 16, 17, 18, 19]),
  brand('jcb', '3528-3589', [16, 17, 18, 19]),
  brand('jcb-15', '2131 1800', [15]),
  brand('unionpay', '62 810-817', [16, 17, 18, 19]),
  brand('maestro', '50 56-58 6304 67', [12, 13, 14, 15, 16, 17, 18, 19]),
  brand('mir', '2200-2204', [16, 17, 18, 19]),
  brand('rupay', '60 65 81 82 508 353 356', [16]),
  brand('elo', '401178 438935 451416 504175 506699-506778 509 627780 636297 636368 650031-650051', [16]),
  brand('troy', '9792', [16]),
  brand('hipercard', '606282 637095 637568 637599 637609 637612', [16]),
  brand('verve', '506099-506198 507865-507964 650002-650027', [16, 18, 19]),
  brand('dankort', '5019', [16]),
  brand('uzcard', '8600', [16]),
  brand('humo', '9860', [16]),
  brand('interpayment', '636', [16, 17, 18, 19]),
  brand('instapayment', '637-639', [16]),
  brand('lankapay', '357111', [16]),
  brand('naranja', '589562', [16]),
]

/** Those that are told by words beside them only. */
export const WORDED: readonly Brand[] = [
  brand('unionpay-without', '62 810-817', [16, 17, 18, 19], false),
  brand('enroute', '2014 2149', [15], false),
  brand('verve-without', '506099-506198 507865-507964', [16, 18, 19], false),
  brand('uatp', '1', [15]),
]

export function card(random: Random, brands: readonly Brand[] = BRANDS): Card {
  const { name, prefixes, lengths, luhn } = random.pick(brands)
  const prefix = random.pick(prefixes)
  const length = random.pick(lengths)
  const body = prefix + random.digits(length - 1 - prefix.length)
  if (!luhn) return { brand: name, pan: body + random.digits(1) }
  return { brand: name, pan: body + checkDigit(body) }
}

export function checkDigit(body: string): number {
  let sum = 0
  for (let i = body.length - 1, place = 0; i >= 0; i--, place++) {
    const digit = Number(body[i])
    sum += place % 2 === 0 ? doubled(digit) : digit
  }
  return (10 - (sum % 10)) % 10
}

/** Cuts into groups of these sizes; what is left over is the last group. */
function cut(pan: string, sizes: readonly number[]): string[] {
  const groups: string[] = []
  let at = 0
  for (const size of sizes) {
    if (at < pan.length) groups.push(pan.slice(at, at + size))
    at += size
  }
  if (at < pan.length) groups.push(pan.slice(at))
  return groups
}

/** As embossed: 4-6-5, 4-6-4, otherwise fours. */
export function embossed({ pan, brand: name }: Card): string[] {
  if (pan.length === 15 || (pan.length === 14 && name !== 'maestro')) return cut(pan, [4, 6, 5])
  if (pan.length === 13) return cut(pan, [4, 3, 3, 3])
  if (pan.length === 19 && name === 'unionpay' && Number(pan.at(-1)) < 5) return cut(pan, [6, 13])
  return cut(pan, [4, 4, 4, 4, 4])
}

export function everyTwo({ pan }: Card): string[] {
  return cut(pan, Array(10).fill(2))
}

export function everyDigit({ pan }: Card): string[] {
  return [...pan]
}

export function thousands({ pan }: Card): string[] {
  const first = pan.length % 3
  return [pan.slice(0, first), ...cut(pan.slice(first), Array(6).fill(3))].filter(group => group !== '')
}

/** Groups as somebody reads them out who does not care. */
export function careless({ pan }: Card, random: Random): string[] {
  const shapes = [
    [4, 12],
    [12, 4],
    [8, 8],
    [4, 4, 8],
    [4, 8, 4],
    [8, 4, 4],
    [6, 6, 4],
    [6, 10],
    [5, 5, 5],
    [3, 4, 4, 5],
  ]
  return cut(pan, random.pick(shapes))
}
