import type { House } from '../pipeline.js'

/** The stages that a dry run goes through. */
export type DryParts = Pick<House, 'identity' | 'catalog' | 'analyzer' | 'decisions' | 'clock'>

/**
 * A house whose pipeline can judge and nothing else: there is nobody to ask, nothing to mask with and
 * no trail, and whoever reaches for them is stopped.
 */
export function dryHouse(parts: DryParts): House {
  const stop = (): never => {
    throw new Error('A dry run ends with the decision.')
  }
  const refuse = async (): Promise<never> => stop()
  return {
    ...parts,
    desk: { obtain: refuse, clear: refuse, close: refuse },
    masker: { mask: stop },
    trail: {
      intend: refuse,
      release: refuse,
      withhold: refuse,
      fail: refuse,
      refuse,
      abort: refuse,
      note: refuse,
      close: refuse,
    },
  }
}
