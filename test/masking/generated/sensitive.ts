/** Sensitive authentication data: stripes, verification codes, PIN blocks. */
import { card } from './cards.js'
import type { Random } from './random.js'
import { type Family, family, type Sample } from './sample.js'
import { CODE_FRAMES, PIN_FRAMES } from './sensitive-frames.js'

type Template = (random: Random) => Omit<Sample, 'kind'>

const expiry = (random: Random): string => `${random.two(24, 39)}${random.two(1, 12)}`
const service = (random: Random): string => random.pick(['101', '201', '220', '221', '601', '120', '000'])

const NAMES = [
  'SMITH/JOHN',
  'DOE/J.MR',
  "O'NEIL/ANNE M",
  'NAKAMURA/AIKO     ',
  'VAN DIJK/I',
  ' /',
  'CARDHOLDER/VALUED',
  'LOPEZ GARCIA/JOSE',
]

function trackOne(random: Random): { text: string; pan: string } {
  const { pan } = card(random)
  const text = `B${pan}^${random.pick(NAMES)}^${expiry(random)}${service(random)}${random.digits(random.int(5, 20))}`
  return { text, pan }
}

function trackTwo(random: Random, separator = '='): { text: string; pan: string } {
  const { pan } = card(random)
  return {
    text: `${pan}${separator}${expiry(random)}${service(random)}${random.digits(random.int(4, 12))}`,
    pan,
  }
}

const stripe = (text: string, pan: string, secret: string): Omit<Sample, 'kind'> => ({
  text,
  pans: [pan],
  secrets: [secret],
})

const ones: readonly Template[] = [
  '%@?',
  '%@?;',
  '@',
  '%@',
  'T1=%@?',
  '{"track1":"%@?"}',
  'track 1: %@? read ok',
  '<t>%@?</t>',
  'DE45=@',
  'msg=%@?|rc=00',
].map(frame => random => {
  const { text, pan } = trackOne(random)
  return stripe(
    frame.replace('@', () => text),
    pan,
    text,
  )
})

const twos: readonly Template[] = [
  ';@?',
  ';@?9',
  'T2=;@?',
  '{"track2":";@?"}',
  '"track_2_data":"@"',
  'swipe ;@? done',
  'DE35=@',
  'F035:@',
  '%E?;@?+E?',
  '<Track2>;@?</Track2>',
  'L@',
  '35 L @',
  '%3B@%3F',
  '&#59;@?',
  ';@?*',
].map(frame => random => {
  const { text, pan } = trackTwo(random)
  return stripe(
    frame.replace('L', String(text.length)).replace('@', () => text),
    pan,
    text,
  )
})

/** Parts left out, or written apart. */
const odd: readonly Template[] = [
  (random: Random, pan: string) => `%B${pan}^^${expiry(random)}${service(random)}${random.digits(9)}?`,
  (random: Random, pan: string) => `%B${pan}^DOE/J^^${service(random)}${random.digits(9)}?`,
  (random: Random, pan: string) => `%B${pan}^DOE/J\n^${expiry(random)}${service(random)}${random.digits(9)}?`,
  (random: Random, pan: string) =>
    `%B${pan}&Hat;DOE/J&Hat;${expiry(random)}${service(random)}${random.digits(9)}?`,
  (random: Random, pan: string) => `;${pan}=${expiry(random)}?`,
  (random: Random, pan: string) => `;${pan}==${service(random)}${random.digits(9)}?`,
  (random: Random, pan: string) => `;${pan} = ${expiry(random)}${service(random)}${random.digits(9)}?`,
  (random: Random, pan: string) => `;${pan}=3D${expiry(random)}${service(random)}${random.digits(9)}?`,
  (random: Random, pan: string) => `;${pan}&equals;${expiry(random)}${service(random)}${random.digits(9)}?`,
  (random: Random, pan: string) =>
    `;${pan.replace(/(.{4})(?=.)/g, '$1 ')}=${expiry(random)}${service(random)}${random.digits(9)}?`,
].map(frame => random => {
  const { pan } = card(random)
  const text = frame(random, pan)
  return stripe(text, pan, text)
})

/** Beside the number and its expiry, whose digits must not show the code again. */
const ROWS: readonly ((pan: string, month: string, year: string, code: string) => string)[] = [
  (pan, month, year, code) => `${pan}|${month}|20${year}|${code}`,
  (pan, month, year, code) => `${pan}|20${year}|${month}|${code}`,
  (pan, month, year, code) => `${pan}|${year}${month}|${code}`,
  (pan, month, year, code) => `${pan} - ${month}/${year} - ${code}`,
  (pan, month, year, code) => `${pan} exp ${month}/${year} ${code}`,
  (pan, month, year, code) => `${pan}, exp. ${month}/${year}, ${code}`,
  (pan, month, year, code) => `${pan} valid thru ${month}/${year} ${code}`,
  (pan, month, year, code) => `("${pan}","${month}/${year}","${code}")`,
  (pan, month, year, code) => `"${pan}","${month}","20${year}","${code}"`,
  (pan, month, year, code) => `${pan}\n${month}/${year}\n${code}`,
  (pan, month, year, code) => `${pan} 20${year}-${month} ${code}`,
  (pan, month, year, code) => `${pan} ${code} ${month}/${year}`,
  (pan, month, year, code) => `<td>${pan}</td><td>${month}/${year}</td><td>${code}</td>`,
]
const rows: readonly Template[] = ROWS.map(frame => random => {
  for (;;) {
    const { pan } = card(random)
    const code = random.digits(3)
    const text = frame(pan, random.two(1, 12), random.two(24, 39), code)
    if (text.split(code).length === 2) return { text, pans: [pan], secrets: [code] }
  }
})

const byteLength = (text: string): string => (text.length / 2).toString(16).padStart(2, '0').toUpperCase()
const tags: readonly Template[] = [
  '57L@',
  '57 L @',
  '5F20 57L@9F26',
  '{"57":"@"}',
  'tag57=@',
  '9F1E57L@5A08',
  '57:@',
  'T57=@',
].map(frame => random => {
  const { text, pan } = trackTwo(random, 'D')
  const even = text.length % 2 === 0 ? text : `${text}F`
  return stripe(
    frame.replace('L', byteLength(even)).replace('@', () => even),
    pan,
    even,
  )
})

const both: Template = random => {
  const one = trackOne(random)
  const body = one.pan
  const two = `${body}=${expiry(random)}${service(random)}${random.digits(8)}`
  return { text: `%${one.text}?;${two}?`, pans: [body], secrets: [one.text, two] }
}

const codes: readonly Template[] = CODE_FRAMES.map(frame => random => {
  const code = random.digits(random.chance(0.8) ? 3 : 4)
  const text = frame.replace('@', code)
  // The code alone says nothing where the text has such digits elsewhere.
  return frame.replace('@', '').includes(code)
    ? { text, pans: [], secrets: [] }
    : { text, pans: [], secrets: [code] }
})

const pins: readonly Template[] = [...PIN_FRAMES].map(frame => random => {
  const block = random.chance(0.5) ? random.hex(16).toUpperCase() : random.hex(16)
  return { text: frame.replace('@', block), pans: [], secrets: [block] }
})

export const SENSITIVE: Readonly<Record<string, Family>> = {
  'track-1': family('track-1', ones),
  'track-2': family('track-2', twos),
  'track-odd': family('track-odd', odd),
  row: family('row', rows),
  'tag-57': family('tag-57', tags),
  'both-tracks': family('both-tracks', [both]),
  cvv: family('cvv', codes),
  'pin-block': family('pin-block', pins),
}
