/**
 * Detectors beside the built-in ones: each looks at the text as it stands, as it reads, with its escapes undone and
 * its encodings unpacked, two layers deep.
 */
import type { Detector } from './detector.js'
import { unescapeText } from './encoded/escapes.js'
import { unpackText } from './encoded/unpacked.js'
import { type Finding, moved } from './findings.js'
import { Folding } from './unicode.js'

const DEPTH = 2
const ESCAPE = /[%\\&=]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: what is not ASCII
const EXOTIC = /[^\x00-\x7f]/

export function extraFindings(text: string, detectors: readonly Detector[], depth = DEPTH): Finding[] {
  const found = findings(text, detectors)
  if (EXOTIC.test(text)) {
    const folding = new Folding(text.length)
    folding.read(text)
    const folded = folding.text()
    if (folded !== text) found.push(...moved(findings(folded, detectors), folding))
  }
  if (depth === 0) return found
  const meant = [ESCAPE.test(text) ? unescapeText(text) : undefined, unpackText(text)]
  for (const one of meant) {
    if (one !== undefined) found.push(...moved(extraFindings(one.text, detectors, depth - 1), one.origins))
  }
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
