import type { Expression, Statement } from '../relational.js'

/** What stage 2 needs from a dialect: its grammar, and what its names mean. */
export interface DialectReader {
  /**
   * Parses and lowers one statement.
   * @throws AnalysisStop for text that is not exactly one statement that the lowering knows.
   */
  read(text: string): ReadStatement
  readonly rules: DialectRules
}

export interface ReadStatement {
  readonly statement: Statement
  /** The text in one spelling, without comments and literals. */
  readonly fingerprint: string
}

/** The engine's built-in names, for resolution and for the function allow-list. */
export interface DialectRules {
  /** Searched before the search path. */
  readonly systemSchema: string
  /** Columns that every table has and `*` leaves out. */
  readonly systemColumns: ReadonlySet<string>
  /** Pseudo-relations through which ON CONFLICT sees the proposed row. */
  readonly proposedRow: string
  readonly functions: ReadonlyMap<string, BuiltinFunction>
  readonly operators: ReadonlySet<string>
  readonly types: ReadonlySet<string>
  /** Whether a call of a built-in can fail on the value of the argument at this position. */
  readonly mayFail: (name: string, args: readonly Expression[], at: number) => boolean
  /** Operators that compute a value and cannot fail on any. */
  readonly steadyOperators: ReadonlySet<string>
  /** Types to which every value can be cast. */
  readonly steadyTypes: ReadonlySet<string>
  /** Type names between which a cast without a length keeps the value. */
  readonly plainText: ReadonlySet<string>
}

export interface BuiltinFunction {
  readonly standing: 'listed' | 'volatile'
  /** `count` shows only how many values there are. */
  readonly shape: 'scalar' | 'aggregate' | 'count' | 'set'
  /** Column names of a function used as a relation, where they differ from the function's name. */
  readonly columns?: readonly string[]
}
