/** A column of the row type of a relation, or of arrays of it, holds what the relation's columns hold. */
import type { CatalogRelation } from '../model/catalog.js'

/** Rows in rows. */
const MAX_DEPTH = 8

/** Gives columns of row types the labels of the columns of those rows. */
export function labelRowTypes(relations: readonly CatalogRelation[]): readonly CatalogRelation[] {
  const places = new Map<string, number>()
  relations.forEach((relation, at) => {
    for (const spelling of spellings(relation)) places.set(spelling, at)
  })
  const isRow = (type: string): boolean => type.includes('.') && places.has(element(type))
  if (!relations.some(({ columns }) => columns.some(({ type }) => isRow(type)))) return relations
  let labelled = relations
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const before = labelled
    labelled = before.map(relation => ({
      ...relation,
      columns: relation.columns.map(column => {
        const rows = before[places.get(element(column.type)) ?? -1]
        // What a view shows is traced through its definition.
        if (rows === undefined || relation.definition !== undefined) return column
        const labels = [...column.labels, ...rows.columns.flatMap(field => field.labels)]
        return { ...column, labels: [...new Set(labels)].sort() }
      }),
    }))
  }
  return labelled
}

function element(type: string): string {
  return type.replace(/(?:\[\])+$/u, '')
}

/** The ways in which PostgreSQL writes the name of a relation's row type: each part plain or quoted. */
function spellings({ schema, name }: CatalogRelation): readonly string[] {
  const [schemas, names] = [schema, name].map(part => [part, `"${part.replaceAll('"', '""')}"`])
  return (schemas ?? []).flatMap(first => (names ?? []).map(second => `${first}.${second}`))
}
