/** What may be a card number in words that no detector sees: names, ids, the errors of a start. */
import { passesLuhn } from './luhn.js'

/**
 * Whether a text holds as many digits in a row as the shortest card number has (ISO/IEC 7812), whatever stands
 * between them. Ids and names are whatever somebody chose to write.
 */
export function isCardLike(text: string): boolean {
  // A placeholder's sign ends a row: $1, $2, $3 is no number.
  return /\p{Nd}(?:[^\p{L}\p{Nd}$?]{0,3}\p{Nd}){11}/u.test(text)
}

/** Digits with up to three other characters between two groups. Bounded for the sake of the matcher's stack. */
const ROW = /\d+(?:[^\p{L}\p{N}]{1,3}\d+){0,200}/gu
const SHORTEST = 12
const LONGEST = 19

/**
 * The text without rows of digits that are as long as a card number and end in a right check digit.
 *
 * @example
 * withoutCardNumbers('no such file: /data/4111-1111-1111-1111.csv') // no such file: /data/[redacted].csv
 */
export function withoutCardNumbers(text: string): string {
  const plain = text.normalize('NFKC')
  const shown = plain.replace(ROW, row => (holdsCardNumber(row) ? '[redacted]' : row))
  return shown === plain ? text : shown
}

/** In any of its groups, or of those beside each other. */
function holdsCardNumber(row: string): boolean {
  const groups = row.split(/\D+/)
  for (let from = 0; from < groups.length; from++) {
    let digits = ''
    for (let to = from; to < groups.length && digits.length < LONGEST; to++) {
      digits += groups[to]
      if (digits.length >= SHORTEST && digits.length <= LONGEST && passesLuhn(digits)) return true
    }
  }
  return false
}
