/**
 * Words that say a number is a card number. They make a check digit or a listed issuer unnecessary; their
 * absence, or words that say otherwise, never clear a number: an attacker writes the words.
 */
import { namesSad } from '../sad/sad-finder.js'
import { fold } from '../unicode.js'
import type { View } from '../view.js'
import { maySpeakOfCards } from './card-words.js'

const CARD_WORDS = folded(
  /(?<!dis)card(?!ea(?![a-z])|i(?:nal|o|ac|gan)|board)|credit|debit|(?<![a-z])(?:cc|pan|elo|mir|dc|ccn|cup)(?![a-z])|(?<![a-z])(?:cc|pan)(?:num|no|nr|id)(?![a-z])|primary.?account|kart|kaart|carte|cart[aã]o|carta(?![a-z])|tarjeta|plastik|kort(?:et|en|nummer|nr|i(?![a-z])|in(?![a-z])|(?![a-z]))|kárty|kortti|crd.?(?:no|nb|num)|cr[eé]dito|visa|master|maestro|amex|american express|diners|enroute|discover|jcb|union ?pay|rupay|uatp|verve|hipercard|girocard|bancontact|dankort|карт|卡|银联|銀聯|은련|カード|クレジット|카드|כרטיס|بطاق|کارت|कार्ड|কার্ড|கார்டு|κάρτ|thẻ|บัตร/i,
)
/** The same in the middle of a name, where the case tells where a word begins. */
const INNER_WORD = /[a-z](?:Pan|PAN|Cc|CC)(?![a-z])|(?<![A-Za-z])pan[A-Z]/
const CARD_KEY =
  /(?:(?<!dis)card(?!ea(?![a-z])|i(?:nal|o|ac|gan)|board)|cc|credit|debit|kart\w*|tarjeta|carte|cart[aã]o|карт\S{0,2}|kort)[\s_-]{0,2}(?:number|num|nummer|no|nr|#|número|numero|номер)?|(?<![a-z])pan(?![a-z])|primary.?account|卡号|卡號|カード番号|카드번호/i
/** Issuers of these leave the check digit out, and their name may follow the number. */
const NAMED_BEHIND = /union ?pay|银联|銀聯|은련|(?<![a-z])cup(?![a-z])|verve|enroute|diners/i
const CALLED_BEHIND = /^\W{0,3}(?:is|was|ist|est|es|è|é)\s[a-z\s]{0,12}(?:card|carte|tarjeta|kart)/i

/** How far before a number a word still speaks of it. */
const REACH = 40
const REACH_BEHIND = 24
/** Fewer characters behind a number say nothing of it. */
export const SHORTEST_BEHIND = 3

const KEY =
  /([^\s"'=:#,;{}()]{2,30}(?: [^\s"'=:#,;{}()]{1,12})?)\s?["'\\]{0,3}\s?(?:[=:：#]|is)\s?["'\\]{0,3}$/

/** `word`: cards are spoken of just before. `key`: the number is the value of a card-number key. */
export type CardContext = 'none' | 'word' | 'key'

/** As the text reads that it is looked for in: vowel signs, for one, are left out there. */
function folded({ source, flags }: RegExp): RegExp {
  return new RegExp(fold(source), flags)
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57

export function contextBefore(view: View, start: number): CardContext {
  const { bytes } = view
  let from = start
  // Another number in between takes the word for itself.
  while (from > 0 && start - from < REACH && !isDigit(bytes[from - 1] as number)) from--
  if (start - from < 2 || !maySpeakOfCards(bytes, from, start)) return 'none'
  const near = view.text().slice(from, start)
  if (!speaksOfCards(near)) return 'none'
  const key = endsAsKey(bytes, from, start) ? KEY.exec(near) : null
  return key?.[1] !== undefined && (CARD_KEY.test(key[1]) || INNER_WORD.test(key[1])) ? 'key' : 'word'
}

const MOST_QUOTES = 3

/** Whether the bytes `[start..end)` end as `KEY` does, so that what follows them may be the value of a key. */
export function endsAsKey(bytes: Uint8Array, start: number, end: number): boolean {
  let at = end - 1
  while (at >= start && end - 1 - at < MOST_QUOTES && isQuote(bytes[at] as number)) at--
  if (at >= start && isSpace(bytes[at] as number)) at--
  if (at < start) return false
  const last = bytes[at] as number
  // Equals sign, colon, number sign.
  if (last === 0x3d || last === 0x3a || last === 0x23) return true
  return at > start && (last | 0x20) === 0x73 && ((bytes[at - 1] as number) | 0x20) === 0x69
}

/** `"`, `'`, `\`. */
function isQuote(byte: number): boolean {
  return byte === 0x22 || byte === 0x27 || byte === 0x5c
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)
}

function speaksOfCards(text: string): boolean {
  return CARD_WORDS.test(text) || INNER_WORD.test(text)
}

/** As `contextBefore`, from what stands behind a number: its own brand, or the rest of the sentence. */
export function contextBehind(view: View, end: number): CardContext {
  const { bytes, length } = view
  let to = end
  while (to < length && to - end < REACH_BEHIND && !isDigit(bytes[to] as number)) to++
  if (to - end < SHORTEST_BEHIND) return 'none'
  const near = view.text().slice(end, to)
  return NAMED_BEHIND.test(near) || CALLED_BEHIND.test(near) ? 'word' : 'none'
}

/** Whether a field or key of this name holds card numbers or verification codes. */
export function namesCardData(name: string): boolean {
  return name.length >= 2 && name.length <= 64 && (speaksOfCards(fold(name)) || namesSad(name))
}
