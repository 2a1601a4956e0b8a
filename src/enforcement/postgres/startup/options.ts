/**
 * The settings in the start-up parameter `options`, read as the server reads its command line.
 *
 * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-OPTIONS
 */

/**
 * `-c name=value`, `-cname=value` and `--name=value`; white space divides, a backslash takes the next character as
 * it is.
 *
 * @returns null for anything else.
 * @example
 * settingsIn('-c statement_timeout=5s --extra-float-digits=3')
 * // [['statement_timeout', '5s'], ['extra_float_digits', '3']]
 */
export function settingsIn(options: string): readonly (readonly [name: string, value: string])[] | null {
  const words = split(options)
  const found: (readonly [string, string])[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    let text: string | undefined
    if (word === '-c') text = words[++at]
    else if (word.startsWith('-c') || word.startsWith('--')) text = word.slice(2)
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text ?? '') ?? []
    if (name === undefined || value === undefined) return null
    found.push([name.replaceAll('-', '_'), value])
  }
  return found
}

function split(options: string): string[] {
  const words: string[] = []
  let word: string | undefined
  for (let at = 0; at < options.length; at++) {
    const character = options[at] ?? ''
    if (/[ \t\n\v\f\r]/.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + (character === '\\' ? (options[++at] ?? '') : character)
  }
  return word === undefined ? words : [...words, word]
}
