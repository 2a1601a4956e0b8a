/** Detectors beside the built-in ones: each looks at the text as it stands, as it reads, and with its escapes undone. */
import type { Detector, Span } from './detector.js'
import { unescapeText } from './encoded/escapes.js'
import { fold, foldOrigins, type Origins } from './unicode.js'

/** A span with the name it is counted under. */
export interface Finding extends Span {
  readonly detector: string
}

const ESCAPE = /[%\\&]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: what is not ASCII
const EXOTIC = /[^\x00-\x7f]/

export function extraFindings(text: string, detectors: readonly Detector[]): Finding[] {
  const found = findings(text, detectors)
  if (EXOTIC.test(text)) {
    const folded = fold(text)
    if (folded !== text) found.push(...moved(findings(folded, detectors), () => foldOrigins(text)))
  }
  const plain = ESCAPE.test(text) ? unescapeText(text) : undefined
  if (plain !== undefined) found.push(...moved(findings(plain.text, detectors), () => plain.origins))
  return found
}

function findings(text: string, detectors: readonly Detector[]): Finding[] {
  const found: Finding[] = []
  for (const detector of detectors) {
    for (const span of detector.find(text)) {
      if (span.end > span.start) found.push({ ...span, detector: detector.name })
    }
  }
  return found
}

function moved(found: readonly Finding[], origins: () => Origins): readonly Finding[] {
  if (found.length === 0) return found
  const { starts, ends } = origins()
  return found.map(finding => ({
    ...finding,
    start: starts[finding.start] ?? 0,
    end: ends[finding.end - 1] ?? 0,
  }))
}
