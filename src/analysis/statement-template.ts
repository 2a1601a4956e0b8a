/**
 * Facts by the shape of a statement: texts that differ in literals alone have one shape, and its facts are those of
 * any of them whose literals agree wherever analysis has looked at their value.
 */
import type { Facts } from '../model/facts.js'

/** A text with its plain literals taken out. */
export interface Template {
  readonly shape: string
  readonly literals: readonly Literal[]
}

export interface Literal {
  readonly at: number
  readonly text: string
}

interface Known {
  readonly facts: Facts
  /** By position among the literals: what must stand there, or undefined for whatever. */
  readonly fixed: readonly (string | undefined)[]
}

/** Facts of one shape, for the literals that analysis has looked at. */
export class KnownShape {
  private readonly known: Known[] = []

  find({ literals }: Template): Facts | undefined {
    return this.known.find(({ fixed }) =>
      fixed.every((text, at) => text === undefined || text === literals[at]?.text),
    )?.facts
  }

  /** @param free where literals begin whose values do not matter. */
  add({ literals }: Template, free: ReadonlySet<number>, facts: Facts): void {
    if (this.known.length >= MOST || !literals.some(({ at }) => free.has(at))) return
    this.known.push({ facts, fixed: literals.map(({ at, text }) => (free.has(at) ? undefined : text)) })
  }
}

const MOST = 4
