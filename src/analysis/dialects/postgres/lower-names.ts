import type { QualifiedName, SourceAlias, TableSource, TypeReference } from '../../relational.js'
import { AnalysisStop } from '../../stop.js'
import {
  type Body,
  childBody,
  childNodes,
  expectFields,
  fieldSet,
  requiredBody,
  text,
  unknownNode,
  word,
  words,
} from './tree.js'

const RANGE_VAR = fieldSet('catalogname', 'schemaname', 'relname', 'inh', 'relpersistence', 'alias')
const ALIAS = fieldSet('aliasname', 'colnames')
const TYPE_NAME = fieldSet('names', 'typmods', 'typemod', 'arrayBounds')

/** One or two parts; a database name is refused, since no other database can be reached. */
export function qualified(parts: readonly string[]): QualifiedName {
  const [first, second] = parts
  if (first === undefined || parts.length > 2) throw namesDatabase()
  return second === undefined ? { name: first } : { schema: first, name: second }
}

function namesDatabase(): AnalysisStop {
  return new AnalysisStop(
    'unknown_relation',
    'A name with a database part is refused. Leave the database out.',
  )
}

export function lowerRelationName(body: Body): QualifiedName {
  expectFields('RangeVar', body, RANGE_VAR)
  if (text(body, 'catalogname') !== undefined) throw namesDatabase()
  const schema = text(body, 'schemaname')
  const name = word(body, 'relname')
  return schema === undefined ? { name } : { schema, name }
}

export function lowerTable(body: Body): TableSource {
  return {
    type: 'table',
    name: lowerRelationName(body),
    alias: lowerAlias(childBody(body, 'alias')),
    sample: [],
  }
}

export function lowerAlias(body: Body | undefined): SourceAlias {
  if (body === undefined) return { columns: [] }
  expectFields('Alias', body, ALIAS)
  return { name: word(body, 'aliasname'), columns: words(body, 'colnames') }
}

export function lowerType(body: Body): TypeReference {
  expectFields('TypeName', body, TYPE_NAME)
  const modifiers = childNodes(body, 'typmods')
  for (const modifier of modifiers) {
    if (modifier.type !== 'A_Const' && modifier.type !== 'ColumnRef') unknownNode(modifier.type)
  }
  return {
    ...qualified(words(body, 'names')),
    array: childNodes(body, 'arrayBounds').length > 0,
    modified: modifiers.length > 0,
  }
}

export function requiredType(body: Body): TypeReference {
  return lowerType(requiredBody(body, 'typeName'))
}
