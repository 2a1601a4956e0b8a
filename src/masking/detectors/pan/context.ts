/**
 * Words that say a number is a card number. They make a check digit or a listed issuer unnecessary; their
 * absence, or words that say otherwise, never clear a number: an attacker writes the words.
 */
const CARD_WORDS =
  /card|credit|debit|(?<![a-z])(?:cc|pan|elo|mir|dc|ccn)(?![a-z])|kart|kaart|carte|cart[aã]o|carta(?![a-z])|tarjeta|plastik|visa|master|maestro|amex|american express|diners|enroute|discover|jcb|union ?pay|rupay|uatp|карт|卡|カード|카드|כרטיס|بطاق|कार्ड|κάρτα|thẻ|บัตร/i
const CARD_KEY =
  /(?:card|cc|credit|debit|kart\w*|tarjeta|carte|cart[aã]o|карт\S{0,2})[\s_-]{0,2}(?:number|num|nummer|no|nr|#|número|numero|номер)?|(?<![a-z])pan(?![a-z])|卡号|卡號|カード番号|카드번호/i

/** How far before a number a word still speaks of it. */
const REACH = 40

/** `word`: cards are spoken of just before. `key`: the number is the value of a card-number key. */
export type CardContext = 'none' | 'word' | 'key'

const isDigit = (code: number): boolean => code >= 48 && code <= 57

export function contextBefore(text: string, start: number): CardContext {
  let from = start
  // Another number in between takes the word for itself.
  while (from > 0 && start - from < REACH && !isDigit(text.charCodeAt(from - 1))) from--
  const near = text.slice(from, start)
  if (near.length < 2 || !CARD_WORDS.test(near)) return 'none'
  const key =
    /([^\s"'=:#,;{}()]{2,30}(?: [^\s"'=:#,;{}()]{1,12})?)\s?["'\\]{0,3}\s?(?:[=:：#]|is)\s?["'\\]{0,3}$/.exec(
      near,
    )
  return key?.[1] !== undefined && CARD_KEY.test(key[1]) ? 'key' : 'word'
}

/** Whether a field or key of this name holds card numbers or verification codes. */
export function namesCardData(name: string): boolean {
  return (
    name.length >= 2 &&
    name.length <= 64 &&
    (CARD_WORDS.test(name) || /cvv|cvc|csc|security.?code|pin.?block|track.?[12]/i.test(name))
  )
}
