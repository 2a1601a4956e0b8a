/** Where a value inside a statement comes from: lineage in the making. */
import type { ColumnRef } from '../../model/catalog.js'
import type { Lineage } from '../../model/lineage.js'

export interface Provenance {
  readonly kind: Lineage['kind']
  /** Also kept for `unknown`, so that uses of it are still recorded. */
  readonly sources: readonly ColumnRef[]
  /** The engine's type, for the unchanged value of a column. */
  readonly type?: string
  /** A whole row, as `t` in `select t from t`. */
  readonly row?: true
  /** May be or contain rows, whose fields a function in FROM would spread into columns. */
  readonly holdsRow?: true
  /** Is a row, or an array of rows, of these fields and no others. */
  readonly fields?: readonly RowField[]
  /** An unchanged value of its column, but perhaps one that this very statement has put there. */
  readonly given?: true
  /** May be of a type that brings code of its own. */
  readonly ownType?: true
  readonly why?: string
}

export interface RowField {
  readonly name: string
  readonly provenance: Provenance
}

export const NONE: Provenance = Object.freeze({ kind: 'none', sources: Object.freeze([]) })
/** Shows a number or a truth that no column's value flows into. */
export const COUNT: Provenance = Object.freeze({ kind: 'aggregate', sources: Object.freeze([]) })

export function unknown(why: string, parts: readonly Provenance[]): Provenance {
  return { kind: 'unknown', sources: unionSources(parts), why }
}

/** A value computed from these columns in a way that the statement does not show. */
export function computedFrom(sources: readonly ColumnRef[]): Provenance {
  return sources.length === 0 ? NONE : { kind: 'derived', sources }
}

/** The value of any expression over `parts`. */
export function derived(parts: readonly Provenance[]): Provenance {
  const value = valueOver(parts)
  const holdsRow = parts.some(part => part.row === true || part.holdsRow === true)
  const ownType = parts.some(part => part.ownType === true)
  return holdsRow || ownType
    ? { ...value, ...(holdsRow ? { holdsRow } : {}), ...(ownType ? { ownType } : {}) }
    : value
}

/** The same value as one of a type with code of its own, or of one without. */
export function typed(part: Provenance, ownType: boolean): Provenance {
  if (ownType) return part.ownType === true ? part : { ...part, ownType }
  if (part.ownType === undefined) return part
  const { ownType: _, ...rest } = part
  return rest
}

function valueOver(parts: readonly Provenance[]): Provenance {
  const doubtful = parts.find(part => part.kind === 'unknown')
  if (doubtful !== undefined) return unknown(doubtful.why ?? 'part of it is unknown', parts)
  const shown = parts.filter(part => part.kind === 'direct' || part.kind === 'derived')
  if (shown.length > 0) return { kind: 'derived', sources: unionSources(shown) }
  const counts = parts.filter(part => part.kind === 'aggregate')
  return counts.length === 0 ? NONE : { kind: 'aggregate', sources: unionSources(counts) }
}

/** Whether a plain value is null, or how many of it there are, without showing it. */
export function counted(part: Provenance): Provenance {
  if (part.kind === 'direct' || part.row === true) return { kind: 'aggregate', sources: part.sources }
  return part.kind === 'none' ? COUNT : part
}

/** One column of a set operation, or of a join with USING: every arm's value can appear. */
export function merged(parts: readonly Provenance[]): Provenance {
  if (!parts.every(part => part.kind === 'direct')) return derived(parts)
  const given = parts.some(part => part.given === true) ? { given: true as const } : {}
  const all: Provenance = { kind: 'direct', sources: unionSources(parts), ...given }
  return typed(
    all,
    parts.some(part => part.ownType === true),
  )
}

/** The row of a relation as one value. */
export function wholeRow(fields: readonly RowField[]): Provenance {
  return { ...derived(fields.map(field => field.provenance)), row: true, fields }
}

/** The same value as one of a type that is no row. */
export function withoutRow(part: Provenance): Provenance {
  if (part.holdsRow === undefined && part.row === undefined) return part
  const { row: _row, holdsRow: _holdsRow, fields: _fields, ...rest } = part
  return rest
}

/** The same value as a row of these fields. */
export function rowOfFields(part: Provenance, fields: readonly RowField[] | undefined): Provenance {
  return fields === undefined ? part : { ...part, holdsRow: true, fields }
}

export function isPlain(part: Provenance): boolean {
  return part.kind === 'direct'
}

export function sameProvenance(one: Provenance, other: Provenance): boolean {
  return (
    one.kind === other.kind &&
    one.ownType === other.ownType &&
    one.given === other.given &&
    one.sources.length === other.sources.length &&
    one.sources.every(source => other.sources.includes(source))
  )
}

export function toLineage(part: Provenance): Lineage {
  switch (part.kind) {
    case 'none':
      return { kind: 'none' }
    case 'unknown':
      return { kind: 'unknown', why: part.why ?? 'its origin could not be established' }
    default:
      return { kind: part.kind, sources: part.sources }
  }
}

function unionSources(parts: readonly Provenance[]): readonly ColumnRef[] {
  const filled = parts.filter(part => part.sources.length > 0)
  if (filled.length < 2) return filled[0]?.sources ?? []
  return [...new Set(filled.flatMap(part => part.sources))]
}
