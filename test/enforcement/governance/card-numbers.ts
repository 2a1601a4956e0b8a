/** Runs of 13 to 19 digits in a text that could be card numbers by their check digit. */
export function cardNumbers(text: string): readonly string[] {
  return [...new Set(text.match(/(?<!\d)[2-6]\d{12,18}(?!\d)/gu) ?? [])].filter(passesLuhn)
}

function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits.at(-1 - at))
    const counted = at % 2 === 1 ? digit * 2 : digit
    sum += counted > 9 ? counted - 9 : counted
  }
  return sum % 10 === 0
}
