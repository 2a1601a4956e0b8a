/**
 * What the name of a column or key says that it holds. A name alone decides nothing where there are values:
 * it makes certain what the values suggest.
 */
export type Hint = 'pan' | 'code' | 'client' | 'track' | 'pin-block' | 'pin'

const HINTS: readonly (readonly [Hint, RegExp])[] = [
  ['pin-block', /(^| )(pin ?block|pin ?data|epb|de ?52|f ?52|field ?52)( |$)/],
  ['track', /(^| )(track ?[12]( ?data)?|track ?data|mag(netic)? ?stripe( ?data)?|full ?track)( |$)/],
  [
    'code',
    /(^| )(cvv ?2?|cvc ?2?|cvn ?2?|cav ?2?|csc|cvd|card ?(verification|security|validation)( ?(value|code|number|no))?|security ?code|verification ?(value|code)|kartenpr(ue?|ü)f(nummer|ziffer)|cryptogramme?)( |$)/,
  ],
  [
    'pan',
    /(^| )(pan|primary account (number|no|num)|((credit|debit|bank|payment)? ?(card|kart[ey]?n?|karten)|cc|tarjeta|carte|cart[aã]o|carta) ?(number|num|no|nr|nummer|n(u|ú)mero|pan)|ccn|(n(u|ú)mero|num|no) (de )?(tarjeta|carte|cart[aã]o|carta|card)|(credit|debit) ?card)( |$)/,
  ],
  ['pin', /(^| )(pin|pin ?(code|number|no))( |$)/],
  // Also everybody's customer id.
  ['client', /(^| )cid( |$)/],
]

/** @param name of a column, or the last keys of a place in a document, joined by dots */
export function hintOf(name: string): Hint | undefined {
  const words = wordsOf(name)
  return HINTS.find(([, pattern]) => pattern.test(words))?.[0]
}

/** `cardNumber`, `CARD_NUMBER` and `card-number` alike: `card number`. */
function wordsOf(name: string): string {
  return name
    .slice(0, 200)
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}
