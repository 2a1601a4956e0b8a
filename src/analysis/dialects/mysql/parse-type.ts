import type { TypeReference } from '../../relational.js'
import type { Cursor } from './cursor.js'
import { takeCharacterSet } from './parse-operand.js'

/** Types that CAST, JSON_VALUE and JSON_TABLE name with more than one word, and what they come to. */
const SPELLED: readonly (readonly [readonly string[], string])[] = [
  [['signed', 'integer'], 'signed'],
  [['signed', 'int'], 'signed'],
  [['unsigned', 'integer'], 'unsigned'],
  [['unsigned', 'int'], 'unsigned'],
  [['double', 'precision'], 'double'],
  [['national', 'char', 'varying'], 'nchar'],
  [['national', 'varchar'], 'nchar'],
  [['national', 'char'], 'nchar'],
  [['national', 'character'], 'nchar'],
  [['character', 'varying'], 'varchar'],
  [['char', 'varying'], 'varchar'],
]

const CHARACTER_SET_WORDS = new Set(['ascii', 'unicode', 'byte', 'binary'])

export function parseType(cursor: Cursor): TypeReference {
  const name = typeName(cursor)
  let modified = false
  if (cursor.accept('(')) {
    modified = true
    cursor.list(() => {
      if (cursor.peek().kind !== 'number' && cursor.peek().kind !== 'string') throw cursor.unexpected()
      return cursor.take()
    })
    cursor.expect(')')
  }
  while (cursor.acceptAny(SIGNS) !== undefined) modified = true
  if (cursor.accept('character', 'set') || cursor.accept('charset') || cursor.accept('char', 'set')) {
    modified = true
    takeCharacterSet(cursor)
  } else if (cursor.acceptAny(CHARACTER_SET_WORDS) !== undefined) modified = true
  if (cursor.accept('collate')) {
    modified = true
    takeCharacterSet(cursor)
  }
  return { name, array: false, modified }
}

const SIGNS = new Set(['unsigned', 'signed', 'zerofill'])

function typeName(cursor: Cursor): string {
  for (const [words, name] of SPELLED) if (cursor.accept(...words)) return name
  const token = cursor.peek()
  if (token.kind !== 'word') throw cursor.unexpected()
  cursor.take()
  return token.word === 'character' ? 'char' : token.word
}
