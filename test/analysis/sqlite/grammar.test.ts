import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'sqlite3-parser'
import { loadSqlite } from '../../../src/analysis/dialects/sqlite/sqlite.js'
import { LOWERED_NODES, RECOGNISED_NODES } from '../../../src/analysis/dialects/sqlite/tree.js'
import { SAMPLES } from './samples.js'

const reader = loadSqlite({ maxLength: 10_000, maxDepth: 600 })
const lowered: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(LOWERED_NODES))
const recognised: ReadonlySet<string> = RECOGNISED_NODES

/** Nodes of the parser's own type declarations, with their fields. */
function declaredNodes(): ReadonlyMap<string, readonly string[]> {
  const path = '../../../node_modules/sqlite3-parser/dist/src/ast/nodes.d.ts'
  const text = readFileSync(new URL(path, import.meta.url), 'utf8')
  const map = /interface AstNodeMap \{([^}]*)\}/.exec(text)?.[1] ?? ''
  const types = [...map.matchAll(/^\s+(\w+): \w+;/gm)].map(([, type = '']) => type)
  return new Map(
    types.map(type => {
      const body = new RegExp(`interface ${type} \\{([^}]*)\\}`).exec(text)?.[1] ?? ''
      const fields = [...body.matchAll(/readonly (\w+): /g)].map(([, field = '']) => field)
      return [type, fields.filter(field => field !== 'type' && field !== 'span')]
    }),
  )
}

function nodesIn(value: unknown, found: Set<string>): Set<string> {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return found
  if ('type' in value && typeof value.type === 'string') found.add(value.type)
  for (const [field, inner] of Object.entries(value)) if (field !== 'span') nodesIn(inner, found)
  return found
}

describe('the parser’s grammar', () => {
  const declared = declaredNodes()

  test('has no node that is neither lowered nor recognised by kind', () => {
    expect(declared.size).toBeGreaterThan(140)
    const left = [...declared.keys()].filter(type => lowered.has(type) === recognised.has(type))
    expect(left).toEqual([])
    expect([...lowered.keys(), ...recognised].filter(type => !declared.has(type))).toEqual([])
  })

  test('has no field of a lowered node that the lowering does not know', () => {
    for (const [type, fields] of lowered) {
      expect([type, [...fields].sort()]).toEqual([type, [...(declared.get(type) ?? [])].sort()])
    }
  })

  test('is lowered by samples that hold every lowered node', () => {
    const found = new Set<string>()
    for (const sql of SAMPLES) {
      const parsed = parse(sql.replace('1_000', '1000'))
      expect([sql, parsed.status]).toEqual([sql, 'ok'])
      if (parsed.status === 'ok') nodesIn(parsed.root, found)
      expect(() => reader.read(sql)).not.toThrow()
    }
    expect([...lowered.keys()].filter(type => !found.has(type))).toEqual([])
  })
})
