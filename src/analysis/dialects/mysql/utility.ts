import type { QualifiedName, UtilityStatement } from '../../relational.js'

export function written(names: readonly QualifiedName[]): UtilityStatement['relations'] {
  return names.map(name => ({ name, access: 'write' as const }))
}

export function readRelations(names: readonly QualifiedName[]): UtilityStatement['relations'] {
  return names.map(name => ({ name, access: 'read' as const }))
}
