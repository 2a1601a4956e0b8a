/**
 * The key that the engine reports for an inserted row is a value of a column: released where that column
 * is known and carries no label, scanned, and withheld otherwise.
 */
import type { Catalog } from '../model/catalog.js'
import type { Facts } from '../model/facts.js'
import type { ResultSet } from '../model/result.js'
import type { CellScan } from './cell-scan.js'
import type { Tally } from './counts.js'

type Key = ResultSet['generatedKey']

/** `undefined`: withheld. Masked in place, it is a text. */
export function maskedKey(key: Key, facts: Facts, catalog: Catalog, scan: CellScan, tally: Tally): Key {
  if (key === undefined || Number(key) === 0) return key
  if (facts.analyzable && !showsNoLabel(facts, catalog)) return undefined
  const shown = scan.cell(key, tally)
  return typeof shown === 'string' || typeof shown === 'number' || typeof shown === 'bigint'
    ? shown
    : undefined
}

function showsNoLabel({ effects }: Extract<Facts, { analyzable: true }>, catalog: Catalog): boolean {
  const inserts = effects.filter(effect => effect.kind === 'insert')
  return (
    inserts.length > 0 &&
    inserts.every(({ target }) => {
      const relation = catalog.relations.find(
        ({ schema, name }) => schema === target?.schema && name === target.relation,
      )
      if (relation?.kind !== 'table') return false
      // A SQLite table without such a column counts its rows; elsewhere there is no key then.
      if (relation.rowNumber === undefined) return catalog.dialect === 'sqlite'
      const column = relation.columns.find(({ name }) => name === relation.rowNumber)
      return column?.labels.length === 0
    })
  )
}
