import type { EffectKind } from '../../model/facts.js'
import type { UtilityStatement } from '../relational.js'

/** A statement that touches nothing but what `more` names. */
export function utility(
  kind: EffectKind,
  verb: string,
  more: Partial<UtilityStatement> = {},
): UtilityStatement {
  return {
    type: 'utility',
    kind,
    verb,
    relations: [],
    locks: [],
    expressions: [],
    result: 'none',
    harmless: false,
    ...more,
  }
}
