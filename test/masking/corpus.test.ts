/** Recall and false positives over the labelled corpus, kind by kind, against floors that were reached. */
import { describe, expect, test } from '@jest/globals'
import { Scanner } from '../../src/masking/detectors/scanner.js'
import { leaks, readCorpus } from './corpus/corpus.js'

const lines = readCorpus()

const scanner = new Scanner()
const mask = (text: string): string => scanner.mask(text)?.text ?? text

function recall(prefix: string): number {
  const spans = lines
    .filter(({ kind }) => kind.startsWith(prefix))
    .flatMap(line => line.spans.map(span => leaks(line, span, mask(line.text))))
  expect(spans.length).toBeGreaterThan(5)
  return spans.filter(leaked => !leaked).length / spans.length
}

describe('recall', () => {
  test.each([
    ['pos:', 1],
    ['hard:', 1],
    ['sad:track', 1],
    ['sad:cvv', 1],
    ['sad:pinblock', 1],
    ['enc:', 0.68],
  ])('of %s is at least %d', (prefix, floor) => {
    expect(recall(prefix)).toBeGreaterThanOrEqual(floor)
  })

  test.each([
    'enc:base64',
    'enc:base64-json',
    'enc:base64url',
    'enc:bytea',
    'enc:hex',
    'enc:percent',
    'enc:uescape',
    'enc:htmlent',
    'enc:charcodes',
    'enc:words',
    'enc:bcd-hex',
  ])('of %s is whole', kind => {
    expect(recall(kind)).toBe(1)
  })

  test('would show a leak', () => {
    const [line] = lines.filter(({ kind }) => kind === 'pos:text')
    const [span] = line?.spans ?? []
    expect(line && span && leaks(line, span, line.text)).toBe(true)
  })
})

test('lines without card data stay as they are, but for half a percent', () => {
  const negatives = lines.filter(({ kind }) => kind.startsWith('neg:'))
  const changed = negatives.filter(({ text }) => mask(text) !== text)
  expect(negatives.length).toBeGreaterThan(1000)
  expect(changed.length / negatives.length).toBeLessThanOrEqual(0.005)
})

/** A number with an exponent that has a card issuer's digits, length and check digit: nobody can tell it from one. */
const CHANCE = ['[4.602397992655419e+15]']

test.each([
  'neg:uuid',
  'neg:uuid-digits',
  'neg:long-hex',
  'neg:epoch-ms',
  'neg:epoch-us-ns',
  'neg:iban',
  'neg:decimal',
  'neg:dates-times',
  'neg:phone',
])('%s stays whole', kind => {
  const changed = lines.filter(line => line.kind === kind && mask(line.text) !== line.text)
  expect(changed.map(({ text }) => text).filter(text => !CHANCE.includes(text))).toEqual([])
})

test('masking what is masked changes nothing', () => {
  const unstable = lines.map(({ text }) => mask(text)).filter(masked => mask(masked) !== masked)
  expect(unstable).toEqual([])
})

test('track data refuses the result', () => {
  const tracks = lines.filter(({ kind }) => kind.startsWith('sad:track'))
  const kept = tracks.filter(({ text }) => !scanner.mask(text)?.findings.some(finding => finding.refuse))
  expect(kept.map(({ text }) => text)).toEqual([])
})
