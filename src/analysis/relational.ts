/**
 * The one form that every dialect is lowered into and that all analysis works on. It keeps what
 * matters for lineage, predicates and effects, and nothing of a dialect's spelling. A dialect that
 * cannot say something in these terms refuses the statement.
 *
 * Names stand as they are written, without quotes; resolution folds their case where the dialect does.
 * Operators that compare have one name in all dialects, PostgreSQL's: `=`, `<>`, `<`, `<=`, `>`, `>=`,
 * `~~` and `!~~` for LIKE, `~` and `!~` for regular expressions. `not (x is distinct from y)` is how a
 * null-safe equality is said. Whatever the text calls, down to a session variable, is a call.
 */
import type { EffectKind } from '../model/facts.js'

export interface QualifiedName {
  readonly schema?: string
  readonly name: string
}

/** How an operator compares its operands; `none`: it computes a value. */
export type OperatorRole = 'equality' | 'inequality' | 'range' | 'pattern' | 'none'

export type Expression =
  | {
      readonly type: 'column'
      readonly path: readonly string[]
      readonly star: boolean
      /** SQLite takes a double-quoted name that means no column for a string. */
      readonly orText?: true
    }
  | { readonly type: 'constant'; readonly value: string | number | boolean | null }
  /** `at`: which of the bindings it stands for, from 0, where the text tells. */
  | { readonly type: 'parameter'; readonly at?: number }
  | CallExpression
  | OperatorExpression
  | {
      readonly type: 'logic'
      readonly operator: 'and' | 'or' | 'not'
      readonly operands: readonly Expression[]
    }
  | { readonly type: 'null-test'; readonly operand: Expression; readonly negated: boolean }
  | { readonly type: 'truth-test'; readonly operand: Expression; readonly test: TruthTest }
  | CaseExpression
  | { readonly type: 'cast'; readonly operand: Expression; readonly to: TypeReference }
  | SubqueryExpression
  /** A row, an array, coalesce, greatest, JSON and XML constructors, collate: a value made of values. */
  | { readonly type: 'compose'; readonly form: string; readonly parts: readonly Expression[] }
  /** `(value).field`, `value[1:2]`: `star` for `(value).*`. */
  | {
      readonly type: 'access'
      readonly operand: Expression
      readonly fields: readonly string[]
      readonly star: boolean
      readonly subscripts: readonly Expression[]
    }
  | { readonly type: 'default' }
  | { readonly type: 'cursor-position' }

export type TruthTest = 'true' | 'not-true' | 'false' | 'not-false' | 'unknown' | 'not-unknown'

export interface CallExpression {
  readonly type: 'call'
  readonly name: QualifiedName
  readonly args: readonly Expression[]
  readonly star: boolean
  readonly distinct: boolean
  readonly filter?: Expression
  readonly order: readonly SortKey[]
  /** `within group (order by …)`: the sort keys are arguments. */
  readonly withinGroup: boolean
  readonly over?: Window
}

export interface OperatorExpression {
  readonly type: 'operator'
  readonly name: QualifiedName
  readonly role: OperatorRole
  /** `distinct`: IS DISTINCT FROM, made of `=`. `in` holds the needle first; `any`/`all` compare with the elements of an array. */
  readonly form: 'plain' | 'distinct' | 'in' | 'any' | 'all' | 'between'
  readonly operands: readonly Expression[]
}

export interface CaseExpression {
  readonly type: 'case'
  readonly subject?: Expression
  readonly arms: readonly { readonly when: Expression; readonly value: Expression }[]
  readonly otherwise?: Expression
}

export interface SubqueryExpression {
  readonly type: 'subquery'
  /** `compare`: `operand op (select …)`, with or without ANY or ALL. */
  readonly form: 'scalar' | 'exists' | 'array' | 'compare'
  readonly query: Query
  readonly operand?: Expression
  readonly operator?: { readonly name: QualifiedName; readonly role: OperatorRole }
}

export interface TypeReference extends QualifiedName {
  readonly array: boolean
  /** Has a length or precision, so that casting may change the value. */
  readonly modified: boolean
}

export interface SortKey {
  readonly expression: Expression
  /** `order by x using op`. */
  readonly operator?: QualifiedName
}

export interface Window {
  /** A named window that this one is, or extends. */
  readonly base?: string
  readonly partition: readonly Expression[]
  readonly order: readonly SortKey[]
  readonly bounds: readonly Expression[]
}

export interface Target {
  /** The name the engine will report. */
  readonly name: string
  readonly expression: Expression
  /** The text gives no name: a plain column keeps the spelling of its declaration. */
  readonly unnamed?: true
  /** Named after the text of its expression, of which the server may make another name. */
  readonly worded?: true
}

export interface Query {
  readonly with: With
  readonly body: Body
  readonly order: readonly SortKey[]
  readonly limit?: Expression
  readonly offset?: Expression
  /** `fetch first … with ties`: the limit does not bound the rows. */
  readonly ties: boolean
  readonly locks: readonly Lock[]
}

export interface With {
  readonly recursive: boolean
  readonly tables: readonly CommonTable[]
}

export interface CommonTable {
  readonly name: string
  readonly columns: readonly string[]
  readonly body: Query | Write
  /** Columns that SEARCH and CYCLE add behind those of the body. */
  readonly extra: readonly string[]
  /** Columns of the body that SEARCH or CYCLE compare. */
  readonly tracked: readonly string[]
}

export interface Lock {
  /** `for update`, `for share`, … */
  readonly strength: string
}

export type Body = Select | SetOperation | Values

export interface Select {
  readonly type: 'select'
  readonly distinct: 'none' | 'all' | readonly Expression[]
  readonly targets: readonly Target[]
  readonly from: readonly Source[]
  readonly where?: Expression
  readonly group: readonly Expression[]
  /** Of GROUPING SETS, CUBE or ROLLUP, whose members `group` lists. */
  readonly groupingSets?: true
  readonly having?: Expression
  readonly windows: readonly { readonly name: string; readonly window: Window }[]
}

export interface SetOperation {
  readonly type: 'set'
  readonly operator: 'union' | 'intersect' | 'except'
  readonly all: boolean
  readonly left: Query
  readonly right: Query
}

export interface Values {
  readonly type: 'values'
  readonly rows: readonly (readonly Expression[])[]
}

export interface SourceAlias {
  readonly name?: string
  readonly columns: readonly string[]
}

export type Source =
  | TableSource
  | {
      readonly type: 'subquery'
      readonly query: Query
      readonly lateral: boolean
      readonly alias: SourceAlias
    }
  | FunctionSource
  | JoinSource
  /** JSON_TABLE, XMLTABLE: named columns computed from expressions. */
  | {
      readonly type: 'computed'
      readonly inputs: readonly Expression[]
      readonly columns: readonly string[]
      readonly alias: SourceAlias
    }

export interface TableSource {
  readonly type: 'table'
  readonly name: QualifiedName
  readonly alias: SourceAlias
  /** Arguments and method of TABLESAMPLE. */
  readonly sample: readonly Expression[]
}

export interface FunctionSource {
  readonly type: 'function'
  readonly calls: readonly {
    readonly call: Expression
    readonly name: string
    readonly columns: readonly string[]
  }[]
  readonly ordinality: boolean
  readonly alias: SourceAlias
}

export interface JoinSource {
  readonly type: 'join'
  readonly kind: 'inner' | 'left' | 'right' | 'full'
  readonly left: Source
  readonly right: Source
  readonly condition?: Expression
  readonly using: readonly string[]
  readonly usingAlias?: string
  readonly natural: boolean
  readonly alias: SourceAlias
}

/** `columns` of one assignment: several for `(a, b) = (select …)`. */
export interface Assignment {
  readonly columns: readonly string[]
  /** One value for all columns is a sub-query or row that spreads over them. */
  readonly values: readonly Expression[]
}

export interface Returning {
  readonly targets: readonly Target[]
  /** Names under which the old and the new row can be read. */
  readonly rows: readonly string[]
}

export interface Insert {
  readonly type: 'insert'
  readonly with: With
  readonly target: TableSource
  readonly columns: readonly string[]
  /** Absent: `default values`. */
  readonly source?: Query
  /** `replace`, `insert or replace`: rows that stand in the way of a new one are deleted. */
  readonly replaces?: true
  /** `insert ignore`: a value that does not fit its column is made to fit. */
  readonly lenient?: true
  readonly conflict?: {
    /** Empty: whatever key is in the way. */
    readonly columns: readonly Expression[]
    readonly updates: boolean
    readonly assignments: readonly Assignment[]
    readonly where?: Expression
    /** A name of the statement's own for the proposed row, beside the dialect's. */
    readonly proposed?: SourceAlias
  }
  readonly returning: Returning
}

export interface Update {
  readonly type: 'update'
  readonly with: With
  readonly target: TableSource
  readonly assignments: readonly Assignment[]
  readonly from: readonly Source[]
  readonly where?: Expression
  readonly returning: Returning
  readonly order?: readonly SortKey[]
  readonly limit?: Expression
  /** As for an INSERT. */
  readonly lenient?: true
}

export interface Delete {
  readonly type: 'delete'
  readonly with: With
  readonly target: TableSource
  readonly from: readonly Source[]
  readonly where?: Expression
  readonly returning: Returning
  readonly order?: readonly SortKey[]
  readonly limit?: Expression
}

/** `update a join b … set a.x = 1, b.y = 2`: writes every table that an assignment names. */
export interface MultiUpdate {
  readonly type: 'multi-update'
  readonly with: With
  readonly from: readonly Source[]
  readonly assignments: readonly { readonly path: readonly string[]; readonly value: Expression }[]
  readonly where?: Expression
  /** As for an INSERT. */
  readonly lenient?: true
}

/** `delete a, b from a join b …`, `delete from a using a join b …`. */
export interface MultiDelete {
  readonly type: 'multi-delete'
  readonly with: With
  /** Names or aliases of tables in `from`, perhaps with their schema. */
  readonly targets: readonly (readonly string[])[]
  readonly from: readonly Source[]
  readonly where?: Expression
}

export interface Merge {
  readonly type: 'merge'
  readonly with: With
  readonly target: TableSource
  readonly source: Source
  readonly condition: Expression
  readonly clauses: readonly MergeClause[]
  readonly returning: Returning
}

export interface MergeClause {
  readonly action: 'insert' | 'update' | 'delete' | 'nothing'
  /** Rows of the target without a partner in the source. */
  readonly unmatchedTarget: boolean
  readonly condition?: Expression
  readonly assignments: readonly Assignment[]
}

export type Write = Insert | Update | Delete | Merge | MultiUpdate | MultiDelete

export type Statement =
  | { readonly type: 'query'; readonly query: Query }
  | Write
  | {
      readonly type: 'create-as'
      readonly verb: string
      readonly target: QualifiedName
      readonly columns: readonly string[]
      readonly source: Statement
    }
  | CopyStatement
  | {
      readonly type: 'explain'
      readonly analyze: boolean
      /** Its result is certain to be a table of the plan's steps, in which no expression is written out. */
      readonly tabular?: true
      readonly statement: Statement
    }
  | { readonly type: 'cursor'; readonly verb: string; readonly statement: Statement }
  | { readonly type: 'prepare'; readonly statement: Statement }
  /** Everything that is recognised by kind and needs no lineage. */
  | UtilityStatement

export interface CopyStatement {
  readonly type: 'copy'
  readonly verb: string
  readonly direction: 'to' | 'from'
  /** `variable`: variables of the session. */
  readonly place: 'client' | 'file' | 'program' | 'variable'
  readonly source: { readonly table: QualifiedName; readonly columns: readonly string[] } | Query
  readonly where?: Expression
}

export interface UtilityStatement {
  readonly type: 'utility'
  readonly kind: EffectKind
  readonly verb: string
  /** Relations named, where cheap to tell. Unknown ones are left out: the statement may create them. */
  readonly relations: readonly { readonly name: QualifiedName; readonly access: 'read' | 'write' }[]
  readonly locks: readonly string[]
  /** `call`: its argument expressions and the routine itself. */
  readonly expressions: readonly Expression[]
  /** What its result shows: nothing, settings or names and types of the schema, or rows that cannot be told from here. */
  readonly result: 'none' | 'setting' | 'opaque'
  /** Changes neither data nor schema nor session. */
  readonly harmless: boolean
}
