/** YAML read strictly, with the line and column of every part kept for error messages. */
import { isMap, isNode, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import type { Problem } from './cross-checks.js'
import { pathText } from './validate.js'

export interface YamlSource {
  readonly value: unknown
  /** `policy.yaml:12:5 rules[2].when.kind: …` */
  describe(problem: Problem): string
}

export type YamlReading =
  | { readonly readable: true; readonly source: YamlSource }
  | { readonly readable: false; readonly problems: readonly string[] }

/**
 * YAML 1.2 core: no timestamps, no merge keys, no custom tags, no repeated keys, one document, and
 * no anchors, because what a reviewer reads in one place must stand in that place.
 */
export function readYaml(text: string, file: string): YamlReading {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    prettyErrors: false,
  })
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}`
  }
  const mistakes = [...document.errors, ...document.warnings]
  if (mistakes.length > 0) {
    return {
      readable: false,
      problems: mistakes.map(mistake => `${place(mistake.pos[0])} ${mistake.message}`),
    }
  }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 0 })
  } catch {
    return {
      readable: false,
      problems: [`${file}:1:1 aliases (*name) are not read in a policy; write the value out`],
    }
  }
  const describe = ({ path, message }: Problem) => {
    const where = place(offsetOf(document.contents, path))
    return path.length === 0 ? `${where} ${message}` : `${where} ${pathText(path)}: ${message}`
  }
  return { readable: true, source: { value, describe } }
}

/** Where the path begins in the text: the key of a mapping entry, the item of a list, else the nearest parent. */
function offsetOf(root: Node | null, path: readonly PropertyKey[]): number {
  let offset = root?.range?.[0] ?? 0
  let node: unknown = root
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(
        item => isPair(item) && isScalar(item.key) && String(item.key.value) === String(part),
      )
      if (pair === undefined) return offset
      if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset
      node = pair.value
    } else {
      const item: unknown =
        isNode(node) && 'items' in node ? (node.items as unknown[])[Number(part)] : undefined
      if (!isNode(item)) return offset
      offset = item.range?.[0] ?? offset
      node = item
    }
  }
  return offset
}
