/**
 * Binary values as the text that the server would have sent (the send functions of PostgreSQL's
 * src/backend/utils/adt). Each throws RangeError for bytes that are no value of the type.
 */

type Read = (bytes: Buffer) => string

/** Microseconds and days between 1970 and 2000, where PostgreSQL's time begins. */
const EPOCH_MICROS = 946_684_800_000_000n
const EPOCH_DAYS = 10_957
const MICROS_PER_DAY = 86_400_000_000n

export const SCALARS: ReadonlyMap<number, Read> = new Map<number, Read>([
  [16, bytes => (sized(bytes, 1)[0] === 0 ? 'f' : 't')],
  [17, bytes => `\\x${bytes.toString('hex')}`],
  [20, bytes => String(sized(bytes, 8).readBigInt64BE())],
  [5069, bytes => String(sized(bytes, 8).readBigUInt64BE())],
  ...[2970, 5038].map((type): [number, Read] => [type, snapshot]),
  [21, bytes => String(sized(bytes, 2).readInt16BE())],
  [23, bytes => String(sized(bytes, 4).readInt32BE())],
  ...[24, 26, 28, 29].map((type): [number, Read] => [type, bytes => String(sized(bytes, 4).readUInt32BE())]),
  [27, bytes => `(${sized(bytes, 6).readUInt32BE()},${bytes.readUInt16BE(4)})`],
  [600, bytes => `(${floats(sized(bytes, 16)).join(',')})`],
  [718, circle],
  ...[601, 603, 628].map((type): [number, Read] => [type, bytes => `(${floats(bytes).join(',')})`]),
  [602, bytes => `(${floats(bytes.subarray(5)).join(',')})`],
  [604, bytes => `(${floats(bytes.subarray(4)).join(',')})`],
  [650, bytes => network(bytes, true)],
  [869, bytes => network(bytes, false)],
  [700, bytes => float4(sized(bytes, 4).readFloatBE())],
  [701, bytes => String(sized(bytes, 8).readDoubleBE())],
  [
    774,
    bytes =>
      sized(bytes, 8)
        .toString('hex')
        .replace(/..(?=.)/g, '$&:'),
  ],
  [
    829,
    bytes =>
      sized(bytes, 6)
        .toString('hex')
        .replace(/..(?=.)/g, '$&:'),
  ],
  [790, money],
  [1082, date],
  [1083, bytes => timeOfDay(sized(bytes, 8).readBigInt64BE())],
  [1266, bytes => timeOfDay(sized(bytes, 12).readBigInt64BE()) + zone(-bytes.readInt32BE(8))],
  [1114, bytes => timestamp(bytes, '')],
  [1184, bytes => timestamp(bytes, '+00')],
  [1186, interval],
  [1560, bits],
  [1562, bits],
  [1700, numeric],
  [2950, uuid],
])

function sized(bytes: Buffer, length: number): Buffer {
  if (bytes.length !== length) throw new RangeError('a value of another length')
  return bytes
}

/** The shortest decimal that is this number in single precision, as the server writes it. */
function float4(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits))
    if (Math.fround(shorter) === value) return String(shorter)
  }
  return String(Number.isFinite(value) ? Number(value.toPrecision(9)) : value)
}

function floats(bytes: Buffer): number[] {
  if (bytes.length % 8 !== 0) throw new RangeError('a value of another length')
  return Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleBE(8 * i))
}

function circle(bytes: Buffer): string {
  const [x, y, radius] = floats(sized(bytes, 24))
  return `<(${x},${y}),${radius}>`
}

/** Without currency and groups, which the server's locale decides. */
function money(bytes: Buffer): string {
  const cents = sized(bytes, 8).readBigInt64BE()
  const digits = String(cents < 0n ? -cents : cents).padStart(3, '0')
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

const padded = (value: number | bigint, length = 2): string => String(value).padStart(length, '0')

function day(days: number): string {
  const date = new Date((days + EPOCH_DAYS) * 86_400_000)
  const year = date.getUTCFullYear()
  if (Number.isNaN(year)) throw new RangeError('a date beyond those of this runtime')
  const shown = padded(year > 0 ? year : 1 - year, 4)
  return `${shown}-${padded(date.getUTCMonth() + 1)}-${padded(date.getUTCDate())}`
}

const era = (days: number): string =>
  new Date((days + EPOCH_DAYS) * 86_400_000).getUTCFullYear() > 0 ? '' : ' BC'

function date(bytes: Buffer): string {
  const days = sized(bytes, 4).readInt32BE()
  if (days === 0x7fffffff) return 'infinity'
  if (days === -0x80000000) return '-infinity'
  return day(days) + era(days)
}

function timestamp(bytes: Buffer, suffix: string): string {
  const micros = sized(bytes, 8).readBigInt64BE()
  if (micros === 0x7fffffffffffffffn) return 'infinity'
  if (micros === -0x8000000000000000n) return '-infinity'
  const since = micros + EPOCH_MICROS
  const time = ((since % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY
  const days = Number((since - time) / MICROS_PER_DAY) - EPOCH_DAYS
  return `${day(days)} ${timeOfDay(time)}${suffix}${era(days)}`
}

function timeOfDay(micros: bigint): string {
  if (micros < 0n) throw new RangeError('a time before midnight')
  return clock(micros)
}

function clock(micros: bigint): string {
  const seconds = micros / 1_000_000n
  const fraction = padded(micros % 1_000_000n, 6).replace(/0+$/, '')
  const text = `${padded(seconds / 3600n)}:${padded((seconds / 60n) % 60n)}:${padded(seconds % 60n)}`
  return fraction === '' ? text : `${text}.${fraction}`
}

function zone(seconds: number): string {
  const size = Math.abs(seconds)
  const rest = [Math.floor(size / 60) % 60, size % 60]
  while (rest.at(-1) === 0) rest.pop()
  return `${seconds < 0 ? '-' : '+'}${[Math.floor(size / 3600), ...rest].map(part => padded(part)).join(':')}`
}

function interval(bytes: Buffer): string {
  const micros = sized(bytes, 16).readBigInt64BE()
  const days = bytes.readInt32BE(8)
  const months = bytes.readInt32BE(12)
  const years = Math.trunc(months / 12)
  const parts = [
    years === 0 ? '' : `${years} year${years === 1 ? '' : 's'}`,
    months % 12 === 0 ? '' : `${months % 12} mon${months % 12 === 1 ? '' : 's'}`,
    days === 0 ? '' : `${days} day${days === 1 ? '' : 's'}`,
    micros === 0n ? '' : `${micros < 0n ? '-' : ''}${clock(micros < 0n ? -micros : micros)}`,
  ].filter(part => part !== '')
  return parts.length === 0 ? '00:00:00' : parts.join(' ')
}

/** The family is 2 for IPv4 and 3 for IPv6 on every platform (src/include/utils/inet.h). */
function network(bytes: Buffer, always: boolean): string {
  const [family, mask = 0, , length = 0] = bytes
  const size = family === 2 ? 4 : 16
  if (length !== size) throw new RangeError('no address')
  const address = sized(bytes.subarray(4), size)
  const text = size === 4 ? address.join('.') : ipv6(address)
  return always || mask !== size * 8 ? `${text}/${mask}` : text
}

/** `xmin:xmax:xip,xip` (pg_snapshot_send). */
function snapshot(bytes: Buffer): string {
  const count = bytes.readInt32BE(0)
  if (count < 0 || bytes.length !== 20 + 8 * count) throw new RangeError('no snapshot')
  const ids = Array.from({ length: count + 2 }, (_, i) => String(bytes.readBigUInt64BE(4 + 8 * i)))
  return `${ids[0]}:${ids[1]}:${ids.slice(2).join(',')}`
}

/** Compressed as RFC 5952 says, which the URL parser does. */
function ipv6(address: Buffer): string {
  return new URL(`http://[${address.toString('hex').replace(/.{4}(?=.)/g, '$&:')}]`).hostname.slice(1, -1)
}

function bits(bytes: Buffer): string {
  const count = bytes.readInt32BE()
  if (count < 0 || bytes.length !== 4 + Math.ceil(count / 8)) throw new RangeError('no bits')
  return Array.from(bytes.subarray(4), byte => byte.toString(2).padStart(8, '0'))
    .join('')
    .slice(0, count)
}

function uuid(bytes: Buffer): string {
  const hex = sized(bytes, 16).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** Groups of four decimal digits; the weight says how many groups stand before the point, less one. */
export function numeric(bytes: Buffer): string {
  const groups = bytes.readInt16BE(0)
  const weight = bytes.readInt16BE(2)
  const sign = bytes.readUInt16BE(4)
  const scale = bytes.readUInt16BE(6)
  if (sign === 0xc000) return 'NaN'
  if (sign === 0xd000) return 'Infinity'
  if (sign === 0xf000) return '-Infinity'
  if (groups < 0 || bytes.length !== 8 + 2 * groups || scale > 0x3fff) throw new RangeError('no number')
  const group = (index: number): string => {
    const value = index >= 0 && index < groups ? bytes.readInt16BE(8 + 2 * index) : 0
    if (value < 0 || value > 9999) throw new RangeError('no number')
    return padded(value, 4)
  }
  let whole = ''
  for (let i = 0; i <= weight; i++) whole += group(i)
  let fraction = ''
  for (let i = weight + 1; fraction.length < scale; i++) fraction += group(i)
  const text = whole.replace(/^0+(?=\d)/, '') || '0'
  return `${sign === 0x4000 ? '-' : ''}${text}${scale === 0 ? '' : `.${fraction.slice(0, scale)}`}`
}
