/** What was found in a text: put in order, moved to where it came from, masked. */
import { REDACTED } from '../formats.js'
import type { Span } from './detector.js'
import type { Origins } from './unicode.js'

/** A span with the name it is counted under. */
export interface Finding extends Span {
  readonly detector: string
}

const ZERO = 0x30

/** The digits of a stretch that is a card number, without zeros at its beginning. */
export function digitsOf(text: string, start: number, end: number): string {
  let from = start
  while (from < end && text.charCodeAt(from) === ZERO) from++
  let digits = ''
  for (let at = from; at < end; at++) {
    const digit = text.charCodeAt(at) - ZERO
    if (digit >= 0 && digit <= 9) continue
    if (at > from) digits += text.slice(from, at)
    from = at + 1
  }
  return from < end ? digits + text.slice(from, end) : digits
}

/** Of a changed text, as findings of the text that it came from. */
export function moved(findings: readonly Finding[], origins: Origins): readonly Finding[] {
  return findings.map(finding => ({
    ...finding,
    start: origins.start(finding.start),
    end: origins.end(finding.end - 1),
  }))
}

/** In order. Findings that touch become one; unless one covers the others with its own words, it is redacted. */
export function disjoint(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length < 2) return findings
  const sorted = [...findings].sort((a, b) => a.start - b.start || b.end - a.end)
  const result: Finding[] = []
  for (const finding of sorted) {
    const last = result.at(-1)
    if (last === undefined || finding.start >= last.end) {
      result.push(finding)
      continue
    }
    result[result.length - 1] = union(last, finding)
  }
  return result
}

function union(a: Finding, b: Finding): Finding {
  const detector = a.detector === 'sad' || b.detector === 'sad' ? 'sad' : a.detector
  const same = a.start === b.start && a.end === b.end && a.replacement === b.replacement
  return {
    start: a.start,
    end: Math.max(a.end, b.end),
    detector,
    ...(a.refuse || b.refuse ? { refuse: true } : {}),
    ...(same && a.replacement !== undefined ? { replacement: a.replacement } : {}),
  }
}

/** @param findings in order and apart. */
export function replaced(text: string, findings: readonly Finding[]): string {
  let result = ''
  let at = 0
  for (const { start, end, replacement } of findings) {
    result += text.slice(at, start) + (replacement ?? REDACTED)
    at = end
  }
  return result + text.slice(at)
}
