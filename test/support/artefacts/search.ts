/**
 * Looks for card data in everything that a test run has left: trails, logs, stores, error texts, output.
 *
 *   node --import ./test/support/typescript.mjs test/support/artefacts/search.ts <folder or file> …
 *
 * Prints where, never what, and ends with 1 when there is any. What tests put in is not looked at: see inputs.ts.
 */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Scanner } from '../../../src/masking/detectors/scanner.js'
import { inputReason } from './inputs.js'
import { storeLines } from './stores.js'

interface Hit {
  readonly file: string
  /** Byte at which the line begins. */
  readonly at: number
  readonly detectors: readonly string[]
}

const CHUNK = 1 << 20
/** Of one file, so that a leak of every record does not bury the others. */
const MOST_HITS = 5
const NEWLINE = 10
const NUL = 0

const scanner = new Scanner()
let files = 0
let bytes = 0
const skipped = new Map<string, number>()

function* filesIn(path: string): Generator<string> {
  if (!statSync(path).isDirectory()) {
    yield path
    return
  }
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name)
    if (entry.isDirectory()) yield* filesIn(inner)
    else if (entry.isFile()) yield inner
  }
}

/** Lines, or stretches between zero bytes; a line longer than a chunk grows the buffer. */
function* lines(path: string): Generator<{ readonly line: Buffer; readonly at: number }> {
  const file = openSync(path, 'r')
  try {
    let rest = Buffer.alloc(0)
    let at = 0
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK)
      const length = readSync(file, chunk)
      if (length === 0) break
      const text = Buffer.concat([rest, chunk.subarray(0, length)])
      let from = 0
      for (let end = from; end < text.length; end++) {
        if (text[end] !== NEWLINE && text[end] !== NUL) continue
        if (end > from) yield { line: text.subarray(from, end), at: at + from }
        from = end + 1
      }
      rest = text.subarray(from)
      at += from
    }
    if (rest.length > 0) yield { line: rest, at }
  } finally {
    closeSync(file)
  }
}

/** What the detectors find in a line; in one of JSON, in each of its texts by itself. */
function findings(line: Buffer): readonly string[] {
  if (scanner.clears(line, 0, line.length)) return []
  const text = line.toString('utf8')
  const whole = scanner.find(text)
  if (whole.length === 0) return []
  const document = parsed(text)
  if (document === undefined) return whole.map(({ detector }) => detector)
  return textsIn(document).flatMap(one => scanner.find(one).map(({ detector }) => detector))
}

function parsed(text: string): unknown {
  if (!/^\s*[{["]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value === 'number') return [String(value)]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(Array.isArray(value) ? [] : [key]),
    ...textsIn(inner),
    // A key counts as the words before its value.
    ...(typeof inner === 'string' || typeof inner === 'number' ? [`${key}: ${inner}`] : []),
  ])
}

function search(path: string): readonly Hit[] {
  const reason = inputReason(path)
  if (reason !== undefined) {
    skipped.set(reason, (skipped.get(reason) ?? 0) + 1)
    return []
  }
  files++
  bytes += statSync(path).size
  const hits: Hit[] = []
  for (const { line, at } of storeLines(path) ?? lines(path)) {
    const detectors = findings(line)
    if (detectors.length > 0) hits.push({ file: path, at, detectors: [...new Set(detectors)] })
    if (hits.length === MOST_HITS) break
  }
  return hits
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const hits = process.argv.slice(2).flatMap(path => [...filesIn(path)].flatMap(search))
for (const { file, at, detectors } of hits) say(`${file}: ${detectors.join(', ')} at byte ${at}`)
for (const [reason, count] of skipped) say(`not searched: ${count} × ${reason}`)
say(`${hits.length} found in ${files} files, ${Math.round(bytes / 1e6)} MB`)
if (files === 0) say('There was nothing to search.')
process.exitCode = hits.length === 0 && files > 0 ? 0 : 1
