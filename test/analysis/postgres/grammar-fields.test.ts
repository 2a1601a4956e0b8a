/**
 * That no field of PostgreSQL's grammar is passed over. Statements that hold every construct are parsed; in
 * their trees each node is replaced by an unknown one, each choice by each other value of the grammar's, each
 * flag and name by another, and each field that a parser never writes is written. All that must either make
 * a difference or end the analysis, but for what is listed here.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { lowerParseTree } from '../../../src/analysis/dialects/postgres/lower.js'
import { loadPostgresParser, type PostgresParser } from '../../../src/analysis/dialects/postgres/parser.js'

type Body = Record<string, unknown>

const require = createRequire(import.meta.url)
const declared = (file: string): string => readFileSync(require.resolve(`@pgsql/types/${file}`), 'utf8')
const lines = readFileSync(new URL('./samples.sql', import.meta.url), 'utf8')
  .trim()
  .split('\n')

/** Node type → field → its type. */
const grammar = new Map(
  [...declared('types.d.ts').matchAll(/^export interface (\w+) \{\n([\s\S]*?)^\}/gm)].map(match => [
    match[1] ?? '',
    new Map(
      [...(match[2] ?? '').matchAll(/^ {4}(\w+)\?: (.*);$/gm)].map(field => [field[1] ?? '', field[2] ?? '']),
    ),
  ]),
)
const enums = new Map(
  [...declared('enums.d.ts').matchAll(/^export type (\w+) = (.*);$/gm)].map(match => [
    match[1] ?? '',
    (match[2] ?? '').split(' | ').map(value => value.slice(1, -1)),
  ]),
)

/** Nodes whose insides say nothing: how text is spelled, sorted or stored, which row lock, which index. */
const NOT_ENTERED = new Set([
  ...['LockingClause.lockedRels', 'CollateClause.collname', 'ColumnDef.collClause', 'IndexElem.collation'],
  ...['IndexElem.opclass', 'JsonOutput.returning', 'JsonReturning.format', 'JsonValueExpr.format'],
  ...['JsonArrayQueryConstructor.format', 'JsonIsPredicate.format', 'JsonTableColumn.format'],
  // How long a type's values are and how many dimensions an array has; the value of an option is read where the option matters.
  ...['TypeName.typmods', 'TypeName.arrayBounds', 'DefElem.arg', 'IntoClause.options', 'CopyStmt.options'],
])

/** Flags, numbers and names that change how a value is computed, never from what. */
const WITHOUT_MEANING = new Set([
  ...['SelectStmt.groupDistinct', 'WindowDef.frameOptions', 'A_Indices.is_slice', 'FuncCall.func_variadic'],
  ...[
    'TypeName.typemod',
    'NamedArgExpr.name',
    'NamedArgExpr.argnumber',
    'SQLValueFunction.typmod',
    'XmlExpr.name',
  ],
  ...['XmlSerialize.indent', 'JsonObjectConstructor.unique', 'JsonObjectConstructor.absent_on_null'],
  ...[
    'JsonArrayConstructor.absent_on_null',
    'JsonArrayQueryConstructor.absent_on_null',
    'JsonParseExpr.unique_keys',
  ],
  ...[
    'JsonObjectAgg.unique',
    'JsonObjectAgg.absent_on_null',
    'JsonArrayAgg.absent_on_null',
    'JsonArgument.name',
  ],
  ...['JsonIsPredicate.unique_keys', 'JsonTablePathSpec.name', 'RangeTableFuncCol.is_not_null'],
  ...['RangeTableFuncCol.for_ordinality', 'ColumnDef.is_local', 'CTESearchClause.search_breadth_first'],
  // Functions see what stands before them in FROM with LATERAL or without.
  ...['RangeFunction.lateral', 'RangeTableFunc.lateral', 'JsonTable.lateral', 'RangeFunction.is_rowsfrom'],
  // With `inh` the children are read too; they carry the labels of their parent.
  ...['RangeVar.inh', 'MultiAssignRef.ncolumns', 'InferClause.conname', 'CurrentOfExpr.cursor_name'],
  ...[
    'MergeSupportFunc.msftype',
    'IntoClause.accessMethod',
    'IntoClause.tableSpaceName',
    'IntoClause.skipData',
  ],
  ...[
    'CreateTableAsStmt.if_not_exists',
    'CopyStmt.filename',
    'DeclareCursorStmt.portalname',
    'ParseResult.version',
  ],
  ...[
    'DeclareCursorStmt.options',
    'PrepareStmt.name',
    'ExecuteStmt.name',
    'RawStmt.stmt_location',
    'RawStmt.stmt_len',
  ],
])

const POSITION = /^(?:location|name_location|list_start|list_end|rexpr_list_start|rexpr_list_end)$/
/** Statements that are told apart by kind alone, and constants, whose insides are plain values. */
const OPAQUE = new Set(['ExecuteStmt', 'Integer', 'Float', 'Boolean', 'String', 'BitString'])

interface Place {
  readonly type: string
  readonly body: Body
}

function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The node inside `{ "SelectStmt": { … } }`. */
function opened(value: unknown): Place | undefined {
  if (!isBody(value)) return undefined
  const [entry] = Object.entries(value)
  return entry !== undefined && isBody(entry[1]) ? { type: entry[0], body: entry[1] } : undefined
}

/** All nodes of a tree that the lowering enters, each with its type, whether or not the tree names it. */
function* placesIn(place: Place): Generator<Place> {
  if (OPAQUE.has(place.type)) return
  yield place
  for (const [field, value] of Object.entries(place.body)) {
    if (NOT_ENTERED.has(`${place.type}.${field}`)) continue
    const type = grammar.get(place.type)?.get(field) ?? ''
    const named = type.replace('[]', '')
    const list: readonly unknown[] = Array.isArray(value) ? value : [value]
    for (const each of list) {
      const inner = named === 'Node' ? opened(each) : isBody(each) ? { type: named, body: each } : undefined
      if (inner !== undefined) yield* placesIn(inner)
    }
  }
}

/** The lowered form as text, or null where it is refused. */
function lowered(tree: unknown): string | null {
  try {
    // Lowering remembers what it has lowered by the very nodes.
    return JSON.stringify(lowerParseTree(structuredClone(tree)))
  } catch {
    return null
  }
}

/** What comes out while a field has another value. */
function changed(tree: unknown, body: Body, field: string, value: unknown): string | null {
  const before = body[field]
  const had = Object.hasOwn(body, field)
  body[field] = value
  const result = lowered(tree)
  if (had) body[field] = before
  else delete body[field]
  return result
}

describe("the fields of PostgreSQL's grammar", () => {
  let parser: PostgresParser
  const trees: { readonly sql: string; readonly tree: unknown; readonly places: readonly Place[] }[] = []
  const seen = new Map<string, Set<unknown>>()

  beforeAll(async () => {
    parser = await loadPostgresParser()
    for (const sql of lines) {
      const tree = parser.parse(sql)
      const places = isBody(tree) ? [...placesIn({ type: 'ParseResult', body: tree })] : []
      trees.push({ sql, tree, places })
      for (const { type, body } of places) {
        for (const [field, value] of Object.entries(body)) {
          const id = `${type}.${field}`
          const values = seen.get(id) ?? new Set()
          values.add(value)
          seen.set(id, values)
        }
      }
    }
  })

  /** Every place and field of the samples, with the type of the field. */
  function* fields(): Generator<{ sql: string; tree: unknown; place: Place; field: string; type: string }> {
    for (const { sql, tree, places } of trees) {
      for (const place of places) {
        for (const field of Object.keys(place.body)) {
          if (POSITION.test(field)) continue
          yield { sql, tree, place, field, type: grammar.get(place.type)?.get(field) ?? 'unknown' }
        }
      }
    }
  }

  test('the samples are lowered, and hold nothing that the grammar does not name', () => {
    expect(trees.filter(({ tree }) => lowered(tree) === null).map(({ sql }) => sql)).toEqual([])
    expect([...fields()].filter(({ type }) => type === 'unknown').map(({ field }) => field)).toEqual([])
    expect(seen.size).toBeGreaterThan(350)
  })

  test('an unknown node in place of a known one ends the analysis', () => {
    const accepted = new Set<string>()
    for (const { tree, place, field, type } of fields()) {
      const id = `${place.type}.${field}`
      const value = place.body[field]
      const strange = { NewNode: {} }
      if (type === 'Node' && changed(tree, place.body, field, strange) !== null) accepted.add(id)
      if (type !== 'Node[]' || !Array.isArray(value)) continue
      for (const at of value.keys())
        if (changed(tree, place.body, field, value.with(at, strange)) !== null) accepted.add(id)
    }
    expect([...accepted].filter(id => !NOT_ENTERED.has(id))).toEqual([])
  })

  test('an unknown field in a node ends the analysis', () => {
    const accepted = new Set<string>()
    for (const { tree, places } of trees) {
      for (const { type, body } of places) {
        if (type !== 'A_Star' && changed(tree, body, 'newField', 1) !== null) accepted.add(type)
      }
    }
    expect([...accepted]).toEqual([])
  })

  test('a field of the grammar that no text fills is refused when it is filled', () => {
    const accepted = new Set<string>()
    for (const { tree, places } of trees) {
      for (const { type, body } of places) {
        for (const field of grammar.get(type)?.keys() ?? []) {
          const id = `${type}.${field}`
          if (seen.has(id) || POSITION.test(field)) continue
          if (changed(tree, body, field, { newField: {} }) !== null) accepted.add(id)
        }
      }
    }
    expect([...accepted].filter(id => !WITHOUT_MEANING.has(id))).toEqual([])
  })

  test('of each choice, only values that some text leads to are accepted', () => {
    const accepted = new Set<string>()
    for (const { tree, place, field, type } of fields()) {
      const id = `${place.type}.${field}`
      for (const value of [...(enums.get(type) ?? []), ...(enums.has(type) ? ['NEW_VALUE'] : [])]) {
        const isKnown = seen.get(id)?.has(value) === true
        if (!isKnown && changed(tree, place.body, field, value) !== null) accepted.add(`${id} ${value}`)
      }
    }
    expect([...accepted]).toEqual([])
  })

  test('every other flag, number and name makes a difference', () => {
    const idle = new Map<string, boolean>()
    for (const { tree, place, field, type } of fields()) {
      if (!/^(?:boolean|number|string)$/.test(type)) continue
      const id = `${place.type}.${field}`
      const value = place.body[field]
      const other = typeof value === 'boolean' ? !value : typeof value === 'number' ? value + 1 : `${value}x`
      const differs = changed(tree, place.body, field, other) !== lowered(tree)
      idle.set(id, (idle.get(id) ?? true) && !differs)
    }
    const silent = [...idle].filter(([id, isIdle]) => isIdle && !WITHOUT_MEANING.has(id))
    expect(silent.map(([id]) => id)).toEqual([])
  })

  test('no exception is listed in vain', () => {
    const exists = (id: string): boolean => {
      const [type = '', field = ''] = id.split('.')
      return grammar.get(type)?.has(field) === true
    }
    expect([...NOT_ENTERED, ...WITHOUT_MEANING].filter(id => !exists(id))).toEqual([])
  })
})
