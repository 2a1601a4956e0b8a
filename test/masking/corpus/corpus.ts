/** The labelled development corpus, and whether what left of a line still says what was labelled. */
import { readFileSync } from 'node:fs'
import { readable } from '../generated/sample.js'

export interface Line {
  readonly text: string
  readonly kind: string
  readonly tags: readonly string[]
  readonly spans: readonly (readonly [start: number, end: number, brand: string])[]
}

export function readCorpus(): readonly Line[] {
  return readFileSync(new URL('pan_corpus_dev.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
}

/** A PAN leaks if nine of its digits in a row can still be read; what is encoded or no PAN, if it is still there. */
export function leaks(line: Line, [start, end, brand]: Line['spans'][number], masked: string): boolean {
  const original = line.text.slice(start, end)
  if (brand.startsWith('sad:') || line.kind.startsWith('enc:')) return masked.includes(original)
  const pan = readable(original)
  const shown = readable(masked)
  return Array.from({ length: pan.length - 8 }, (_, i) => pan.slice(i, i + 9)).some(part =>
    shown.includes(part),
  )
}
