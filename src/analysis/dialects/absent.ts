import type { Dialect } from '../../model/dialect.js'
import { AnalysisStop } from '../stop.js'
import type { DialectReader } from './dialect.js'

/** Stands in for a dialect without a lowering: refuses every statement. */
export function absentDialect(dialect: Dialect): DialectReader {
  function refuse(): never {
    throw new AnalysisStop(
      'no_parser',
      `Cardea cannot analyse ${dialect} statements yet, so it refuses them.`,
    )
  }
  return {
    read: refuse,
    readView: refuse,
    rules: {
      systemSchema: '',
      fold: name => name,
      systemColumns: new Set(),
      rowNumbers: new Set(),
      proposedRow: '',
      outputNamesIn: new Set(),
      valuesColumn: at => `column${at + 1}`,
      textTruth: () => 'unknown',
      exactText: false,
      viewsLookHomeFirst: false,
      bindingsMatter: false,
      pins: () => false,
      functions: new Map(),
      refusal: () => undefined,
      operators: new Set(),
      types: new Set(),
      mayFail: () => true,
      steadyOperators: new Set(),
      steadyTypes: new Set(),
      plainText: new Set(),
    },
  }
}
