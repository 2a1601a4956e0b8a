import { checkDigit } from './cards.js'
import { id } from './harmless.js'
import type { Random } from './random.js'

type Template = (random: Random) => string

const framed = (make: Template, ...frames: string[]): Template[] =>
  frames.map(frame => random => frame.replaceAll('@', () => make(random)))

const luhn = (body: string): string => body + checkDigit(body)
const upper = (random: Random, count: number): string => random.hex(count).toUpperCase()
const epoch = (random: Random): string => String(random.int(1_300_000_000, 1_950_000_000))
const compactDate = (random: Random): string => random.date().replaceAll('-', '')
const compactTime = (random: Random): string => random.time().replaceAll(':', '')

function ean(random: Random, length: number): string {
  const body = random.digits(length - 1)
  let sum = 0
  for (let i = 0; i < body.length; i++) sum += Number(body[body.length - 1 - i]) * (i % 2 === 0 ? 3 : 1)
  return body + ((10 - (sum % 10)) % 10)
}

function iban(random: Random): string {
  const country = random.pick([
    ['DE', '9'.repeat(18)],
    ['FR', `${'9'.repeat(10)}9999999999999`],
    ['ES', '9'.repeat(20)],
    ['IT', `A${'9'.repeat(22)}`],
    ['NL', 'AAAA9999999999'],
    ['GB', 'AAAA99999999999999'],
    ['PL', '9'.repeat(24)],
    ['CH', '9'.repeat(17)],
    ['AT', '9'.repeat(16)],
    ['PT', '9'.repeat(21)],
    ['SE', '9'.repeat(20)],
    ['NO', '9'.repeat(11)],
    ['BE', '9'.repeat(12)],
    ['DK', '9'.repeat(14)],
    ['FI', '9'.repeat(14)],
    ['HU', '9'.repeat(24)],
    ['TR', '9'.repeat(22)],
    ['SA', '9'.repeat(20)],
  ] as const)
  const body = random.like(country[1])
  let rest = 0
  for (const char of `${body}${country[0]}00`) {
    const value = Number.parseInt(char, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return country[0] + String(98 - rest).padStart(2, '0') + body
}

const inFours = (text: string): string => text.replace(/(.{4})(?=.)/g, '$1 ')

function masked(random: Random): string {
  const sign = random.pick(['*', 'x', 'X', '•', '#', '.', '●'])
  const hidden = sign.repeat(4)
  const shapes = [
    `${random.digits(6)}${sign.repeat(6)}${random.digits(4)}`,
    `${random.digits(4)} ${random.digits(2)}${sign.repeat(2)} ${hidden} ${random.digits(4)}`,
    `${hidden} ${hidden} ${hidden} ${random.digits(4)}`,
    `${hidden}-${hidden}-${hidden}-${random.digits(4)}`,
    `${random.digits(4)}-${hidden}-${hidden}-${random.digits(4)}`,
    `${random.digits(8)}${hidden}${random.digits(4)}`,
    `${random.digits(6)}...${random.digits(4)}`,
    `${sign.repeat(12)}${random.digits(4)}`,
  ]
  return random.pick(shapes)
}

const mac = (random: Random): string => random.like('hh:hh:hh:hh:hh:hh')
const ip = (random: Random): string => [0, 0, 0, 0].map(() => random.int(1, 254)).join('.')

/** Numbers with a meaning of their own. */
export const IDENTIFIERS: Readonly<Record<string, readonly Template[]>> = {
  uuid: framed(
    r => r.like('hhhhhhhh-hhhh-4hhh-8hhh-hhhhhhhhhhhh'),
    ...[
      '@',
      'id=@',
      '{"id":"@"}',
      '/v1/@/x',
      '@ @',
      '[@]',
      'urn:uuid:@',
      '{@}',
      '@.json',
      'x_@',
      "'@'",
      '(@,@)',
    ],
  ),
  'uuid-digits': framed(
    r => r.like('99999999-9999-4999-8999-999999999999'),
    ...['@', 'id=@', '{"id":"@"}', '/v1/@/x', '@,@', 'urn:uuid:@', '{@}', 'key @ missing', 'tmp-@.log'],
  ),
  'uuid-upper': framed(
    r => upper(r, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    '@',
    'GUID {@}',
    'id: @',
  ),
  hash: [
    ...framed(r => r.hex(32), '@', 'md5 @', 'etag: "@"', '{"h":"@"}', '@.js', 'sha=@&x', 'trace=@'),
    ...framed(r => r.hex(40), 'commit @', 'index @..@ 100644', '@', 'sha1:@'),
    ...framed(r => r.hex(64), 'sha256:@', '0x@', '@', '{"digest":"@"}'),
    ...framed(r => upper(r, 32), '@', 'X-Amz: @'),
    ...framed(r => r.hex(24), 'ObjectId("@")', '{"_id":"@"}', '@'),
    ...framed(r => r.hex(16), 'span @', '0x@', 'parent=@'),
    ...framed(r => r.hex(128), 'sha512 @'),
  ],
  'hex-spaced': [
    ...framed(r => r.like('hh hh hh hh hh hh hh hh hh hh hh hh hh hh hh hh'), '@', '00000010  @', 'key @'),
    ...framed(
      r => r.like('hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh'),
      'fingerprint @',
      'SHA1:@',
    ),
    ...framed(r => r.like('hhhhhhhh hhhhhhhh hhhhhhhh hhhhhhhh'), '@', 'regs @'),
    ...framed(r => r.like('0xhh, 0xhh, 0xhh, 0xhh, 0xhh, 0xhh, 0xhh, 0xhh, 0xhh, 0xhh, 0xhh, 0xhh'), '{ @ }'),
  ],
  mac: framed(mac, '@', 'mac @', '@ -> @', 'lladdr @', '{"mac":"@"}'),
  'mac-digits': framed(r => r.like('99:99:99:99:99:99'), '@', 'mac @', '@ @'),
  ip: framed(ip, '@', '@:8080', 'from @ to @', '@/24', '@, @, @', '::ffff:@', 'peer=@:51234 local=@:443'),
  ipv6: framed(r => r.like('2001:hhhh:hhhh:hhhh:hhhh:hhhh:hhhh:hhhh'), '@', '[@]:443', 'addr @/64'),
  'ipv6-digits': framed(r => r.like('2001:9999:9999:9999:9999:9999:9999:9999'), '@', '[@]:443'),
  imei: framed(
    r => luhn(`${r.pick(['35', '86', '01', '99', '52'])}${r.digits(12)}`),
    ...['IMEI: @', '@', '{"imei":"@"}', 'device @ online', 'imei=@&m=1', '@,SM-G991B', 'IMEI1 @ IMEI2 @'],
  ),
  'imei-grouped': framed(
    r => luhn(`35${r.digits(12)}`).replace(/^(..)(.{6})(.{6})(.)/, '$1-$2-$3-$4'),
    'IMEI @',
    '@',
  ),
  imeisv: framed(r => id(r, 16, r.pick(['35', '86', '01'])), 'IMEISV @', '@', '{"sv":"@"}'),
  iccid: framed(r => luhn(`89${r.digits(17)}`), 'ICCID @', '@', 'sim=@'),
  imsi: framed(r => id(r, 15, r.pick(['262', '310', '234', '460'])), 'IMSI @', '@', 'imsi=@'),
  ean: [
    ...framed(r => ean(r, 13), '@', 'EAN: @', '{"ean":"@"}', 'SKU @ qty 3', '@;Milk;1.29', 'ISBN @'),
    ...framed(r => ean(r, 14), 'GTIN @', '@', '(01)@(17)270101'),
    ...framed(r => ean(r, 12), 'UPC @', '@'),
  ],
  isbn: framed(r => r.like('978-9-99-999999-9'), 'ISBN @', '@', 'ISBN: @ (pbk)'),
  sscc: framed(r => ean(r, 18), '(00)@', 'SSCC @'),
  iban: [
    ...framed(
      iban,
      '@',
      'IBAN @',
      'to @ ref 12',
      '{"iban":"@"}',
      '@,EUR',
      'acct:@;',
      '<IBAN>@</IBAN>',
      'iban=@',
    ),
    ...framed(r => inFours(iban(r)), '@', 'IBAN: @', 'IBAN @ BIC DEUTDEFF', '"@"', 'pay @ now', '(@)', '@\n'),
    ...framed(r => iban(r).toLowerCase(), 'iban @', '@'),
  ],
  tracking: [
    ...framed(r => `1Z${r.like('AAA999')}${r.digits(10)}`, '@', 'UPS @', 'https://ups.example/track?n=@'),
    ...framed(r => id(r, 12), 'FedEx @', '@', 'fedex tracking: @'),
    ...framed(r => id(r, 15), 'FedEx Ground @', '@'),
    ...framed(r => `9400${r.digits(18)}`, '@', 'USPS @'),
    ...framed(r => inFours(`9205${r.digits(18)}`), 'USPS @', '@'),
    ...framed(r => `JD0${r.digits(17)}`, '@', 'DHL @'),
    ...framed(r => id(r, 10), 'DHL @', 'AWB @'),
    ...framed(r => r.like('AA999999999AA'), '@', 'parcel @'),
    ...framed(r => `00${r.digits(18)}`, 'SSCC @', 'NVE: @'),
    ...framed(r => id(r, 14), 'DPD @', 'parcel @'),
  ],
  payment: [
    ...framed(r => r.digits(23), 'ARN @', '{"arn":"@"}', '@'),
    ...framed(r => `7${r.digits(22)}`, 'ARN: @'),
    ...framed(r => id(r, 12), 'RRN @', 'rrn=@', '{"rrn":"@"}'),
    ...framed(r => r.digits(6), 'STAN @', 'auth @ stan @', 'DE38=@|DE11=@'),
    ...framed(r => id(r, 15), 'MID @', 'merchant @ TID 12345678'),
    ...framed(r => r.like('aa_hhhhhhhhhhhhhhhhhhhhhhhh'), 'ch_@', 'pi_@', 'tok_@'),
    ...framed(r => id(r, 15, '4'), 'network txn @', '{"network_transaction_id":"@"}'),
    ...framed(
      r => id(r, 16, r.pick(['4', '5', '6'])),
      'token @',
      'order @',
      'invoice no @',
      '@',
      'ref=@',
      '{"order":@}',
    ),
    ...framed(r => inFours(id(r, 16, r.pick(['4', '5', '6']))), '@', 'ref @', 'licence @'),
  ],
  phone: [
    ...framed(r => r.like('+99 99 9999 9999'), '@', 'tel: @', '@ / @', 'call @ or @'),
    ...framed(r => r.like('+999999999999'), '@', 'tel:@', '{"phone":"@"}', '@,@'),
    ...framed(r => r.like('+9 (999) 999-9999'), '@', 'Tel @ ext. 12'),
    ...framed(r => r.like('999-999-9999'), '@', '@, @', 'fax @'),
    ...framed(r => r.like('(999) 999-9999'), '@', '@ @'),
    ...framed(r => r.like('0099 99 99999999'), '@', 'Fon: @'),
    ...framed(r => r.like('09 99 99 99 99'), '@', 'Tél. @', '@ ou @'),
    ...framed(r => r.like('+99-999-9999-9999'), '@', 'mobile @'),
    ...framed(r => r.like('+99999999999999'), 'tel @'),
  ],
  snowflake: framed(
    r => id(r, r.int(17, 19), String(r.int(1, 9))),
    '@',
    'id @',
    '{"id":"@"}',
    'status/@',
    '<@!@>',
    'msg=@',
  ),
  masked: framed(
    masked,
    '@',
    'card @',
    'paid with @',
    '{"pan":"@"}',
    'pan=@;',
    'Visa @ exp 12/27',
    '@ @',
    'card ending in 4242: @',
  ),
  'national-id': [
    ...framed(r => r.like('999.999.999-99'), 'CPF @', '@'),
    ...framed(r => r.like('99.999.999/9999-99'), 'CNPJ @', '@'),
    ...framed(r => r.like('999-99-9999'), 'SSN @', '@'),
    ...framed(r => r.like('9999 9999 9999'), 'Aadhaar @', '@'),
    ...framed(r => id(r, 13), 'ID no @', 'CNP @'),
    ...framed(r => `${r.digits(17)}X`, '身份证 @', '@'),
    ...framed(r => r.like('AA999999A'), 'NI @'),
    ...framed(r => r.like('AA999999999'), 'VAT @'),
    ...framed(r => id(r, 11), 'PESEL @', 'NIK @'),
  ],
  cloud: [
    ...framed(r => `arn:aws:iam::${r.digits(12)}:role/x`, '@', 'assume @'),
    ...framed(r => `i-${r.hex(17)}`, '@', 'instance @'),
    ...framed(r => `web-${r.hex(10)}-${r.like('aaaaa')}`, 'pod/@', '@'),
    ...framed(r => `vol-${r.hex(17)}`, '@'),
    ...framed(r => `projects/${r.digits(12)}/secrets/x/versions/3`, '@'),
    ...framed(r => `${r.digits(12)}.dkr.ecr.eu-west-1.amazonaws.com/app:${r.hex(7)}`, '@'),
    ...framed(r => `1-${r.hex(8)}-${r.hex(24)}`, 'X-Amzn-Trace-Id: Root=@'),
    ...framed(r => `00-${r.hex(32)}-${r.hex(16)}-01`, 'traceparent: @'),
    ...framed(r => r.like('A9A9A9A9A9A9A9A9A9A9A9A9A9'), '01@'),
    ...framed(r => `AKIA${r.like('9A9A9A9A9A9A9A9A')}`, '@'),
  ],
}

/** Times, amounts, positions, versions, lists. */
export const NUMBERS: Readonly<Record<string, readonly Template[]>> = {
  'epoch-ms': framed(
    r => epoch(r) + r.digits(3),
    '@',
    'ts=@',
    '{"at":@}',
    '@ @',
    'x_@.log',
    '@,@,@',
    'now() = @',
    'cache-@-v1',
  ),
  'epoch-us': framed(r => epoch(r) + r.digits(6), '@', 'us=@', '{"us":@}', '@ start', '"@"'),
  'epoch-ns': framed(
    r => epoch(r) + r.digits(9),
    '@',
    'ns=@',
    '{"ns":"@"}',
    'time=@ value=1',
    'cpu,host=a u=0.5 @',
  ),
  'epoch-s': framed(r => epoch(r), '@ @', '@,@,@', '@.123456', '[@.99] x', '@-@'),
  timestamp: [
    ...framed(
      r => compactDate(r) + compactTime(r),
      '@',
      'backup-@.sql',
      'v@',
      '{"t":"@"}',
      '@_up.sql',
      'run @',
    ),
    ...framed(r => compactDate(r) + compactTime(r) + r.digits(3), '@', 'id @', 'f_@.csv'),
    ...framed(r => compactDate(r) + compactTime(r) + r.digits(2), '@', 'batch @'),
    ...framed(r => `${compactDate(r)}_${compactTime(r)}`, '@', 'dump_@.gz', '@_@'),
    ...framed(r => `${compactDate(r)}T${compactTime(r)}Z`, '@', '@/@', 'DTSTART:@'),
    ...framed(r => `${compactDate(r)}-${compactTime(r)}`, '@', 'log-@'),
    ...framed(r => `${r.date()} ${r.time()}`, '@', '@ - @', '[@]', '@.123456+00', 'from @ to @', '@,@'),
    ...framed(r => `${r.date()}T${r.time()}.${r.digits(6)}Z`, '@', '@/@', '{"a":"@","b":"@"}'),
    ...framed(r => r.date(), '@', '@ @', '@/@', '@ - @', '@..@', '@,@,@'),
    ...framed(r => r.date().replaceAll('-', '.'), '@ @', '@-@'),
    ...framed(r => r.date().split('-').reverse().join('/'), '@ @', '@ - @', '@ 12:30:45'),
    ...framed(r => r.date().split('-').reverse().join('.'), '@ @', '@ 12:30:45,123'),
  ],
  decimal: [
    ...framed(r => `0.${r.digits(r.int(12, 17))}`, '@', 'p=@', '[@, @]', '{"s":@}', '-@', 'loss: @'),
    ...framed(r => `${r.int(1, 9999)}.${r.digits(r.int(10, 15))}`, '@', '@,@', '(@)', '@%', 'avg @'),
    ...framed(r => `${r.int(1, 9)}.${r.digits(15)}e+${r.two(10, 99)}`, '@', 'v=@'),
    ...framed(r => `${r.digits(9)}.${r.digits(6)}`, '@', '@ @', 't=@'),
    ...framed(r => `-${r.digits(2)}.${r.digits(14)}`, '@', '@,@', 'lat @ lon @', 'POINT(@ @)', 'geo:@,@'),
    ...framed(r => `${r.int(1, 999)},${r.digits(3)},${r.digits(3)}.${r.two(0, 99)}`, '@', '$@', 'USD @ / @'),
    ...framed(r => `${r.int(1, 999)}.${r.digits(3)}.${r.digits(3)},${r.two(0, 99)}`, '@', '€ @'),
    ...framed(r => `${r.digits(16)}.${r.digits(2)}`.replace(/^[2-6]/, '1'), 'sum @'),
  ],
  coordinates: framed(
    r => `${r.int(-89, 89)}.${r.digits(6)}, ${r.int(-179, 179)}.${r.digits(6)}`,
    ...['@', '(@)', '[@]', 'at @', '@ -> @'],
  ),
  version: framed(
    r => `${r.int(0, 20)}.${r.int(0, 99)}.${r.int(0, 9999)}.${r.int(0, 99999)}`,
    '@',
    'v@',
    'Chrome/@ Safari/537.36',
    '@ -> @',
    '@+build.@',
  ),
  'user-agent': [
    r =>
      `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${r.int(60, 140)}.0.${r.int(1000, 9999)}.${r.int(10, 199)} Safari/537.36`,
  ],
  list: [
    ...framed(
      r => String(r.int(1000, 9999)),
      '@, @, @, @',
      '@ @ @ @ @',
      '@,@,@,@,@,@',
      '[@,@,@,@]',
      '@;@;@;@',
      '@|@|@|@',
      '@ @ @',
      '@ / @ / @ / @',
    ),
    ...framed(
      r => String(r.int(1, 999)),
      '@ @ @ @ @ @ @',
      '@,@,@,@,@,@,@,@',
      '[@, @, @, @, @, @, @]',
      '@-@-@-@-@',
      '@/@/@/@/@/@',
    ),
    ...framed(
      r => String(r.int(0, 99)),
      '@ @ @ @ @ @ @ @ @ @ @',
      '@,@,@,@,@,@,@,@,@,@',
      '@;@;@;@;@;@;@;@;@',
      '[@,@,@,@,@,@,@,@]',
    ),
    ...framed(r => String(r.int(10000, 99999)), '@ @ @', '@,@,@,@', '@ @ @ @', '[@, @, @]'),
    ...framed(r => String(r.int(100000, 999999)), '@ @', '@ @ @', '@,@,@', '@;@;@'),
    ...framed(r => String(r.int(10000000, 99999999)), '@ @', '@,@', '@-@', '[@, @]', '@ @ @'),
    ...framed(r => String(r.int(0, 9)), '@ @ @ @ @ @ @ @ @', '@,@,@,@,@,@,@', '[@,@,@,@,@,@,@,@,@]'),
  ],
  matrix: [
    r => `[[${[1, 2, 3].map(() => [1, 2, 3].map(() => r.int(0, 99)).join(',')).join('],[')}]]`,
    r => [1, 2, 3].map(() => [1, 2, 3, 4].map(() => String(r.int(0, 9999)).padStart(6)).join('')).join('\n'),
    r => [1, 2, 3].map(() => [1, 2, 3].map(() => r.amount()).join('\t')).join('\n'),
    r => `${r.int(1, 9)} ${r.int(100, 999)} ${r.int(1000, 9999)} ${r.int(10, 99)} ${r.int(10000, 99999)}`,
    r => `cpu  ${[1, 2, 3, 4, 5, 6].map(() => r.int(100, 999999)).join(' ')}`,
    r => `eth0: ${r.int(1e6, 1e9)} ${r.int(1e4, 1e6)} 0 0 0 ${r.int(1e6, 1e9)} ${r.int(1e4, 1e6)}`,
    r => [1, 2, 3].map(() => `${r.int(1000, 9999)},${r.int(100, 999)},${r.date()},${r.amount()}`).join('\n'),
    r => `(${r.int(1, 999)}, ${r.int(1000, 9999)}, ${r.int(10000, 99999)}, ${r.amount()})`,
  ],
  prices: [
    ...framed(r => r.amount(), '@ @ @ @', '€@, €@, €@', '@;@;@;@;@', '$@ - $@', '[@,@,@,@]', '@\t@\t@'),
    ...framed(r => `${r.int(1, 9)},${r.digits(3)}.${r.two(0, 99)}`, '@ @', 'total @ of @'),
  ],
  'long-digits': [
    ...framed(r => r.digits(r.int(20, 60)), '@', 'n=@', '{"n":@}', 'pi 3.@', 'mod @'),
    ...framed(r => `${r.int(1, 9)}${r.digits(21)}`, 'ref @', '@'),
    ...framed(r => r.pick([...'0123456789']).repeat(r.int(12, 24)), '@', 'test @'),
  ],
  sizes: [
    r => `-rw-r--r-- 1 root root ${r.int(1e5, 1e9)} Mar 12 10:${r.two(0, 59)} x.bin`,
    r => `Content-Length: ${r.int(1e5, 1e9)}\r\nDate: x`,
    r => `${r.int(1e9, 1e10)} bytes (${r.amount()} GB) copied, ${r.amount()} s, ${r.amount()} MB/s`,
    r => `xid ${r.int(1e8, 1e9)} lsn 0/${r.hex(8)} pid ${r.int(1000, 99999)}`,
    r => `rows=${r.int(1e5, 1e8)} width=${r.int(8, 999)} cost=${r.amount()}..${r.amount()}`,
    r => `took ${r.int(1e6, 1e9)}ns (${r.amount()}ms) p99=${r.int(1e6, 1e9)}`,
  ],
}
