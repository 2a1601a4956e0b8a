import type { EffectKind } from '../../../model/facts.js'
import type { QualifiedName, UtilityStatement } from '../../relational.js'

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

export function written(names: readonly QualifiedName[]): UtilityStatement['relations'] {
  return names.map(name => ({ name, access: 'write' as const }))
}

export function readRelations(names: readonly QualifiedName[]): UtilityStatement['relations'] {
  return names.map(name => ({ name, access: 'read' as const }))
}
