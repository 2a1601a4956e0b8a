/** Card numbers as they stand in ordinary texts, documents, logs and statements. */
import { type Card, card, embossed } from './cards.js'
import { codes, files, logs, markup } from './ordinary-machines.js'
import type { Random } from './random.js'
import { type Family, family, type Sample } from './sample.js'
import { PLAIN_SEPARATORS } from './scripts.js'

/** A text around one card number. */
export type Around = (written: string, random: Random, pan: string) => string

export function written(made: Card, random: Random): string {
  return embossed(made).join(random.pick(PLAIN_SEPARATORS))
}

export function around(
  templates: readonly Around[],
  write: (made: Card, random: Random) => string = written,
  make: (random: Random) => Card = card,
): ((random: Random) => Omit<Sample, 'kind'>)[] {
  return templates.map(template => random => {
    const made = make(random)
    return { text: template(write(made, random), random, made.pan), pans: [made.pan], secrets: [] }
  })
}

const plain = (made: Card): string => made.pan

export const PROSE: readonly Around[] = [
  n => n,
  n => `${n}\n`,
  n => `(${n})`,
  n => `[${n}]`,
  n => `«${n}»`,
  n => `“${n}”`,
  n => `card:${n}`,
  n => `CC ${n}`,
  n => `Acct ${n}.`,
  (n, r) => `Hi, ${r.name()} here, the number is ${n}, valid thru ${r.two(1, 12)}/${r.two(26, 39)}. Thanks!`,
  (n, r) => `Refund of $${r.amount()} to ${n} failed on ${r.date()}`,
  (n, r) => `${r.date()} ${r.time()} charged ${n} (${r.amount()} EUR)`,
  (n, r) => `Order ${r.digits(6)} was paid with ${n}; ship to 12 High St, EC1A 1BB`,
  n => `re: dispute - customer says ${n} is not hers?`,
  n => `1) ${n}`,
  n => `#${n}`,
  n => `No. ${n}!`,
  n => `${n}, please.`,
  n => `…${n}…`,
  n => `it's ${n}—thanks`,
  n => `number=${n}`,
  (n, r) => `exp ${r.two(1, 12)}/${r.two(26, 39)} num ${n} zip ${r.digits(5)}`,
  (n, r) => `${n} ${r.two(1, 12)}/${r.two(26, 39)}`,
  (n, r) => `${n} exp ${r.two(1, 12)}/20${r.two(26, 39)} cvv ***`,
  (n, r) => `${n} ${r.name()}`,
  (n, r) => `${r.name()} ${n}`,
  (n, r) => `tel ${r.like('+99 999 999 9999')} card ${n}`,
  (n, r) => `ticket ${r.digits(5)}: ${n}`,
  (n, r) => `${r.int(1, 99)} ${n}`,
  (n, r) => `${r.int(1, 99)}. ${n}`,
  (n, r) => `${n} x ${r.int(2, 99)}`,
  (n, r) => `${n} - ${r.amount()}`,
  (n, r) => `${r.amount()} - ${n}`,
  n => `not a card: ${n}`,
  n => `test order ${n} is fake, ignore`,
  n => `IMEI ${n}`,
  n => `tracking number ${n}`,
]

const LANGUAGES: readonly Around[] = [
  n => `La tarjeta ${n} fue rechazada`,
  n => `Número de tarjeta: ${n}.`,
  n => `Ma carte ${n} est bloquée`,
  n => `Kreditkarte ${n} läuft ab`,
  n => `Die Nummer lautet ${n}.`,
  n => `Il numero della carta è ${n}, grazie`,
  n => `O número do meu cartão é ${n}.`,
  n => `Mijn creditcardnummer: ${n}`,
  n => `Numer karty ${n} wygasł`,
  n => `Номер карты ${n}, срок 05/31`,
  n => `Моя карта${n}заблокирована`,
  n => `我的信用卡号码为${n}，谢谢`,
  n => `卡号${n}已过期`,
  n => `カード番号は${n}です`,
  n => `クレジットカード：${n}。`,
  n => `카드 번호 ${n}번입니다`,
  n => `رقم البطاقة: ${n}.`,
  n => `כרטיס אשראי ${n}`,
  n => `हमारा कार्ड ${n} बंद है`,
  n => `หมายเลขบัตร${n}หมดอายุ`,
  n => `Số thẻ ${n} hết hạn`,
  n => `Αριθμός κάρτας ${n};`,
  n => `Kart no ${n} iptal`,
  n => `Kortnummer ${n} utgått`,
  n => `Číslo karty ${n}`,
  n => `Nomor kartu ${n}`,
]

const GLUED: readonly Around[] = [
  n => `PAN${n}END`,
  n => `a${n}b`,
  n => `_${n}_`,
  n => `x_${n}.csv`,
  n => `user${n}@example.com`,
  n => `№${n}`,
  n => `号${n}号`,
  n => `€${n}`,
  n => `v${n}-rc1`,
  n => `cc${n}exp0927`,
  n => `card-${n}-front.png`,
  n => `/var/tmp/${n}.json`,
  n => `C:\\cards\\${n}.txt`,
  n => `key_${n}_ttl`,
  n => `cache:${n}:balance`,
  n => `${n}EUR`,
  n => `é${n}é`,
  n => `ID${n}`,
  n => `#card${n}`,
  n => `pan=${n}cvv=000`,
  n => `${n}T`,
  n => `${n}D`,
  n => `${n}e`,
  n => `${n}=`,
  n => `=${n}`,
  n => `@${n}`,
  n => `*${n}*`,
  n => `**${n}`,
  n => `~${n}~`,
  n => `\`${n}\``,
  n => `x${n}`,
  n => `0x${n}z`,
]

/** Beside other numbers, with blanks between: groups of both could be read together. */
const BESIDE: readonly Around[] = [
  (n, r) => `${r.int(1, 9)} ${n}`,
  (n, r) => `${r.digits(2)} ${n}`,
  (n, r) => `${r.digits(3)} ${n}`,
  (n, r) => `${r.digits(4)} ${n}`,
  (n, r) => `${r.digits(6)} ${n}`,
  (n, r) => `${r.digits(8)} ${n}`,
  (n, r) => `${n} ${r.digits(3)}`,
  (n, r) => `${n} ${r.digits(4)}`,
  (n, r) => `${n} ${r.two(1, 12)} ${r.two(26, 39)}`,
  (n, r) => `${n} ${r.two(1, 12)}${r.two(26, 39)} ${r.digits(3)}`,
  (n, r) => `${n} ${r.two(1, 12)}/${r.two(26, 39)} ${r.digits(3)}`,
  (n, r) => `${n} ${r.two(1, 12)}-${r.two(26, 39)}`,
  (n, r) => `${r.date()} ${n} ${r.amount()}`,
  (n, r) => `${r.time()} ${n}`,
  (n, r) => `${n} ${r.digits(5)} ${r.digits(5)}`,
  (n, r) => `${r.digits(5)}-${n}`,
  (n, r) => `${n}-${r.digits(2)}`,
  (n, r) => `${n}/${r.two(1, 12)}${r.two(26, 39)}`,
  (n, r) => `${n}/${r.two(1, 12)}/${r.two(26, 39)}`,
  (n, r) => `${r.digits(2)}/${n}`,
  (n, r) => `${n},${r.digits(3)},${r.digits(2)}`,
  (n, r) => `${n}|${r.digits(2)}|20${r.two(26, 39)}|${r.digits(3)}`,
  (n, r) => `${n}:${r.digits(2)}:${r.digits(3)}`,
  (n, r) => `${r.digits(10)} ${n} ${r.digits(10)}`,
  (n, r) => `${r.digits(16)} ${n}`,
  (n, r) => `${n}.${r.digits(2)}`,
  (n, r) => `${n}\n${r.digits(4)}`,
  (n, r) => `${r.digits(4)}\n${n}`,
  (n, r) => `${r.digits(3)} ${r.digits(4)} ${n} ${r.digits(4)}`,
  (n, r) => `${r.digits(4)} ${n} ${r.digits(4)}`,
  (n, r) => `${r.digits(4)}-${n}-${r.digits(4)}`,
]

function several(random: Random): Omit<Sample, 'kind'> {
  const cards = Array.from({ length: random.int(2, 5) }, () => card(random))
  const gap = random.pick([' ', ', ', ';', ' | ', '\n', '\t', ',', ' / ', ' and ', '\r\n', '","', '; '])
  return {
    text: cards.map(made => written(made, random)).join(gap),
    pans: cards.map(({ pan }) => pan),
    secrets: [],
  }
}

export const ORDINARY: Readonly<Record<string, Family>> = {
  prose: family('prose', around(PROSE)),
  language: family('language', around(LANGUAGES)),
  glued: family('glued', around(GLUED)),
  'glued-plain': family('glued-plain', around(GLUED, plain)),
  beside: family('beside', around(BESIDE)),
  'beside-plain': family('beside-plain', around(BESIDE, plain)),
  several: family('several', [several]),
  code: family('code', around(codes)),
  log: family('log', around(logs)),
  file: family('file', around(files)),
  markup: family('markup', around(markup)),
}
