import type { Figures } from './figures.js'
import { hintOf } from './name-hints.js'
import type { Judgement } from './verdict.js'
import { ENOUGH } from './verdict.js'

export interface Neighbour {
  readonly name: string
  /** Of a character type, which keeps zeros at the start. */
  readonly text: boolean
  /** Alone a unique key: verification codes repeat. */
  readonly unique: boolean
  readonly figures: Figures
}

/** First digits of three-digit codes that are drawn at random: ten, hardly ever fewer than seven of twenty. */
const SPREAD = 7

/**
 * What a column may be because its table holds card numbers: three or four digits alone are just a number.
 * Years, expiry dates, keys and short lists of codes are not taken for verification codes.
 */
export function besidePan({ name, text, unique, figures }: Neighbour): Omit<Judgement, 'holds'> | undefined {
  const { values, threeOrFour, upToFour } = figures
  if (values === 0) return undefined
  const hint = hintOf(name)
  if (hint === 'client' && threeOrFour === values && !unique)
    return sad(`${values} values have three or four digits, the name may say card identification code`)
  if (hint === 'pin' && upToFour === values && threeOrFour === values)
    return sad(`${values} values have three or four digits, the name says PIN`)
  if (!text || unique || threeOrFour < values || figures.dates / values > 0.9) return undefined
  if (values < ENOUGH) {
    return figures.codes === values
      ? {
          verdict: 'ambiguous',
          label: 'sad',
          reason: `all ${values} values have three or four digits, as verification codes do`,
        }
      : undefined
  }
  const random = figures.firstDigits >= SPREAD && figures.leadingZeros > 0 && figures.codes >= ENOUGH / 2
  return random
    ? sad(`all ${values} values have three or four digits, spread as verification codes are`)
    : undefined
}

function sad(why: string): Omit<Judgement, 'holds'> {
  return { verdict: 'sad', label: 'sad', reason: `${why}, beside card numbers` }
}
