/** Row plans by what they were made from, so that a repeated statement compiles nothing. */
import type { Catalog } from '../model/catalog.js'
import type { ColumnMask, Maskers } from '../model/decision.js'
import type { Facts } from '../model/facts.js'
import type { Field } from '../model/result.js'
import type { RowPlan } from './row-plan.js'

export interface PlanKey {
  readonly facts: Facts
  readonly catalog: Catalog
  readonly mask: readonly ColumnMask[] | 'scan-all'
  readonly fields: readonly Field[]
  readonly maskers: Maskers | undefined
}

/** One plan for each facts object, which the analyser caches by statement text; the last one wins. */
export class PlanCache {
  private readonly entries = new WeakMap<Facts, { readonly key: PlanKey; readonly plan: RowPlan }>()

  get(key: PlanKey, compile: () => RowPlan): RowPlan {
    const known = this.entries.get(key.facts)
    if (known !== undefined && equal(known.key, key)) return known.plan
    const plan = compile()
    this.entries.set(key.facts, { key: { ...key, fields: [...key.fields] }, plan })
    return plan
  }
}

function equal(a: PlanKey, b: PlanKey): boolean {
  return (
    a.catalog === b.catalog &&
    a.maskers === b.maskers &&
    sameMasks(a.mask, b.mask) &&
    sameFields(a.fields, b.fields)
  )
}

function sameMasks(a: PlanKey['mask'], b: PlanKey['mask']): boolean {
  if (a === b) return true
  if (typeof a === 'string' || typeof b === 'string' || a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    const [one, other] = [a[i], b[i]]
    if (one?.method !== other?.method || one?.label !== other?.label || one?.to !== other?.to) return false
  }
  return true
}

function sameFields(a: readonly Field[], b: readonly Field[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i] && !sameField(a[i], b[i])) return false
  return true
}

function sameField(a: Field | undefined, b: Field | undefined): boolean {
  if (a === undefined || b === undefined || a.name !== b.name || a.type !== b.type) return false
  if (a.encoding?.format !== b.encoding?.format || a.encoding?.told !== b.encoding?.told) return false
  const x = a.origin
  const y = b.origin
  if (x === y) return true
  return (
    x?.tableId === y?.tableId &&
    x?.columnNumber === y?.columnNumber &&
    x?.schema === y?.schema &&
    x?.relation === y?.relation &&
    x?.column === y?.column
  )
}
