import type { Dialect } from './dialect.js'

/**
 * What kind of protected data a column holds. `pan`: primary account number. `sad`: sensitive
 * authentication data (CVV, track, PIN block). Anything else is the policy author's own word.
 */
export type Label = 'pan' | 'sad' | 'ssn' | 'iban' | 'email' | 'phone' | 'secret' | (string & {})

/** One column of one relation. Two references are the same column when all three names are equal. */
export interface ColumnRef {
  readonly schema: string
  readonly relation: string
  readonly column: string
  readonly labels: readonly Label[]
}

/** A column as the catalog knows it. */
export interface CatalogColumn {
  readonly name: string
  /** The engine's own type name, for example `character varying` or `int4`. */
  readonly type: string
  readonly nullable: boolean
  readonly labels: readonly Label[]
  /** `*` and an INSERT without a column list leave it out; it can be named. */
  readonly hidden?: true
  /** For a generated column: the columns it is computed from, whose labels it carries. */
  readonly generatedFrom?: readonly string[]
}

export type RelationKind = 'table' | 'view' | 'materialized-view' | 'foreign-table' | 'sequence' | 'other'

/** A table, view or other relation as the catalog knows it. */
export interface CatalogRelation {
  readonly schema: string
  readonly name: string
  readonly kind: RelationKind
  /** In the engine's order: what `*` expands to. */
  readonly columns: readonly CatalogColumn[]
  /** Primary and unique keys (total, on plain columns), each a list of column names. */
  readonly keys: readonly (readonly string[])[]
  /** The one of `keys` that is the primary key, where the reader tells. */
  readonly primaryKey?: readonly string[]
  /** The defining query of a view, in the dialect's own SQL. */
  readonly definition?: string
  /** The engine's own number for the relation (PostgreSQL `pg_class.oid`), for run-time origins. */
  readonly id?: number
  /**
   * The column that numbers the rows. SQLite: the one that `rowid` stands for; absent: `rowid` shows no column;
   * null: there is no `rowid`.
   * MySQL: the AUTO_INCREMENT column. An INSERT reports its value as the generated key.
   */
  readonly rowNumber?: string | null
  /** Tables that this one inherits from or is a partition of; same-named columns share their labels. */
  readonly parents?: readonly { readonly schema: string; readonly relation: string }[]
  /** True where triggers or rules may write elsewhere or change what a write does. */
  readonly hasTriggersOrRules: boolean
  /** Belongs to the engine (`pg_catalog`, `information_schema`, `mysql`, `sqlite_*`). */
  readonly system: boolean
}

/**
 * What an argument of a user-defined routine takes. `own-type`: only values of a type that is not built in
 * and that nothing turns into by itself. `text`: character strings, which no number or date turns into by
 * itself. `other`: anything else.
 */
export type RoutineArgument = 'own-type' | 'text' | 'other'

/** A user-defined routine or operator that could shadow a built-in one of the same name. */
export interface CatalogRoutine {
  readonly schema: string
  readonly name: string
  readonly kind: 'function' | 'procedure' | 'aggregate' | 'window' | 'operator'
  readonly volatility: 'immutable' | 'stable' | 'volatile'
  /** Absent: not known, or not always as many, so that any call of the name may mean this routine. */
  readonly arguments?: readonly RoutineArgument[]
  /** A built-in of the same name and argument types is found before it, unless the text names its schema. */
  readonly hidden?: true
}

/**
 * A type of the user's own that no code of the user's is bound to: an enum, a domain whose checks call
 * built-ins only, a composite type or the row type of a relation.
 */
export interface CatalogType {
  readonly schema: string
  readonly name: string
  /** Of a composite type that is not a relation's. */
  readonly fields?: readonly CatalogField[]
}

export interface CatalogField {
  readonly name: string
  /** As `CatalogColumn` names types. */
  readonly type: string
}

/** An immutable picture of a database: schema plus labels. */
export interface Catalog {
  readonly dialect: Dialect
  /** Digest of everything below; bound into grants. */
  readonly version: string
  /** The engine takes names of schemas and relations that differ in case only for the same. */
  readonly foldsNames?: true
  /** Schemas in which unqualified names are looked up, in order, without the implicit system schema. */
  readonly searchPath: readonly string[]
  readonly relations: readonly CatalogRelation[]
  /** User-defined routines and operators only; built-ins are on the analyser's own allow-list. */
  readonly routines: readonly CatalogRoutine[]
  /** Absent: none, and a cast to any type that is not built in counts as a call of unknown code. */
  readonly types?: readonly CatalogType[]
}

/**
 * Attaches a label to columns. Each part of `column` (`schema.relation.column`) may be `*` or hold
 * `*` wildcards; two parts mean any schema. Case-insensitive.
 */
export interface LabelRule {
  readonly column: string
  readonly label: Label
}
