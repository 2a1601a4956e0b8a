/** Types of the user's own, by name: which run none of the user's code, and which are rows of what fields. */
import type { Catalog, CatalogField, CatalogType } from '../../model/catalog.js'
import type { QualifiedName } from '../relational.js'

/** Rows in rows. */
const MAX_DEPTH = 8

export class UserTypes {
  private readonly types = new Map<string, CatalogType[]>()
  /** Row types of relations. */
  private readonly rows = new Map<string, readonly CatalogField[]>()

  constructor(
    catalog: Catalog,
    private readonly path: readonly string[],
  ) {
    for (const type of catalog.types ?? []) {
      const known = this.types.get(type.name)
      if (known === undefined) this.types.set(type.name, [type])
      else known.push(type)
    }
    for (const { schema, name, columns, system } of catalog.relations)
      if (!system && this.types.has(name)) this.rows.set(`${schema}\0${name}`, columns)
  }

  /** Whether the name is that of a type without code of the user's, whatever its values are made of. */
  isPlain(name: QualifiedName, depth = 0): boolean {
    const types = this.named(name)
    return types.length > 0 && types.every(type => this.hasPlainFields(type, depth))
  }

  /** The fields of a composite type, or of the row type of a relation. */
  fieldsOf(name: QualifiedName): readonly CatalogField[] | undefined {
    const [type, other] = this.named(name)
    return type === undefined || other !== undefined ? undefined : this.fieldsIn(type)
  }

  private named({ schema, name }: QualifiedName): readonly CatalogType[] {
    return (this.types.get(name) ?? []).filter(type =>
      schema === undefined ? this.path.includes(type.schema) : type.schema === schema,
    )
  }

  private fieldsIn({ schema, name, fields }: CatalogType): readonly CatalogField[] | undefined {
    return fields ?? this.rows.get(`${schema}\0${name}`)
  }

  private hasPlainFields(type: CatalogType, depth: number): boolean {
    const fields = this.fieldsIn(type) ?? []
    if (depth > MAX_DEPTH) return false
    return fields.every(field => {
      if (!field.type.includes('.')) return true
      const name = typeNamed(field.type)
      return name !== undefined && this.isPlain(name, depth + 1)
    })
  }
}

/**
 * The name in what the engine calls the type of a column, or of an array of it. PostgreSQL names the
 * user's types, and only those, with their schema; undefined for all others.
 */
export function typeNamed(type: string): QualifiedName | undefined {
  if (!type.includes('.')) return undefined
  const parts = /^([^".]+|"(?:[^"]|"")*")\.([^".[]+|"(?:[^"]|"")*?")(?:\[\])*$/u.exec(type)
  const [schema, name] = [parts?.[1], parts?.[2]].map(part => part && unquoted(part))
  return schema === undefined || name === undefined ? undefined : { schema, name }
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name
}
