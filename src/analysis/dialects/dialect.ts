import type { CallExpression, Expression, Query, Statement } from '../relational.js'
import type { Template } from '../statement-template.js'
import { AnalysisStop } from '../stop.js'

/** What stage 2 needs from a dialect: its grammar, and what its names mean. */
export interface DialectReader {
  /** The shape of a text, where texts of one shape can have the same facts. Absent: every text is looked at. */
  readonly template?: (text: string) => Template | undefined
  /**
   * Parses and lowers one statement.
   * @throws AnalysisStop for text that is not exactly one statement that the lowering knows.
   */
  read(text: string): ReadStatement
  /** The query of a view, from the definition that the catalog holds. @throws AnalysisStop as `read` does. */
  readView(definition: string): Query
  readonly rules: DialectRules
}

export interface ReadStatement {
  readonly statement: Statement
  /** The text in one spelling, without comments and literals. */
  readonly fingerprint: string
}

/** The engine's built-in names, for resolution and for the function allow-list. */
export interface DialectRules {
  /** Searched before the search path. Empty: there is none. */
  readonly systemSchema: string
  /** One spelling for names of columns, aliases and functions that the engine takes for the same. */
  readonly fold: (name: string) => string
  /** Columns that every table has and `*` leaves out. */
  readonly systemColumns: ReadonlySet<string>
  /** Names of the number that every row has, unless a column has that name. */
  readonly rowNumbers: ReadonlySet<string>
  /** Pseudo-relation through which ON CONFLICT sees the proposed row. */
  readonly proposedRow: string
  /** Clauses whose expressions see the output columns of their SELECT by name, besides those of FROM. */
  readonly outputNamesIn: ReadonlySet<Clause>
  /** What a column of VALUES is called in the statement, and in the result: empty where versions differ. From 0. */
  readonly valuesColumn: (at: number) => { readonly key: string; readonly name: string }
  /** What a string is worth as a condition. */
  readonly textTruth: (text: string) => boolean | 'unknown'
  /** Unequal strings are unequal to the engine too: no collation of its literals says otherwise. */
  readonly exactText: boolean
  /** Names in a view's definition are looked up in the view's own schema first. */
  readonly viewsLookHomeFirst: boolean
  /**
   * `sqlite`: ON sees all of FROM and the output names, an alias can be qualified by its table's schema,
   * RETURNING sees the target alone, and the second `x` of a sub-query is called `x:1`.
   */
  readonly nameScopes: 'standard' | 'sqlite'
  /** Whether WITH RECURSIVE shows a table to those before it; `unclear` where servers differ. */
  readonly forwardTables: 'seen' | 'unclear'
  /**
   * Where `*` shows the columns that USING and NATURAL merge: `listed`, first and as USING lists them;
   * `standing`, first and as they stand in the first table, which is the right one of a RIGHT JOIN, whose other
   * columns come next; `in-place`, where they stand in the left side.
   */
  readonly mergedColumns: 'listed' | 'standing' | 'in-place'
  /** What bindings are sent as changes what a statement means: facts are kept for each kind of bindings. */
  readonly bindingsMatter: boolean
  /**
   * Whether `column = value` can hold for no more than one value of a column of this type. Some engines
   * compare text with a number by turning all of it into numbers.
   */
  readonly pins: (columnType: string, value: Expression, binding: BindingKind | undefined) => boolean
  readonly functions: ReadonlyMap<string, BuiltinFunction>
  /** Functions that show the row number which an earlier INSERT took. Absent: none. */
  readonly showsRowNumbers?: ReadonlySet<string>
  /** What a call of a built-in that chooses among its arguments comes to. Absent: the reader has said it. */
  readonly choice?: (call: CallExpression) => Expression | undefined
  /** Why a known built-in is not among them. */
  readonly refusal: (name: string) => string | undefined
  /** Functions whose result is a row, or rows, of the type of their first argument if that is one. Absent: none. */
  readonly keepsRows?: ReadonlySet<string>
  readonly operators: ReadonlySet<string>
  readonly types: ReadonlySet<string>
  /** Whether a call of a built-in can fail on the value of the argument at this position. */
  readonly mayFail: (name: string, args: readonly Expression[], at: number) => boolean
  /** Operators that compute a value and cannot fail on any. */
  readonly steadyOperators: ReadonlySet<string>
  /** Types to which every value can be cast. */
  readonly steadyTypes: ReadonlySet<string>
  /** What differs in statements that write. Absent: nothing. */
  readonly inWrites?: Pick<DialectRules, 'mayFail' | 'steadyOperators'>
  /** Type names between which a cast without a length keeps the value. */
  readonly plainText: ReadonlySet<string>
}

export type Clause = 'where' | 'group' | 'having' | 'order'

/** What a driver sends a binding as. */
export type BindingKind = 'text' | 'number' | 'null' | 'other'

export interface BuiltinFunction {
  readonly standing: 'listed' | 'volatile'
  /** `count` shows only how many values there are. */
  readonly shape: 'scalar' | 'aggregate' | 'count' | 'set'
  /** Column names of a function used as a relation, where they differ from the function's name. */
  readonly columns?: readonly string[]
  /** More of them, which `*` leaves out. */
  readonly hidden?: readonly string[]
  /** Whether a call with these arguments is the reviewed one; another counts as not reviewed. Absent: any. */
  readonly accepts?: (args: readonly Expression[]) => boolean
}

/** The query that a view's definition is. @throws AnalysisStop `unknown_node` for any other statement. */
export function queryOf(statement: Statement): Query {
  if (statement.type === 'query') return statement.query
  throw new AnalysisStop('unknown_node', 'The definition of a view is not a query.')
}
