/** What stands where a secret could, and is none. */

/** Masked, empty, to be filled in, or a reference to where the secret is. */
export function isPlaceholder(value: string): boolean {
  return (
    value === '' ||
    /^\[redacted\][)\]}.]{0,3}$/i.test(value) ||
    /^(?:[*•xX.#_-]+|\?+|:\w{1,40}|%(?:s|\(\w{1,40}\)s)|\$\d{1,3}|@\w{1,40})$/.test(value) ||
    /^(?:\$\{[^}]{0,200}\}|\$\([^)]{0,200}\)|\$[A-Z_][A-Z0-9_]{1,60}|%[A-Z_]{2,40}%|\{{1,2}[^}]{0,200}\}{1,2}|<[^>]{0,200}>)$/.test(
      value,
    ) ||
    /^(?:process\.env|os\.environ|env|self|this|config|settings|secrets|args|req|request|params|vault)[.[(]/i.test(
      value,
    )
  )
}

const PLAIN_WORDS = new Set(
  `null nil none undefined true false yes no on off string str text varchar char bytes number integer int boolean bool any
object unknown void optional required missing invalid incorrect wrong empty expired changed updated reset rotated revoked
hidden masked redacted removed unset not must should shall cannot can may will is are was were has have the a an and or for
of to in with please enter your new old this that it what which forgot forgotten strong weak secure random default unchanged
failed failure ok rejected accepted verified protected provided given needed policy example authentication mismatch error`.split(
    /\s+/,
  ),
)

export function isPlainWord(value: string): boolean {
  return PLAIN_WORDS.has(value.toLowerCase().replace(/[.!?:]+$/, ''))
}

/** Letters and digits mixed, as people and machines make secrets and seldom words. */
export function looksRandom(value: string): boolean {
  return /\d/.test(value) && /[A-Za-z]/.test(value)
}
