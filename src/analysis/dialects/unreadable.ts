import { AnalysisStop } from '../stop.js'

const LONE_SURROGATE = /\p{Surrogate}/u

/**
 * Refuses text that a parser and its server could read differently: both may stop at a NUL, but not at the same one.
 *
 * @throws AnalysisStop `too_long`, `ill_formed`.
 */
export function refuseUnreadable(text: string, maxLength: number): void {
  if (text.length > maxLength)
    throw new AnalysisStop('too_long', `The statement is longer than ${maxLength} characters. Split it.`)
  if (text.includes('\0'))
    throw new AnalysisStop('ill_formed', 'The statement holds a NUL character. Remove it.')
  if (LONE_SURROGATE.test(text))
    throw new AnalysisStop('ill_formed', 'The statement is not well-formed Unicode. Send valid text.')
}
