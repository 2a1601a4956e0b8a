import type { As, Name, QualifiedName as NameNode } from 'sqlite3-parser'
import type { Expression, QualifiedName, SourceAlias, TableSource } from '../../relational.js'
import { known } from './tree.js'

/** Letters of ASCII only, as the engine does: `É` and `é` are two names. */
export function fold(name: string): string {
  return name.replace(/[A-Z]+/g, letters => letters.toLowerCase())
}

export function nameOf(node: Name): string {
  return known(node).text
}

export function namesOf(nodes: readonly Name[] | undefined): readonly string[] {
  return (nodes ?? []).map(nameOf)
}

export function qualifiedName(node: NameNode): QualifiedName {
  const { dbName, objName } = known(node)
  return dbName === undefined ? { name: nameOf(objName) } : { schema: nameOf(dbName), name: nameOf(objName) }
}

export function aliasOf(node: As | undefined): SourceAlias {
  return node === undefined ? { columns: [] } : { name: nameOf(known(node).name), columns: [] }
}

/** The table that a write names, which keeps its alias in the name. */
export function targetTable(node: NameNode): TableSource {
  const alias = node.alias === undefined ? { columns: [] } : { name: nameOf(node.alias), columns: [] }
  return { type: 'table', name: qualifiedName(node), alias, sample: [] }
}

export function column(...path: readonly string[]): Expression {
  return { type: 'column', path, star: false }
}

export function isTruthName(name: string): boolean {
  return /^(?:true|false)$/i.test(name)
}
