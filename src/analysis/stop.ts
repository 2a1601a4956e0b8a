/** Ends an analysis. Never leaves this stage: `loadAnalyzer` turns it into `Unanalyzable` facts. */
export class AnalysisStop extends Error {
  readonly code: StopCode

  /** @param reason for a person; holds no literal of the statement. */
  constructor(code: StopCode, reason: string) {
    super(reason)
    this.code = code
  }
}

export type StopCode =
  | 'syntax'
  | 'multiple_statements'
  | 'empty'
  | 'too_long'
  | 'too_deep'
  | 'ill_formed'
  | 'unknown_node'
  | 'unknown_relation'
  | 'unknown_column'
  | 'ambiguous_name'
  | 'parser_failure'

/** Quotes a name for a reason. A name with many digits could be a card number in disguise. */
export function quoted(name: string): string {
  const digits = name.replace(/\P{Nd}/gu, '').length
  return digits >= 9 || name.length > 128 ? 'a name not shown here' : `"${name}"`
}
