/** Which constants are plainly in order as the other arguments of a call, so that only one value decides its result. */
import type { Expression } from '../relational.js'

export type Check = (argument: Expression) => boolean

/** A call's form in which the value cannot make it fail. */
export interface SteadyForm {
  /** Where the value stands that may be anything. */
  readonly value: number
  /** What the other arguments must be, those that may be left out included. */
  readonly rest: readonly Check[]
}

const MAX_COUNT = 1000
/** Characters, classes of them and one level of groups, each perhaps repeated. */
const ATOM = String.raw`(?:[\w\s\-:,;@#%&=!~'"/.]|\\[dDwWsS.]|\[\^?(?:0-9|a-z|A-Z|[\w\s.:@#])+\])(?:[*+?]|\{[1-9]\d?(?:,(?:99)?)?\})?`
const PATTERN = new RegExp(String.raw`^\^?(?:${ATOM}|\((?:${ATOM})+\)[*+?]?)*\$?$`)

export const anything: Check = () => true

export const anyText: Check = argument => argument.type === 'constant' && typeof argument.value === 'string'

/** A small whole number from 1. */
export const count: Check = argument =>
  argument.type === 'constant' &&
  typeof argument.value === 'number' &&
  argument.value >= 1 &&
  argument.value <= MAX_COUNT

/** A small whole number from 0. */
export const places: Check = argument =>
  count(argument) || (argument.type === 'constant' && argument.value === 0)

/**
 * Whether `replace(value, from, to)` with these arguments cannot make the value longer. Text that grows where it
 * matches ends in an error for being too long, or does not.
 */
export function neverGrows([, from, to]: readonly Expression[]): boolean {
  if (from?.type !== 'constant' || to?.type !== 'constant') return false
  if (typeof from.value !== 'string' || typeof to.value !== 'string') return false
  return to.value.length <= from.value.length
}

export function spelled(form: RegExp): Check {
  return argument =>
    argument.type === 'constant' && typeof argument.value === 'string' && form.test(argument.value)
}

/** A regular expression that every engine takes, and that none spends long on. */
export const plainPattern: Check = spelled(PATTERN)

export function hasSteadyForm(
  forms: readonly SteadyForm[],
  args: readonly Expression[],
  at: number,
): boolean {
  return forms.some(({ value, rest }) => {
    const others = args.filter((_, position) => position !== value)
    return value === at && others.length <= rest.length && others.every((other, i) => rest[i]?.(other))
  })
}
