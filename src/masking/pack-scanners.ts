/** Scanners by the packs that decisions name: few sets of them are in use, and each is put together once. */
import type { Pack } from '../model/pack.js'
import type { Detector } from './detectors/detector.js'
import { packDetectors } from './detectors/packs/packs.js'
import { Scanner } from './detectors/scanner.js'

/** @param base for decisions that name none; `detectors` are its own, which the others have as well */
export function packScanners(
  base: Scanner,
  detectors: readonly Detector[] = [],
): (packs: readonly Pack[] | undefined) => Scanner {
  const known = new Map<string, Scanner>()
  return packs => {
    if (packs === undefined || packs.length === 0) return base
    const key = packs.join()
    const before = known.get(key)
    if (before !== undefined) return before
    const made = new Scanner([...detectors, ...packDetectors(packs)])
    known.set(key, made)
    return made
  }
}
