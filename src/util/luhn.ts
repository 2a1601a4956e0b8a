/** Doubling with casting out nines: what a digit adds at every second place from the right. */
export function doubled(digit: number): number {
  return digit < 5 ? digit * 2 : digit * 2 - 9
}

/** The Luhn check (ISO/IEC 7812-1, annex B) over a string of ASCII digits. Says nothing about length. */
export function passesLuhn(digits: string): boolean {
  let sum = 0
  let at = digits.length - 1
  for (; at > 0; at -= 2) {
    const single = digits.charCodeAt(at) - 48
    const other = digits.charCodeAt(at - 1) - 48
    if (single < 0 || single > 9 || other < 0 || other > 9) return false
    sum += single + doubled(other)
  }
  if (at < 0) return digits.length > 0 && sum % 10 === 0
  const first = digits.charCodeAt(0) - 48
  return first >= 0 && first <= 9 && (sum + first) % 10 === 0
}
