import type { ColumnRef, Label } from './catalog.js'
import type { Dialect } from './dialect.js'
import { lineageLabels, type OutputColumn } from './lineage.js'

/**
 * What a statement (or a statement nested inside it) does. A DELETE inside a CTE is a `delete`
 * effect of the whole. `unknown` never appears: what is not understood is `Unanalyzable`.
 */
export type EffectKind =
  | 'select'
  | 'insert'
  | 'update'
  | 'delete'
  | 'merge'
  | 'ddl'
  | 'privilege'
  | 'session'
  | 'transaction'
  | 'maintenance'
  | 'procedural'
  | 'export'
  | 'import'
  | 'explain'
  | 'notification'
  | 'cursor'

/**
 * How much a DELETE or UPDATE can touch.
 * `none`: no where-clause. `tautology`: one that every row satisfies. `keyed`: equality on a whole
 * unique key with literals or bindings. `bounded`: equality or IN over literals or bindings on some
 * column. `open`: anything else.
 */
export type Scope = 'none' | 'tautology' | 'keyed' | 'bounded' | 'open'

/** A relation that a statement touches. Views appear beside the base tables they resolve to. */
export interface RelationUse {
  readonly schema: string
  readonly relation: string
  readonly access: 'read' | 'write'
  readonly system: boolean
  /** A write that sets off triggers, rules or cascades, which may write elsewhere. */
  readonly reacts?: true
}

/** One effect, at whatever depth it stands. */
export interface StatementEffect {
  readonly kind: EffectKind
  /** Refinement: `create table`, `begin`, `copy to`, … Lower case, stable, for rules and messages. */
  readonly verb: string
  /** The relation written, for insert, update, delete, merge. */
  readonly target?: { readonly schema: string; readonly relation: string }
  /** Only for update and delete. */
  readonly scope?: Scope
  /** Upper bound of the rows written, where the text alone shows one (a keyed update: keys listed). */
  readonly maxRows?: number
}

/** What a column is used for, besides being shown. */
export type ColumnUseKind =
  | 'output'
  | 'predicate'
  | 'join'
  | 'group'
  | 'order'
  | 'window'
  | 'having'
  | 'distinct'
  | 'assignment'
  /** Given to an operation that can fail on its value: the error would tell of it. Labelled columns only. */
  | 'fallible'
  | 'returning'

/** How a predicate compares the column. `equality-constant` is `=` or IN against literals or bindings. */
export type Comparison = 'equality-constant' | 'null-test' | 'equality-column' | 'pattern' | 'range' | 'other'

export interface ColumnUse {
  readonly column: ColumnRef
  readonly use: ColumnUseKind
  /** Present for predicate, join and having. */
  readonly comparison?: Comparison
  /** For `equality-column`: the column whose unchanged value stands on the other side. Absent: anything else. */
  readonly against?: ColumnRef
}

export interface FunctionUse {
  /** Lower case, with its schema when the text names one other than the built-in. */
  readonly name: string
  /** `listed`: a reviewed built-in. `volatile`: known, not pure. `user`: user-defined. `unlisted`: not reviewed. */
  readonly standing: 'listed' | 'volatile' | 'user' | 'unlisted'
  /** Why a known built-in is not listed, for a person. */
  readonly because?: string
}

/** Labelled data copied to a place that does not carry the label, or changed on the way to one that does. */
export interface DataFlow {
  readonly from: ColumnRef
  /** `schema.table.column`, `file`, `session`, `client`, … */
  readonly to: string
  readonly labels: readonly Label[]
  /** The place carries the labels, but what it gets is computed from the value, not the value itself. */
  readonly changed?: true
}

/** What analysis found. */
export interface AnalyzedFacts {
  readonly analyzable: true
  readonly dialect: Dialect
  /** The outermost statement's kind; `effects[0].kind`. */
  readonly kind: EffectKind
  readonly effects: readonly StatementEffect[]
  readonly relations: readonly RelationUse[]
  readonly columns: readonly ColumnUse[]
  readonly functions: readonly FunctionUse[]
  /** Empty for a statement without a result. */
  readonly output: readonly OutputColumn[]
  readonly flows: readonly DataFlow[]
  /** Row locks taken: `for update`, `lock table`, … */
  readonly locks: readonly string[]
  /** Rows returned at most, where the text shows it (LIMIT, keyed select, aggregate without GROUP BY). */
  readonly maxRowsReturned?: number
  /** True when nothing the statement does can change data, schema or session. */
  readonly readOnly: boolean
  /** Normalised text with every literal removed; groups statements in records, never a cache key. */
  readonly fingerprint: string
  readonly catalogVersion: string
}

/** The worst case: the statement is not understood, so nothing about it can be promised. */
export interface Unanalyzable {
  readonly analyzable: false
  readonly dialect: Dialect
  /**
   * `syntax`, `multiple_statements`, `empty`, `too_long`, `too_deep`, `ill_formed`, `unknown_node`,
   * `unknown_relation`, `unknown_column`, `ambiguous_name`, `parser_failure`.
   */
  readonly code: string
  /** For a person; holds no literal of the statement. */
  readonly reason: string
  readonly catalogVersion: string
}

export type Facts = AnalyzedFacts | Unanalyzable

const MAY_CHANGE_SCHEMA: ReadonlySet<EffectKind> = new Set([
  'ddl',
  'privilege',
  'session',
  'maintenance',
  'procedural',
])

/** Whether the catalog may no longer be true once the statement has run. */
export function mayChangeSchema(facts: Facts): boolean {
  if (!facts.analyzable) return true
  const code = facts.functions.some(({ standing }) => standing === 'user')
  return code || facts.effects.some(({ kind, verb }) => MAY_CHANGE_SCHEMA.has(kind) && !/^show\b/.test(verb))
}

/** Whether it is certain that the statement changes nothing. */
export function onlyReads(facts: Facts): boolean {
  return facts.analyzable && facts.readOnly
}

const TAKEN_BACK: ReadonlySet<EffectKind> = new Set([
  'select',
  'insert',
  'update',
  'delete',
  'merge',
  'import',
])

/** Whether the end of the transaction that it runs in undoes all that the statement may do: schema changes may commit by themselves. */
export function isTakenBack(facts: Facts): boolean {
  return facts.analyzable && facts.effects.every(({ kind }) => TAKEN_BACK.has(kind))
}

/** Whether the statement could not be analysed for want of a relation or column that the catalog does not know. */
export function missesName(facts: Facts): boolean {
  return !facts.analyzable && (facts.code === 'unknown_relation' || facts.code === 'unknown_column')
}

/** Every label that the statement touches, however it touches it, sorted. Empty for what was not analysed. */
export function touchedLabels(facts: Facts): readonly Label[] {
  if (!facts.analyzable) return []
  const labels = [
    ...facts.columns.flatMap(use => use.column.labels),
    ...facts.output.flatMap(column => lineageLabels(column.lineage)),
    ...facts.flows.flatMap(flow => [...flow.labels, ...flow.from.labels]),
  ]
  return [...new Set(labels)].sort()
}
