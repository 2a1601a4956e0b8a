/** A catalog arranged for look-ups by name, made once per catalog. Column references are shared. */
import type {
  Catalog,
  CatalogColumn,
  CatalogRelation,
  CatalogRoutine,
  ColumnRef,
} from '../../model/catalog.js'
import type { Dialect } from '../../model/dialect.js'
import type { DialectRules } from '../dialects/dialect.js'
import type { QualifiedName } from '../relational.js'
import { typeNamed, UserTypes } from './user-types.js'
import type { ResolvedView } from './views.js'

export interface IndexedRelation {
  readonly relation: CatalogRelation
  /** In the order of the relation's columns. */
  readonly columns: readonly ColumnRef[]
  /** Names of the columns as they are compared, in the same order. */
  readonly keys: readonly string[]
}

export class CatalogIndex {
  readonly catalog: Catalog
  /** Results of resolving views, good for as long as the catalog is. */
  readonly views = new Map<CatalogRelation, ResolvedView>()
  readonly types: UserTypes
  /** Labelled columns that number the rows of a table. */
  readonly rowNumbers: readonly ColumnRef[]
  private readonly relations = new Map<string, IndexedRelation>()
  private readonly routines = new Map<string, CatalogRoutine[]>()
  private readonly path: readonly string[]

  constructor(
    catalog: Catalog,
    private readonly rules: DialectRules,
  ) {
    this.catalog = catalog
    const { systemSchema } = rules
    this.path = catalog.searchPath.includes(systemSchema)
      ? catalog.searchPath
      : [systemSchema, ...catalog.searchPath]
    this.types = new UserTypes(catalog, this.path)
    for (const relation of catalog.relations) {
      const keys = relation.columns.map(column => rules.fold(column.name))
      const indexed = { relation, columns: references(relation), keys }
      this.relations.set(this.key(relation.schema, relation.name), indexed)
    }
    this.rowNumbers = [...this.relations.values()].flatMap(labelledRowNumber)
    for (const routine of catalog.routines) {
      const name = rules.fold(routine.name)
      const known = this.routines.get(name)
      if (known === undefined) this.routines.set(name, [routine])
      else known.push(routine)
    }
  }

  /** Where an unqualified new relation would be created. */
  get defaultSchema(): string {
    return this.catalog.searchPath.find(schema => schema !== 'temp') ?? 'public'
  }

  /** Whether the server tells names of tables and aliases apart by their capital letters. */
  get exactNames(): boolean {
    return this.catalog.dialect === 'mysql' && this.catalog.foldsNames !== true
  }

  find(name: QualifiedName): IndexedRelation | undefined {
    if (name.schema !== undefined) return this.relations.get(this.key(name.schema, name.name))
    for (const schema of this.path) {
      const found = this.relations.get(this.key(schema, name.name))
      if (found !== undefined) return found
    }
    return undefined
  }

  /** Whether the name is that of a type of the user's own without code of the user's. */
  hasPlainType(name: QualifiedName): boolean {
    return this.types.isPlain(name)
  }

  /** Whether a column's type brings code of its own. */
  hasOwnType({ type }: CatalogColumn): boolean {
    if (!type.includes('.')) return false
    const name = typeNamed(type)
    return name === undefined || !this.hasPlainType(name)
  }

  /** User-defined routines that a call could mean, by name. */
  userRoutines(name: QualifiedName, operator: boolean): readonly CatalogRoutine[] {
    const { fold } = this.rules
    const named = this.routines.get(fold(name.name))
    if (named === undefined) return []
    const schema = name.schema === undefined ? undefined : fold(name.schema)
    return named.filter(
      routine =>
        (routine.kind === 'operator') === operator &&
        (schema === undefined ? this.isFound(routine) : fold(routine.schema) === schema),
    )
  }

  /** `.` cannot be told from a dot inside a quoted name, so a NUL, which no name holds, separates. */
  private key(schema: string, name: string): string {
    const exact = `${schema}\0${name}`
    const folds = this.catalog.foldsNames === true || isAnyCase(schema, this.catalog.dialect)
    return folds ? exact.toLowerCase() : exact
  }

  private isFound({ schema, hidden }: CatalogRoutine): boolean {
    return this.path.includes(schema) && !(hidden === true && this.path[0] === this.rules.systemSchema)
  }
}

/** MySQL takes the names in its information_schema in any case, whatever it does with others. */
function isAnyCase(schema: string, dialect: Dialect): boolean {
  return dialect === 'mysql' && schema.length === 18 && schema.toLowerCase() === 'information_schema'
}

function labelledRowNumber({ relation, columns }: IndexedRelation): readonly ColumnRef[] {
  if (typeof relation.rowNumber !== 'string') return []
  return columns.filter(({ column, labels }) => column === relation.rowNumber && labels.length > 0)
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
