/** E-mail addresses (RFC 5321, with international letters), also written as `name [at] host [dot] tld`. */
import type { Detector, Span } from '../detector.js'
import { isWordAt } from './words.js'

const LOCAL = /[\p{L}\p{M}\p{N}._+\-!#$&*~^]/u
const HOST = /[\p{L}\p{M}\p{N}.-]/u
const LONGEST_LOCAL = 64
const LONGEST_HOST = 253
const TOP = /^(?:xn--[a-z0-9-]{2,59}|[\p{L}\p{M}]{2,24})$/iu
const SPELLED =
  /([\w.+-]{1,64})\s{0,2}[[({<]\s{0,2}(?:at|@)\s{0,2}[\])}>]\s{0,2}([a-z0-9-]{1,63}(?:\s{0,2}(?:[[({<]\s{0,2}(?:dot|\.)\s{0,2}[\])}>]|\.)\s{0,2}[a-z0-9-]{1,63}){1,6})/gi
const MARK = /[[({<]\s{0,2}(?:at|@)\s{0,2}[\])}>]/i

export function emailPack(): Detector {
  return Object.freeze<Detector>({ name: 'email', find })
}

function find(text: string): readonly Span[] {
  const found: Span[] = []
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const span = addressAround(text, at)
    if (span !== undefined) found.push(span)
  }
  if (MARK.test(text)) {
    for (const { index, 0: spelled } of text.matchAll(SPELLED)) {
      found.push({ start: index, end: index + spelled.length })
    }
  }
  return found
}

function addressAround(text: string, at: number): Span | undefined {
  const end = hostEnd(text, at + 1)
  if (end < 0) return undefined
  const start = text[at - 1] === '"' ? quotedStart(text, at) : localStart(text, at)
  if (start === at || isNoAddress(text, start, at, end)) return undefined
  return { start, end }
}

function localStart(text: string, at: number): number {
  let start = at
  while (start > 0 && at - start < LONGEST_LOCAL) {
    const char = text[start - 1] ?? ''
    if (!LOCAL.test(char) && !isSurrogate(char) && !isApostrophe(text, start - 1)) break
    start--
  }
  while (start < at && /[.\-!#$&*~^]/.test(text[start] ?? '')) start++
  return start
}

/** Within a name (`o'brien`), not the quote of a text (`'bob@…`, `E'bob@…`). */
function isApostrophe(text: string, at: number): boolean {
  if (text[at] !== "'" || !isWordAt(text, at - 1)) return false
  return isWordAt(text, at - 2) || !/[ENBXU]/i.test(text[at - 1] ?? '')
}

/** Letters of few scripts are two code units. */
function isSurrogate(char: string): boolean {
  return char >= '\ud800' && char <= '\udfff'
}

function quotedStart(text: string, at: number): number {
  const start = text.lastIndexOf('"', at - 2)
  return start >= 0 && start < at - 2 && at - start <= LONGEST_LOCAL + 2 ? start : at
}

function hostEnd(text: string, from: number): number {
  if (text[from] === '[') {
    const literal = /^\[(?:IPv6:[\da-f:.]{2,45}|\d{1,3}(?:\.\d{1,3}){3})\]/i.exec(text.slice(from, from + 64))
    return literal === null ? -1 : from + literal[0].length
  }
  let end = from
  while (end < text.length && end - from < LONGEST_HOST) {
    const char = text[end] ?? ''
    if (!HOST.test(char) && !isSurrogate(char)) break
    end++
  }
  const labels = text.slice(from, end).split('.')
  // What follows the name of the host, as a full stop does, is none of it.
  while (labels.length > 0 && !TOP.test(labels.at(-1) ?? '')) {
    const last = labels.pop() ?? ''
    const word = /^[\p{L}\p{M}]{2,24}(?=-)/u.exec(last)?.[0]
    if (word !== undefined && labels.length > 0) labels.push(word)
    else if (last !== '' && !last.startsWith('-')) return -1
  }
  if (labels.length < 2 || labels.some(label => label === '' || label.length > 63)) return -1
  return from + labels.join('.').length
}

/** Versions (`pkg@1.2.0-rc.one`), pictures (`logo@2x.png`), users of Git over SSH (`git@host:path`). */
function isNoAddress(text: string, start: number, at: number, end: number): boolean {
  const host = text.slice(at + 1, end)
  if (/^v?\d+\.\d+\./.test(host) || /^\dx\.[a-z]{2,4}$/i.test(host)) return true
  return text.slice(start, at) === 'git' && /^[:/][\w~]/.test(text.slice(end, end + 2))
}
