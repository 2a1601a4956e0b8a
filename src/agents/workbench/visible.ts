/** The relations that one caller may know of: those that policy lets them read at all. */
import type { CatalogRelation, RelationKind } from '../../model/catalog.js'
import type { Dialect } from '../../model/dialect.js'
import type { Explanation } from '../../model/governor.js'
import { isRefusal } from '../../model/refusal.js'
import type { Statements } from '../../model/statements.js'

export interface Visible {
  readonly relation: CatalogRelation
  /** As a statement of this caller names it. */
  readonly name: string
}

const READABLE: readonly RelationKind[] = ['table', 'view', 'materialized-view', 'foreign-table']

/** Those that could be shown, in the order of their names: not the engine's own, and with rows to read. */
export function candidates(relations: readonly CatalogRelation[]): readonly CatalogRelation[] {
  return relations.filter(({ system, kind }) => !system && READABLE.includes(kind)).sort(byName)
}

/**
 * The relation as this caller may name it, or null where policy denies even to count its rows. Of several ways
 * to write a name, the shortest that means this very relation.
 */
export async function visible(statements: Statements, relation: CatalogRelation): Promise<Visible | null> {
  for (const name of spellings(relation, statements.dialect)) {
    const explained = await statements.explain(`select count(*) from ${name}`, [])
    if (isRefusal(explained)) return null
    if (means(explained, relation)) return explained.decision.effect === 'deny' ? null : { relation, name }
  }
  return null
}

function means({ facts }: Explanation, { schema, name }: CatalogRelation): boolean {
  return facts.analyzable && facts.relations.some(used => used.schema === schema && used.relation === name)
}

function spellings({ schema, name }: CatalogRelation, dialect: Dialect): readonly string[] {
  const quoted = quote(name, dialect)
  return [
    ...(isPlain(name, dialect) ? [name] : []),
    quoted,
    ...(isPlain(schema, dialect) ? [`${schema}.${quoted}`] : []),
    `${quote(schema, dialect)}.${quoted}`,
  ]
}

/** Which needs no quotes to be taken as it stands, words of the language aside. */
export function isPlain(name: string, dialect: Dialect): boolean {
  return (dialect === 'postgres' ? /^[a-z_][a-z0-9_]*$/ : /^[A-Za-z_][A-Za-z0-9_]*$/).test(name)
}

export function quote(name: string, dialect: Dialect): string {
  const mark = dialect === 'mysql' ? '`' : '"'
  return `${mark}${name.replaceAll(mark, mark + mark)}${mark}`
}

function byName(one: CatalogRelation, other: CatalogRelation): number {
  return compare(one.schema, other.schema) || compare(one.name, other.name)
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other)
}
