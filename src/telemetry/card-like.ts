/**
 * Whether a text holds as many digits in a row as the shortest card number has (ISO/IEC 7812), whatever stands
 * between them. Ids and names are whatever somebody chose to write.
 */
export function isCardLike(text: string): boolean {
  // A placeholder's sign ends a row: $1, $2, $3 is no number.
  return /\p{Nd}(?:[^\p{L}\p{Nd}$?]{0,3}\p{Nd}){11}/u.test(text)
}
