/** How PostgreSQL names an output column that the statement leaves unnamed (`FigureColname` in its source). */
import { childNode, childNodes, type TreeNode, text, word, words } from './tree.js'

interface Suggestion {
  readonly name: string
  /** A weak name gives way to a type name or to `case`. */
  readonly weak: boolean
}

const FIXED: Readonly<Record<string, string>> = {
  A_ArrayExpr: 'array',
  RowExpr: 'row',
  CoalesceExpr: 'coalesce',
  GroupingFunc: 'grouping',
  MergeSupportFunc: 'merge_action',
  XmlSerialize: 'xmlserialize',
  JsonParseExpr: 'json',
  JsonScalarExpr: 'json_scalar',
  JsonSerializeExpr: 'json_serialize',
  JsonObjectConstructor: 'json_object',
  JsonArrayConstructor: 'json_array',
  JsonArrayQueryConstructor: 'json_array',
  JsonObjectAgg: 'json_objectagg',
  JsonArrayAgg: 'json_arrayagg',
}

const JSON_FUNCTIONS: Readonly<Record<string, string>> = {
  JSON_EXISTS_OP: 'json_exists',
  JSON_QUERY_OP: 'json_query',
  JSON_VALUE_OP: 'json_value',
}

export function outputName(node: TreeNode): string {
  return suggest(node)?.name ?? '?column?'
}

/** `SVFOP_CURRENT_TIME_N` → `current_time`. */
export function systemValueName(operation: string): string {
  return operation
    .replace(/^SVFOP_/, '')
    .replace(/_N$/, '')
    .toLowerCase()
}

function suggest(node: TreeNode): Suggestion | null {
  const { type, body } = node
  const fixed = FIXED[type]
  if (fixed !== undefined) return strong(fixed)
  switch (type) {
    case 'ColumnRef':
      return lastName(childNodes(body, 'fields'))
    case 'A_Indirection':
      return lastName(childNodes(body, 'indirection')) ?? suggestChild(node, 'arg')
    case 'FuncCall':
      return strong(words(body, 'funcname').at(-1) ?? '')
    case 'A_Expr':
      return word(body, 'kind') === 'AEXPR_NULLIF' ? strong('nullif') : null
    case 'MinMaxExpr':
      return strong(word(body, 'op') === 'IS_LEAST' ? 'least' : 'greatest')
    case 'SQLValueFunction':
      return strong(systemValueName(word(body, 'op')))
    case 'XmlExpr':
      return xmlName(word(body, 'op'))
    case 'JsonFuncExpr':
      return strong(JSON_FUNCTIONS[word(body, 'op')] ?? '')
    case 'CollateClause':
      return suggestChild(node, 'arg')
    case 'TypeCast':
      return castName(node)
    case 'CaseExpr':
      return strongOr(suggestChild(node, 'defresult'), 'case')
    case 'SubLink':
      return sublinkName(node)
    default:
      return null
  }
}

function strong(name: string): Suggestion {
  return { name, weak: false }
}

function strongOr(found: Suggestion | null, name: string): Suggestion {
  return found !== null && !found.weak ? found : { name, weak: true }
}

function suggestChild(node: TreeNode, field: string): Suggestion | null {
  const child = childNode(node.body, field)
  return child === undefined ? null : suggest(child)
}

function lastName(fields: readonly TreeNode[]): Suggestion | null {
  for (let at = fields.length - 1; at >= 0; at -= 1) {
    const field = fields[at]
    if (field?.type === 'String') return strong(word(field.body, 'sval'))
  }
  return null
}

function xmlName(operation: string): Suggestion | null {
  return operation === 'IS_DOCUMENT' ? null : strong(operation.replace(/^IS_/, '').toLowerCase())
}

function castName(node: TreeNode): Suggestion | null {
  const typeName = node.body['typeName']
  const found = suggestChild(node, 'arg')
  if (typeof typeName !== 'object' || typeName === null) return found
  const name = words(typeName as Readonly<Record<string, unknown>>, 'names').at(-1)
  return name === undefined ? found : strongOr(found, name)
}

function sublinkName(node: TreeNode): Suggestion | null {
  const form = word(node.body, 'subLinkType')
  if (form === 'EXISTS_SUBLINK') return strong('exists')
  if (form === 'ARRAY_SUBLINK') return strong('array')
  if (form !== 'EXPR_SUBLINK') return null
  let select = childNode(node.body, 'subselect')?.body
  while (select?.['larg'] !== undefined) select = select['larg'] as Readonly<Record<string, unknown>>
  if (select === undefined) return null
  if (select['valuesLists'] !== undefined) return strong('column1')
  const target = childNodes(select, 'targetList')[0]
  const value = target === undefined ? undefined : childNode(target.body, 'val')
  if (target === undefined || value === undefined) return null
  return strong(text(target.body, 'name') ?? outputName(value))
}
