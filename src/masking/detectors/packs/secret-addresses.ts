/** The password in an address: `postgres://user:password@host/db`, the word after a user name in any scheme. */
import type { Span } from '../detector.js'
import { isPlaceholder } from './secret-values.js'

const SCHEME = /[a-z][a-z0-9+.-]{0,30}$/i
/** Ends an address in text. */
const END = /[\s"'`<>\\|]/
const LONGEST = 1_024

export function addressPasswords(text: string): Span[] {
  const found: Span[] = []
  let reached = 0
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 3)) {
    if (at < reached || !SCHEME.test(text.slice(Math.max(0, at - 31), at))) continue
    const span = passwordAfter(text, at + 3)
    if (span === undefined) continue
    found.push(span)
    reached = span.end
  }
  return found
}

function passwordAfter(text: string, from: number): Span | undefined {
  const rest = text.slice(from, from + LONGEST)
  const stop = rest.search(END)
  const address = stop < 0 ? rest : rest.slice(0, stop)
  const authority = address.search(/[/?#]/)
  const whole = authority < 0 ? address : address.slice(0, authority)
  const at = whole.includes('@') ? whole.lastIndexOf('@') : laterAt(address, whole)
  const colon = address.indexOf(':')
  if (at < 0 || colon < 0 || colon >= at - 1) return undefined
  if (isPlaceholder(address.slice(colon + 1, at))) return undefined
  return { start: from + colon + 1, end: from + at }
}

/** A password may hold what should have been escaped; what looks like a port is none. */
function laterAt(address: string, whole: string): number {
  const colon = whole.indexOf(':')
  if (colon < 0 || /^:\d{1,5}$/.test(whole.slice(colon))) return -1
  return address.indexOf('@', whole.length)
}
