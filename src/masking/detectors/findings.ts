/** What was found in a text: put in order, moved to where it came from, masked. */
import { REDACTED } from '../formats.js'
import type { Span } from './detector.js'
import type { Origins } from './unicode.js'

/** A span with the name it is counted under. */
export interface Finding extends Span {
  readonly detector: string
}

/** Of a changed text, as findings of the text that it came from. */
export function moved(findings: readonly Finding[], origins: Origins): readonly Finding[] {
  return findings.map(({ start, end, replacement, detector, refuse }): Finding => {
    const from = origins.start(start)
    const to = origins.end(end - 1)
    // Spreading what may be undefined takes many times as long.
    if (refuse === undefined)
      return replacement === undefined
        ? { start: from, end: to, detector }
        : { start: from, end: to, replacement, detector }
    return {
      start: from,
      end: to,
      detector,
      refuse,
      ...(replacement === undefined ? {} : { replacement }),
    }
  })
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
