/**
 * Facts by the shape of a statement: texts that differ in literals alone have one shape, and its facts are those of
 * any of them whose literals agree wherever analysis has looked at their value.
 */
import type { Facts } from '../model/facts.js'

/** A text with its plain literals taken out. */
export interface Template {
  readonly text: string
  /** With a mark in the place of each literal. */
  readonly shape: string
  /** Where each literal begins in the text, and where it ends, by turns. */
  readonly places: readonly number[]
}

interface Known {
  readonly facts: Facts
  /** The literals that have to be the same. */
  readonly fixed: readonly Fixed[]
}

interface Fixed {
  /** Where in `places` its own begins. */
  readonly place: number
  readonly text: string
}

/** Facts of one shape, for the literals that analysis has looked at. */
export class KnownShape {
  private readonly known: Known[] = []

  find(template: Template): Facts | undefined {
    for (const { facts, fixed } of this.known) if (agrees(template, fixed)) return facts
    return undefined
  }

  /** @param free where literals begin whose values do not matter. */
  add({ text, places }: Template, free: ReadonlySet<number>, facts: Facts): void {
    if (this.known.length >= MOST) return
    const fixed: Fixed[] = []
    for (let place = 0; place < places.length; place += 2) {
      const start = places[place] ?? 0
      if (!free.has(start)) fixed.push({ place, text: text.slice(start, places[place + 1]) })
    }
    if (2 * fixed.length < places.length) this.known.push({ facts, fixed })
  }
}

const MOST = 4

function agrees({ text, places }: Template, fixed: readonly Fixed[]): boolean {
  for (const { place, text: wanted } of fixed) {
    const start = places[place] ?? 0
    if (places[place + 1] !== start + wanted.length || !text.startsWith(wanted, start)) return false
  }
  return true
}
