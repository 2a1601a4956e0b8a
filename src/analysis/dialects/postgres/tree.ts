/**
 * Reading the parser's JSON without trusting it: a node of an unexpected type or with a field that the
 * caller does not know ends the analysis, so nothing in a statement is skipped in silence.
 */
import { AnalysisStop } from '../../stop.js'
import { CHOICES } from './choices.data.js'

export type Body = Readonly<Record<string, unknown>>

export interface TreeNode {
  readonly type: string
  readonly body: Body
}

/** Fields that say where a node stands in the text, never what it does. */
const POSITIONS = new Set([
  'location',
  'list_start',
  'list_end',
  'rexpr_list_start',
  'rexpr_list_end',
  'name_location',
])

export function unknownNode(type: string): never {
  throw new AnalysisStop(
    'unknown_node',
    `Cardea does not know the construct ${type}, so it refuses the statement.`,
  )
}

/** Refuses a node that has a field outside `fields`, or a kind or option that is not known. */
export function expectFields(type: string, body: Body, fields: ReadonlySet<string>): void {
  for (const field in body) {
    if (!fields.has(field) && !POSITIONS.has(field)) unknownNode(`${type}.${field}`)
  }
  const choices = CHOICES.get(type)
  if (choices === undefined) return
  for (const [field, known] of choices) {
    const value = body[field]
    if (value !== undefined && !known.has(value)) unknownNode(`${type}.${field}`)
  }
}

export function fieldSet(...fields: string[]): ReadonlySet<string> {
  return new Set(fields)
}

function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Opens `{ "SelectStmt": { … } }`. */
export function asNode(value: unknown): TreeNode {
  if (!isBody(value)) return unknownNode('value')
  const types = Object.keys(value)
  const type = types[0]
  const body = type === undefined ? undefined : value[type]
  if (type === undefined || types.length !== 1 || !isBody(body)) return unknownNode(type ?? 'empty node')
  return { type, body }
}

export function childNode(body: Body, field: string): TreeNode | undefined {
  const value = body[field]
  return value === undefined ? undefined : asNode(value)
}

export function requiredNode(body: Body, field: string): TreeNode {
  return childNode(body, field) ?? unknownNode(`missing ${field}`)
}

export function childNodes(body: Body, field: string): readonly TreeNode[] {
  const value = body[field]
  if (value === undefined) return []
  if (!Array.isArray(value)) return unknownNode(field)
  return value.map(asNode)
}

const LIST = fieldSet('items')

export function listItems(body: Body): readonly TreeNode[] {
  expectFields('List', body, LIST)
  return childNodes(body, 'items')
}

/** A message that stands without its type name, as `relation` does in `InsertStmt`. */
export function childBody(body: Body, field: string): Body | undefined {
  const value = body[field]
  if (value === undefined) return undefined
  return isBody(value) ? value : unknownNode(field)
}

export function requiredBody(body: Body, field: string): Body {
  return childBody(body, field) ?? unknownNode(`missing ${field}`)
}

export function text(body: Body, field: string): string | undefined {
  const value = body[field]
  if (value === undefined) return undefined
  return typeof value === 'string' ? value : unknownNode(field)
}

/** Protobuf leaves out empty strings; `''` stands for both. */
export function word(body: Body, field: string): string {
  return text(body, field) ?? ''
}

export function flag(body: Body, field: string): boolean {
  const value = body[field]
  if (value === undefined) return false
  return typeof value === 'boolean' ? value : unknownNode(field)
}

/** Protobuf leaves out zeros. */
export function whole(body: Body, field: string): number {
  const value = body[field]
  if (value === undefined) return 0
  return typeof value === 'number' ? value : unknownNode(field)
}

/** A list of `String` nodes: a qualified name, column names. */
export function words(body: Body, field: string): readonly string[] {
  return childNodes(body, field).map(node => {
    if (node.type !== 'String') return unknownNode(node.type)
    return word(node.body, 'sval')
  })
}
