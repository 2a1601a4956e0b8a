import type { Figures } from './figures.js'
import { leavesOf } from './leaves.js'
import { Series } from './series.js'
import type { ValueJudge } from './value-judge.js'

/** Places in the documents of one column that are counted apart; the others are counted as one. */
const PLACES = 100

/** Figures of one place in the documents of a column; of the column itself where the path is empty. */
export interface PlaceFigures {
  /** Keys joined by dots. */
  readonly path: string
  /** What says what it is: the column's name, or the last two keys. */
  readonly name: string
  readonly figures: Figures
}

/** Counts the cells of one column. */
export class ColumnProfile {
  private readonly places = new Map<string, { name: string; series: Series }>()

  /** @param array the column is of an array type of PostgreSQL */
  constructor(
    private readonly judge: ValueJudge,
    private readonly column: string,
    private readonly array: boolean,
  ) {
    this.place([])
  }

  add(cell: unknown): void {
    for (const { path, text, key } of leavesOf(cell, this.array)) {
      const { series } = this.place(path)
      if (key) series.addPlace(text)
      else series.add(text)
    }
  }

  figures(): readonly PlaceFigures[] {
    return [...this.places].map(([path, { name, series }]) => ({ path, name, figures: series.figures() }))
  }

  private place(path: readonly string[]): { name: string; series: Series } {
    const wanted = path.join('.')
    const known = this.places.get(wanted)
    if (known !== undefined) return known
    const key = this.places.size < PLACES ? wanted : '*'
    const keys = path.filter(part => part !== '[]')
    const name = keys.length === 0 ? this.column : keys.slice(-2).join('.')
    const place = this.places.get(key) ?? { name, series: new Series(this.judge, name) }
    this.places.set(key, place)
    return place
  }
}
