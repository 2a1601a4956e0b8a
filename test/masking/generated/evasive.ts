/** Card numbers as they are written by people who do not mean them to be found, or do not care. */
import {
  BRANDS,
  type Card,
  card,
  careless,
  embossed,
  everyDigit,
  everyTwo,
  thousands,
  WORDED,
} from './cards.js'
import { type Around, around } from './ordinary.js'
import type { Random } from './random.js'
import { type Family, family } from './sample.js'
import { DIGITS, INVISIBLE, inScript, LINE_BREAKS, SEPARATORS } from './scripts.js'

type Write = (made: Card, random: Random) => string

/** Texts that say nothing about cards, so that nothing but the number gives it away. */
const BARE: readonly Around[] = [
  n => n,
  n => `${n}.`,
  n => `it is ${n}, ok`,
  n => `"${n}"`,
  (n, r) => `${r.name()}: ${n}; thanks`,
  n => `(${n})`,
  n => JSON.stringify({ v: n }),
  n => `<td>${n}</td>`,
  n => `v=${n}&w=1`,
  n => `|${n}|`,
  (n, r) => `on ${r.date()} ${n} was used`,
  (n, r) => `${n}, ${r.amount()} EUR`,
]

const joined =
  (groups: (made: Card, random: Random) => readonly string[], gap: (random: Random) => string): Write =>
  (made, random) =>
    groups(made, random).join(gap(random))

/** Another gap each time. */
const mixed =
  (groups: (made: Card, random: Random) => readonly string[], gap: (random: Random) => string): Write =>
  (made, random) =>
    groups(made, random).reduce((text, group) => `${text}${gap(random)}${group}`)

const spreadOut: Write = ({ pan }, random) => {
  const sign = random.pick(INVISIBLE)
  return [...pan].join(sign)
}

const sprinkled: Write = (made, random) => {
  const base = embossed(made).join(random.pick(['', ' ', '-']))
  return base.replace(/\d/g, digit => (random.chance(0.3) ? digit + random.pick(INVISIBLE) : digit))
}

const between: Write = (made, random) => embossed(made).join(random.pick(INVISIBLE))

const scripted: Write = (made, random) => {
  const script = random.pick(Object.keys(DIGITS))
  const gap =
    script.startsWith('with') || script === 'parenthesised' ? '' : random.pick(['', ' ', '-', '\u2009'])
  return inScript(embossed(made).join(gap), script)
}

const twoScripts: Write = (made, random) => {
  const scripts = ['fullwidth', 'arabicIndic', 'mathBold', 'thai', 'devanagari', 'superscript', 'none']
  const chosen = [random.pick(scripts), random.pick(scripts), random.pick(scripts)]
  return [...made.pan].map(digit => inScript(digit, random.pick(chosen))).join('')
}

const fraction: Write = ({ pan }, random) =>
  pan + random.pick(['.00', '.0', ',00', '.000000', '.', ' .00', ',0', '.00000', '.0000000000'])

const padded: Write = ({ pan }, random) =>
  random.pick([
    pan.padStart(20, '0'),
    pan.padStart(24, '0'),
    pan.padStart(19, '0'),
    pan.padStart(30, '0'),
    pan.padStart(38, '0'),
    `0${pan}`,
    `00${pan}`,
    `000${pan}`,
  ])

const PADDED_IN: readonly Around[] = [
  n => n,
  n => `D${n}`,
  n => `${n}|`,
  (n, r) => `H1 ${n} ${r.digits(6)}`,
  (n, r) => `${r.digits(4)},${n}`,
  n => `{"acct":"${n}"}`,
  n => `acct=${n};`,
  (n, r) => `${r.like('AA9')}  ${n}  ${r.digits(15)}`,
]

const thousandsOf: Write = (made, random) =>
  thousands(made).join(
    random.pick([',', '.', ' ', "'", '\u2019', '\u00a0', '\u202f', '_', '\u2009', '\u066c', '٬']),
  )

/** A word that stands before, and no check digit that would hold. */
const WORDS: readonly Around[] = [
  n => `card number ${n}`,
  n => `Card No: ${n}`,
  n => `card no. ${n}`,
  n => `{"card_number":"${n}"}`,
  n => `{"cardNumber": "${n}", "x": 1}`,
  n => `{"primaryAccountNumber":"${n}"}`,
  n => `{"brand":"UnionPay","number":"${n}"}`,
  n => `<cardNumber>${n}</cardNumber>`,
  n => `<PAN>${n}</PAN>`,
  n => `pan=${n}&x=1`,
  n => `credit card ${n} exp 12/27`,
  n => `debit card ending? full: ${n}`,
  n => `UnionPay ${n}`,
  n => `China UnionPay: ${n}`,
  n => `银联卡 ${n}`,
  n => `银联 ${n}`,
  n => `借记卡号为${n}`,
  n => `CUP card ${n}`,
  n => `cardno:${n}`,
  n => `CC#: ${n}`,
  n => `ccnum=${n}`,
  n => `Kartennummer ${n}`,
  n => `numéro de carte : ${n}`,
  n => `número de tarjeta ${n}`,
  n => `номер карты: ${n}`,
  n => `カード番号：${n}`,
  n => `कार्ड ${n}`,
  n => `কার্ড নম্বর ${n}`,
  n => `หมายเลขบัตร ${n}`,
  n => `رقم البطاقة ${n}`,
  n => `כרטיס ${n}`,
  n => `αριθμός κάρτας ${n}`,
  n => `Diners card ${n}`,
  n => `paid by card (${n})`,
  n => `INSERT INTO cards (pan) VALUES ('${n}')`,
  n => `WHERE card_number = '${n}'`,
  n => `cardholder pan: ${n}`,
  n => `card-number\t${n}`,
  n => `"Card Number","${n}"`,
  n => `CARD_NO => ${n}`,
  n => `card[number]=${n}`,
]

/** The word stands behind. */
const WORDS_BEHIND: readonly Around[] = [
  n => `${n} (UnionPay)`,
  n => `${n} is my card number`,
  n => `{"number":"${n}","brand":"unionpay"}`,
  n => `${n} 银联卡`,
]

const typo = (random: Random): Card => {
  const made = card(random)
  const last = (Number(made.pan.at(-1)) + random.int(1, 9)) % 10
  return { brand: made.brand, pan: made.pan.slice(0, -1) + last }
}
const bare: Write = ({ pan }) => pan
const spaced: Write = made => embossed(made).join(' ')
const worded = (random: Random): Card => card(random, WORDED)
const anyGap = (random: Random): string => random.pick(SEPARATORS)
const plainGap = (random: Random): string =>
  random.pick([' ', '-', '.', '/', '_', '\u00a0', '  ', '\u2013', ''])

/** In records of fixed width, without a gap; what follows a number says that it is one. */
const RECORDS: readonly Around[] = [
  (n, r) => `${n}${r.two(1, 12)}${r.two(24, 38)}`,
  (n, r) => `${n}${r.two(24, 38)}${r.two(1, 12)}`,
  (n, r) => `${n}${r.two(1, 12)}${r.two(24, 38)}${r.digits(3)}`,
  (n, r) => `${n}${r.two(1, 12)}/${r.two(24, 38)}`,
  (n, r) => `01${n}${r.two(1, 12)}${r.two(24, 38)}${r.digits(5).padStart(12, '0')}`,
  (n, r) => `D${n}${r.digits(5).padStart(12, '0')}${r.digits(6)}`,
  (n, r) => `5${r.digits(5)}${n}${r.digits(4).padStart(11, '0')}`,
  (n, r) => `${r.date().replaceAll('-', '')}${n}${r.digits(5)}`,
  (n, r) => `${n.length}${n}003000${r.digits(12)}`,
  (n, r) => `${n}${card(r, SIXTEEN).pan}`,
  (n, r) => `${n}${card(r, SIXTEEN).pan}${card(r, SIXTEEN).pan}${card(r, SIXTEEN).pan}`,
]
const SIXTEEN = BRANDS.filter(({ lengths }) => lengths.includes(16)).map(brand => ({
  ...brand,
  lengths: [16],
}))
const sixteen = (random: Random): Card => card(random, SIXTEEN)

/** EMV fields byte by byte. */
const FIELDS: readonly Around[] = [
  n => `5A 08 ${n.replace(/..(?=.)/g, '$& ')}`,
  n => `9F02 06 5a:08:${n.replace(/..(?=.)/g, '$&:')}`,
  (n, r) => `57 13 ${n.replace(/..(?=.)/g, '$& ')} D${r.digits(1)} ${r.hex(2)}`,
]

const inColour: Write = made =>
  embossed(made).reduce((text, group, i) =>
    i === 1 ? `\u001b[1;31m${text}\u001b[0m ${group}` : `${text} ${group}`,
  )

/** What comes of a gap that was lost on the way, or is drawn. */
const ODD_GAPS = [
  '\ufffd',
  '\u2192',
  ' \u2192 ',
  '\u2026',
  '\u00a6',
  '\u2502',
  '\u2e31',
  '\u2218',
  '\u2052',
  '\u00c2\u00a0',
  '\u00e2\u20ac\u201c',
  '\u00e2\u20ac\u00af',
  '\u00e2\u0080\u0091',
]

export const EVASIVE: Readonly<Record<string, Family>> = {
  separator: family('separator', around(BARE, joined(embossed, anyGap))),
  'mixed-separators': family('mixed-separators', around(BARE, mixed(embossed, plainGap))),
  'any-separators': family('any-separators', around(BARE, mixed(embossed, anyGap))),
  'line-break': family(
    'line-break',
    around(
      BARE,
      joined(embossed, random => random.pick(LINE_BREAKS)),
    ),
  ),
  'one-break': family(
    'one-break',
    around(BARE, ({ pan }, random) => {
      const at = random.int(3, pan.length - 3)
      return `${pan.slice(0, at)}${random.pick(LINE_BREAKS)}${pan.slice(at)}`
    }),
  ),
  'by-digit': family('by-digit', around(BARE, joined(everyDigit, anyGap))),
  'by-two': family(
    'by-two',
    around(
      BARE,
      joined(everyTwo, random => random.pick([' ', '-', '.', '_', '/'])),
    ),
  ),
  careless: family(
    'careless',
    around(
      BARE,
      joined(careless, random => random.pick([' ', '-', '  ', '_', '\u00a0'])),
    ),
  ),
  thousands: family('thousands', around(BARE, thousandsOf)),
  invisible: family('invisible', around(BARE, spreadOut)),
  'invisible-between': family('invisible-between', around(BARE, between)),
  sprinkled: family('sprinkled', around(BARE, sprinkled)),
  script: family('script', around(BARE, scripted)),
  'two-scripts': family('two-scripts', around(BARE, twoScripts)),
  fraction: family('fraction', around(BARE, fraction)),
  padded: family('padded', around(PADDED_IN, padded)),
  record: family('record', around(RECORDS, bare, sixteen)),
  'emv-bytes': family('emv-bytes', around(FIELDS, bare, sixteen)),
  colour: family('colour', around(BARE, inColour)),
  'odd-gap': family(
    'odd-gap',
    around(
      BARE,
      joined(embossed, random => random.pick(ODD_GAPS)),
    ),
  ),
  parenthesised: family(
    'parenthesised',
    around(BARE, made => embossed(made).join(' ').replace(/^\d+/, '($&)'), sixteen),
  ),
  worded: family('worded', around(WORDS, bare, worded)),
  'worded-spaced': family('worded-spaced', around(WORDS, spaced, worded)),
  'worded-behind': family('worded-behind', around(WORDS_BEHIND, bare, worded)),
  typo: family('typo', around(WORDS, bare, typo)),
}
