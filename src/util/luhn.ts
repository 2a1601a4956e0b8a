/** Doubling with casting out nines: what a digit adds at every second place from the right. */
export function doubled(digit: number): number {
  return digit < 5 ? digit * 2 : digit * 2 - 9
}

/** The Luhn check (ISO/IEC 7812-1, annex B) over a string of ASCII digits. Says nothing about length. */
export function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let i = digits.length - 1, place = 0; i >= 0; i--, place++) {
    const digit = digits.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return false
    sum += place % 2 === 1 ? doubled(digit) : digit
  }
  return digits.length > 0 && sum % 10 === 0
}
