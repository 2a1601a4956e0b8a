import type { Dialect } from '../../model/dialect.js'
import { AnalysisStop } from '../stop.js'
import type { DialectReader } from './dialect.js'

/** Stands in for a dialect without a lowering: refuses every statement. */
export function absentDialect(dialect: Dialect): DialectReader {
  return {
    read() {
      throw new AnalysisStop(
        'no_parser',
        `Cardea cannot analyse ${dialect} statements yet, so it refuses them.`,
      )
    },
    rules: {
      systemSchema: '',
      systemColumns: new Set(),
      proposedRow: '',
      functions: new Map(),
      operators: new Set(),
      types: new Set(),
      mayFail: () => true,
      steadyOperators: new Set(),
      steadyTypes: new Set(),
      plainText: new Set(),
    },
  }
}
