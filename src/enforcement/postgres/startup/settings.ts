/**
 * Session settings that a client may have as it likes: they change how values are written, how long things may
 * take, and nothing of what a statement means or who it is for. `search_path`, `role` and `session_authorization`
 * are not among them.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-client.html
 */

type Rule = (value: string) => boolean

const matches = (pattern: RegExp): Rule => {
  return value => pattern.test(value)
}

/** A number, with one of the server's units of time. */
const DURATION = matches(/^-?\d{1,10} *(us|ms|s|min|h|d)?$/)
const ON = matches(/^(on|true|yes|t|y|1)$/i)
const OFF = matches(/^(off|false|no|f|n|0)$/i)
const WORDS = matches(/^[a-z_]{1,32}( *, *[a-z_]{1,32})?$/i)

/**
 * By lower-case name, which values. Two are pinned: another encoding, or strings with backslashes, and the server
 * would read a text differently than Cardea does. Reads may be made the default, writes may not.
 */
export const SETTINGS: Readonly<Record<string, Rule>> = Object.freeze({
  application_name: matches(/^[\x20-\x7e]{0,128}$/),
  bytea_output: matches(/^(hex|escape)$/i),
  client_encoding: value => /^(utf8|unicode)$/i.test(value.replace(/[^a-z0-9]/gi, '')),
  client_min_messages: matches(/^(debug[1-5]?|log|notice|warning|error|info)$/i),
  datestyle: WORDS,
  default_transaction_isolation: matches(/^(read committed|repeatable read|serializable|read uncommitted)$/i),
  default_transaction_read_only: ON,
  extra_float_digits: matches(/^-?\d{1,2}$/),
  geqo: OFF,
  idle_in_transaction_session_timeout: DURATION,
  intervalstyle: WORDS,
  jit: OFF,
  lock_timeout: DURATION,
  standard_conforming_strings: ON,
  statement_timeout: DURATION,
  timezone: matches(/^[\w+\-/:. <>]{1,64}$/),
})

/**
 * Whether a client may set it without being judged.
 *
 * @param name in any case.
 * @param value null for the default: what the connection began with.
 * @example
 * settingAllowed('TimeZone', 'Europe/Vienna') // true
 * settingAllowed('search_path', 'public') // false
 */
export function settingAllowed(name: string, value: string | null): boolean {
  const key = name.toLowerCase()
  const rule = Object.hasOwn(SETTINGS, key) ? SETTINGS[key] : undefined
  return rule !== undefined && (value === null || rule(value))
}
