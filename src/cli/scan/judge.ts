import type { Detector } from '../../masking/detectors/detector.js'
import { BRAND_RANGES } from '../../masking/detectors/pan/brands.data.js'
import { Scanner } from '../../masking/detectors/scanner.js'
import { onlyDigits } from '../../masking/formats.js'
import type { Sighting, ValueJudge } from '../../profiling/value-judge.js'
import { passesLuhn } from '../../util/luhn.js'

/**
 * What the detectors say to profiling.
 *
 * @param packs detectors of other labels; each one's name is the label.
 */
export function valueJudge(packs: readonly Detector[]): ValueJudge {
  const scanner = new Scanner()
  return {
    find(text, name) {
      const sightings: Sighting[] = scanner.find(text).map(({ start, end, detector, refuse }) => ({
        start,
        end,
        name: detector,
        ...(refuse ? { track: true } : {}),
      }))
      if (packs.length === 0) return sightings
      for (const pack of packs) {
        sightings.push(...pack.find(text).map(({ start, end }) => ({ start, end, name: pack.name })))
        if (pack.names?.(name)) sightings.push(...inContext(pack, text, name))
      }
      return sightings
    },
    digits: onlyDigits,
    passesLuhn,
    brand,
  }
}

/** What the words of the name make of the text. */
function inContext(pack: Detector, text: string, name: string): readonly Sighting[] {
  const before = `${name}: `
  return pack
    .find(before + text)
    .map(({ start, end }) => ({ start: start - before.length, end: end - before.length, name: pack.name }))
    .filter(({ start }) => start >= 0)
}

/** Brands whose numbers count only beside a word about cards are none here. */
function brand(digits: string): string | undefined {
  const first = Number(digits.slice(0, 6))
  return BRAND_RANGES.find(
    ({ from, to, lengths, context }) =>
      context !== true && first >= from && first <= to && lengths.includes(digits.length),
  )?.brand
}
