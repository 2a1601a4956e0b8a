/** Secrets beside their names: `password=…`, `"apiKey": "…"`, `Authorization: Bearer …`, `IDENTIFIED BY '…'`, columns of CSV. */
import type { Span } from '../detector.js'
import { isPlaceholder, isPlainWord, looksRandom } from './secret-values.js'
import { columnValues } from './words.js'

const PASSWORD =
  'pass(?:word|wd|phrase|code|wort)|kennwort|(?<![a-z])(?:pwd|pass|pw)|contraseñ[ao]|mot[_ ]de[_ ]passe|wachtwoord|senha|пароль|密码|密碼|パスワード'
const KEY =
  '(?:api|app|access|account|private|secret|shared|signing|encryption|master|service|storage|license|auth|hmac|webhook)[_ -]?(?:access[_-]?)?(?:key|secret)(?![_-]?id)|client[_-]?secret|secret(?![a-z])'
const TOKEN =
  '(?:auth|access|refresh|session|id|bearer|api|security|csrf|xsrf|bot|push|device|oauth2?|personal)?[_-]?token(?![a-z])|credentials?|(?<![a-z])(?:sessionid|jsessionid|phpsessid|sig|jwt|bearer)(?![a-z])'
const NAMES = `${PASSWORD}|${KEY}|${TOKEN}`
/** Of every name and word below, so that texts without any cost next to nothing. */
const MARK =
  /pass|pw|kennw|contrase|mot[_ ]de|wachtw|senha|secret|key|token|credential|sess|sig|jwt|bearer|authoriz|basic|identified|[\u0400-\uffff]/i
const NAME_ONLY = new RegExp(
  `(?:${NAMES})(?:_?(?:hash|digest|value|text|plain|enc(?:rypted)?))?\\d{0,2}$`,
  'iu',
)

const QUOTED = '(\\\\{0,3}["\'`])((?:(?!\\3).){1,1024}?)\\3'
/** `password = x`, `"password": "x"`, `password => 'x'`, `:password: x`. */
const ASSIGNED = new RegExp(
  `(${NAMES})(?:_?(?:hash|digest|value|text))?\\d{0,2}\\\\{0,3}["'\`\\]*_]{0,3}\\s{0,8}(:=|=>|={1,3}|:{1,2}|：)[*_]{0,3}\\s{0,8}(?:\\[?\\s{0,4}${QUOTED}|([^\\s"'\`,;&<>]{1,1024}))`,
  'giu',
)
const XML = new RegExp(
  `<(?:[\\w.-]{1,20}:)?[\\w.-]{0,24}(?:${NAMES})[\\w.-]{0,12}(?:\\s[^<>]{0,100})?>([^<]{1,1024})</`,
  'giu',
)
/** `ALTER USER bob PASSWORD 'x'`, `IDENTIFIED BY 'x'`, `--password x`, `password is x9`. */
const SPOKEN =
  /(?:password|passwd|pwd|passphrase|identified\s{1,3}(?:with\s{1,3}\w{1,40}\s{1,3})?(?:by|as)(?:\s{1,3}password)?)\s{1,3}(['"])([^'"]{1,256})\1|(?<!\S)--?(?:password|passwd|pass|token|secret|api-?key|auth-token|access-token)(?:\s{1,3})([^\s-][^\s]{0,1023})|(?:password|passphrase|pwd)\s(?:is|was|to)\s{1,2}["'`]?([^\s"'`]{4,256})/giu
const HEADER =
  /(authorization["'\\]{0,3}\s{0,3}[:=]?\s{0,3}["'\\]{0,3})?(?:(bearer|token|apikey|negotiate)|(basic))\s{1,3}([\w.~+/-]{8,4096}={0,3})/giu
const SHORTEST_ALONE = 16

export function namesSecret(name: string): boolean {
  return NAME_ONLY.test(name)
}

export function assignedSecrets(text: string): Span[] {
  if (!MARK.test(text)) return []
  const found: Span[] = []
  assigned(text, found)
  for (const match of text.matchAll(XML)) {
    const value = match[1] ?? ''
    if (!isPlaceholder(value.trim())) add(found, match, value)
  }
  for (const match of text.matchAll(SPOKEN)) {
    const value = match[2] ?? match[3] ?? match[4] ?? ''
    if (isPlaceholder(value) || isPlainWord(value)) continue
    if (match[4] === undefined || looksRandom(value)) add(found, match, value)
  }
  for (const match of text.matchAll(HEADER)) if (isCredential(match)) add(found, match, match[4] ?? '')
  return text.includes('\n') ? [...found, ...inColumns(text)] : found
}

function isCredential([, header, , basic, value = '']: RegExpExecArray): boolean {
  if (basic !== undefined)
    return /^[\x20-\x7e]*:[\x20-\x7e]*$/.test(Buffer.from(value, 'base64').toString('latin1'))
  if (header === undefined && value.length < SHORTEST_ALONE) return false
  return looksRandom(value) || /[a-z][A-Z]/.test(value)
}

function assigned(text: string, found: Span[]): void {
  for (const match of text.matchAll(ASSIGNED)) {
    const [whole, name = '', separator = '', , quoted, bare] = match
    const value = quoted ?? bare ?? ''
    if (isPlaceholder(value)) continue
    const end = match.index + whole.length
    const kind = kindOf(name)
    const rest = bare === undefined ? 0 : restOfCell(text, match, kind, separator)
    if (bare !== undefined && !isBareSecret(text, end, { kind, name, separator, value, rest })) continue
    if (quoted !== undefined && kind !== 'password' && (value.length < 6 || /\s/.test(value))) continue
    add(found, match, value, rest)
  }
}

type Kind = 'password' | 'key' | 'token'

function kindOf(name: string): Kind {
  if (new RegExp(`^(?:${PASSWORD})`, 'iu').test(name)) return 'password'
  return new RegExp(`^(?:${KEY})`, 'iu').test(name) ? 'key' : 'token'
}

interface Bare {
  readonly kind: Kind
  readonly name: string
  readonly separator: string
  readonly value: string
  /** Characters of the cell behind the value. */
  readonly rest: number
}

function isBareSecret(text: string, end: number, { kind, name, separator, value, rest }: Bare): boolean {
  if (isPlainWord(value) || /^[\w.]{1,60}\(/.test(value)) return false
  if (/^[[{(]/.test(value) && !separator.startsWith('=')) return false
  // Results of tests.
  if (/^(?:pass|pw)$/i.test(name) && /^\d{1,6}%?$/.test(value)) return false
  if (/^pwd$/i.test(name) && /^(?:[/~]|[A-Za-z]:\\)/.test(value)) return false
  if (kind === 'token') return value.length >= 12 && looksRandom(value)
  if (kind === 'key') return value.length >= 8 && looksRandom(value)
  if (separator.startsWith('=') || looksRandom(value) || rest > 0) return true
  // `password: please try again`
  return value.length >= 4 && !/^\s[A-Za-z]/.test(text.slice(end, end + 2))
}

/** Below a head of delimited text that names a secret. */
function inColumns(text: string): Span[] {
  return columnValues(text, namesSecret, (start, end) => (isPlaceholder(text.slice(start, end)) ? -1 : end))
}

/** A cell is given as `name: value`: then all of it is the value, with its spaces. How much follows the first word. */
function restOfCell(
  text: string,
  { index, 0: whole }: RegExpExecArray,
  kind: Kind,
  separator: string,
): number {
  if (kind !== 'password' || separator !== ':' || index > 64 || !/^[\w.-]*$/.test(text.slice(0, index)))
    return 0
  const rest = text.slice(index + whole.length)
  return /^ [^\n:=,;&"]{1,200}$/.test(rest) ? rest.length : 0
}

/** What was matched ends with the value, but for a quote or a tag. */
function add(found: Span[], { 0: whole, index }: RegExpExecArray, value: string, more = 0): void {
  if (value === '') return
  const start = index + whole.lastIndexOf(value)
  found.push({ start, end: start + value.length + more })
}
