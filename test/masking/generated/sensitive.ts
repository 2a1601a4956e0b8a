/** Sensitive authentication data: stripes, verification codes, PIN blocks. */
import { card } from './cards.js'
import type { Random } from './random.js'
import { type Family, family, type Sample } from './sample.js'

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
].map(frame => random => {
  const { text, pan } = trackTwo(random)
  return stripe(
    frame.replace('@', () => text),
    pan,
    text,
  )
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

const CODES = [
  'cvv @',
  'CVV: @',
  'cvv=@',
  'CVV2=@;',
  '"cvv":"@"',
  '{"cvc":@}',
  '{"cvv2": "@", "exp": "12/27"}',
  '{"card":{"security_code":"@"}}',
  '{"securityCode":"@"}',
  "{'cvc': '@'}",
  '<CVV>@</CVV>',
  '<cvv2 type="x">@</cvv2>',
  'card_cvc=@&exp=1227',
  'cc_cvv:@',
  'CVN: @',
  'csc @',
  'CSC code: @',
  'CVD=@',
  'CAV2: @',
  'security code is @',
  'my security code: @.',
  'card security code @',
  'card verification value = @',
  'verification code on the back is @',
  'the 3-digit code on the back: @',
  'the three digits on the back are @',
  'cvv is @, expires 12/27',
  'CVV2/CVC2: @',
  'CVV/CVC @',
  'cvv number @',
  'cvv code: @',
  'cvvNumber=@',
  'cvv_code => @',
  '4111111111111111 12/27 cvv @',
  'exp 12/27 cvc @',
  'Sicherheitscode: @',
  'Prüfziffer: @',
  'Prüfnummer @',
  'cryptogramme : @',
  'code de sécurité @',
  'código de seguridad: @',
  'codice di sicurezza @',
  'código de segurança: @',
  'kod CVV @',
  'kod zabezpieczający @',
  'CVV-код @',
  'код CVC: @',
  '安全码：@',
  '安全码是@',
  'セキュリティコードは@',
  '보안 코드: @',
  'güvenlik kodu @',
  'kode keamanan @',
  'mã bảo mật @',
  'CID: @',
  'c v v @',
  'c.v.v. @',
  'C-V-V: @',
  'cvv\t@',
  'cvv\n@',
  'CVV (back): @',
  'CVV [@]',
  'card_verification_code: "@"',
  'verification_value=@',
  'INSERT INTO t (cvv) VALUES (@)',
  "where cvv = '@'",
  'cvv=[@]',
  'CVV%3D@',
  'cvv%22%3A%22@',
  '\\"cvv\\":\\"@\\"',
  'cvv&#58; @',
]
const codes: readonly Template[] = CODES.map(frame => random => {
  const code = random.digits(random.chance(0.8) ? 3 : 4)
  const text = frame.replace('@', code)
  // The code alone says nothing where the text has such digits elsewhere.
  return frame.replace('@', '').includes(code)
    ? { text, pans: [], secrets: [] }
    : { text, pans: [], secrets: [code] }
})

const pins: readonly Template[] = [
  'pin_block=@',
  'PINBLOCK: @',
  '{"pinBlock":"@"}',
  '{"pin_block": "@"}',
  '<PINBlock>@</PINBlock>',
  'F052=@',
  'DE52:@',
  'DE 52: @',
  'DE052 @',
  'field 52 = @',
  'Field052:@',
  'F52:@',
  'bit 52: @',
  'PIN block (ISO-0): @',
  'encrypted pin block @',
  'PinData=@',
  'EPB:@',
  'pin-block: @',
  'Encrypted PIN: @',
  'PIN Block Format 0 @',
].map(frame => random => {
  const block = random.chance(0.5) ? random.hex(16).toUpperCase() : random.hex(16)
  return { text: frame.replace('@', block), pans: [], secrets: [block] }
})

export const SENSITIVE: Readonly<Record<string, Family>> = {
  'track-1': family('track-1', ones),
  'track-2': family('track-2', twos),
  'tag-57': family('tag-57', tags),
  'both-tracks': family('both-tracks', [both]),
  cvv: family('cvv', codes),
  'pin-block': family('pin-block', pins),
}
