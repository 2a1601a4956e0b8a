/**
 * Constants that know whether anybody has looked at their value. What nobody has looked at, facts cannot depend
 * on, so that a statement which differs there only has the same ones.
 */
import type { Expression } from './relational.js'

type Constant = Extract<Expression, { type: 'constant' }>
export type ConstantKind = 'string' | 'number' | 'boolean' | 'null'

/** Where the constant stands in the text, in bytes, and whether its value has been read. */
export interface Sighting {
  readonly at: number
  readonly kind: ConstantKind
  /** A text of no characters. */
  readonly empty: boolean
  seen: boolean
}

const SIGHTING: unique symbol = Symbol('sighting')

/** Its value is a property like any other; reading it, comparing it or printing it leaves a mark. */
export function observedConstant(value: Constant['value'], at: number): Constant {
  const sighting: Sighting = { at, kind: kindOf(value), empty: value === '', seen: false }
  const constant = { type: 'constant' } as Constant
  Object.defineProperty(constant, 'value', {
    enumerable: true,
    get: () => {
      sighting.seen = true
      return value
    },
  })
  Object.defineProperty(constant, SIGHTING, { value: sighting })
  return constant
}

/** Whether a constant is text, a number, … without a look at which. */
export function constantKind(constant: Constant): ConstantKind {
  return sightingOf(constant)?.kind ?? kindOf(constant.value)
}

/** Whether a constant is the empty text, without a look at any other. */
export function isEmptyText(constant: Constant): boolean {
  return sightingOf(constant)?.empty ?? constant.value === ''
}

/** Every observed constant within a tree, once. Looks at no value. */
export function sightings(tree: unknown, found = new Set<Sighting>()): ReadonlySet<Sighting> {
  if (typeof tree !== 'object' || tree === null) return found
  const sighting = sightingOf(tree)
  if (sighting !== undefined) return found.add(sighting)
  for (const part of Object.values(tree)) sightings(part, found)
  return found
}

function sightingOf(value: object): Sighting | undefined {
  return (value as { readonly [SIGHTING]?: Sighting })[SIGHTING]
}

function kindOf(value: Constant['value']): ConstantKind {
  if (value === null) return 'null'
  return typeof value as Exclude<ConstantKind, 'null'>
}
