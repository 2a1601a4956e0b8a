/** A catalog arranged for look-ups by name, made once per catalog. Column references are shared. */
import type {
  Catalog,
  CatalogColumn,
  CatalogRelation,
  CatalogRoutine,
  ColumnRef,
} from '../../model/catalog.js'
import type { QualifiedName } from '../relational.js'
import { AnalysisStop, quoted } from '../stop.js'
import type { ResolvedView } from './views.js'

export interface IndexedRelation {
  readonly relation: CatalogRelation
  /** In the order of the relation's columns. */
  readonly columns: readonly ColumnRef[]
}

export class CatalogIndex {
  readonly catalog: Catalog
  /** Results of resolving views, good for as long as the catalog is. */
  readonly views = new Map<CatalogRelation, ResolvedView>()
  private readonly relations = new Map<string, IndexedRelation>()
  private readonly routines = new Map<string, CatalogRoutine[]>()
  private readonly path: readonly string[]

  constructor(
    catalog: Catalog,
    private readonly systemSchema: string,
  ) {
    this.catalog = catalog
    this.path = catalog.searchPath.includes(systemSchema)
      ? catalog.searchPath
      : [systemSchema, ...catalog.searchPath]
    for (const relation of catalog.relations) {
      this.relations.set(key(relation.schema, relation.name), { relation, columns: references(relation) })
    }
    for (const routine of catalog.routines) {
      const known = this.routines.get(routine.name)
      if (known === undefined) this.routines.set(routine.name, [routine])
      else known.push(routine)
    }
  }

  /** Where an unqualified new relation would be created. */
  get defaultSchema(): string {
    return this.catalog.searchPath[0] ?? 'public'
  }

  find(name: QualifiedName): IndexedRelation | undefined {
    if (name.schema !== undefined) return this.relations.get(key(name.schema, name.name))
    for (const schema of this.path) {
      const found = this.relations.get(key(schema, name.name))
      if (found !== undefined) return found
    }
    return undefined
  }

  /** @throws AnalysisStop `unknown_relation`. */
  relation(name: QualifiedName): IndexedRelation {
    const found = this.find(name)
    if (found !== undefined) return found
    const shown =
      name.schema === undefined ? quoted(name.name) : `${quoted(name.schema)}.${quoted(name.name)}`
    throw new AnalysisStop(
      'unknown_relation',
      `The catalog has no relation ${shown}. Check the name, or reload the catalog if it is new.`,
    )
  }

  /** Whether the name is that of a type of the user's own without code of the user's. */
  hasPlainType({ schema, name }: QualifiedName): boolean {
    const named = (this.catalog.types ?? []).filter(type => type.name === name)
    return named.some(type =>
      schema === undefined ? this.path.includes(type.schema) : type.schema === schema,
    )
  }

  /** Whether a column's type brings code of its own. PostgreSQL names those, and only those, with their schema. */
  hasOwnType({ type }: CatalogColumn): boolean {
    if (!type.includes('.')) return false
    const parts = /^([^".]+|"(?:[^"]|"")*")\.([^".]+|"(?:[^"]|"")*?")(?:\[\])*$/u.exec(type)
    const [schema, name] = [parts?.[1], parts?.[2]].map(part => part && unquoted(part))
    return schema === undefined || name === undefined || !this.hasPlainType({ schema, name })
  }

  /** User-defined routines that a call could mean, by name. */
  userRoutines(name: QualifiedName, operator: boolean): readonly CatalogRoutine[] {
    const named = this.routines.get(name.name)
    if (named === undefined) return []
    return named.filter(
      routine =>
        (routine.kind === 'operator') === operator &&
        (name.schema === undefined ? this.isFound(routine) : routine.schema === name.schema),
    )
  }

  private isFound({ schema, hidden }: CatalogRoutine): boolean {
    return this.path.includes(schema) && !(hidden === true && this.path[0] === this.systemSchema)
  }
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name
}

/** `.` cannot be told from a dot inside a quoted name, so a NUL, which no name holds, separates. */
function key(schema: string, name: string): string {
  return `${schema}\0${name}`
}

function references(relation: CatalogRelation): readonly ColumnRef[] {
  return relation.columns.map(column =>
    Object.freeze({
      schema: relation.schema,
      relation: relation.name,
      column: column.name,
      labels: Object.freeze([...column.labels]),
    }),
  )
}
