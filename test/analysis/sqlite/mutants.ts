/** Statements with some of their tokens dropped, doubled, swapped or replaced: valid ones, and nearly valid ones. */
import { randomNumbers } from './random-sql.js'

const TOKEN =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|[\w$]+|[?:@][\w]*|->>|->|\|\||<=|>=|<>|!=|==|<<|>>|\S/g
const EXTRA = [
  ...[
    'select',
    'from',
    'where',
    'union',
    'all',
    'as',
    'join',
    'on',
    'using',
    'natural',
    'left',
    'not',
    'null',
    'is',
  ],
  ...[
    'in',
    'exists',
    'between',
    'like',
    'escape',
    'collate',
    'case',
    'when',
    'end',
    'over',
    'filter',
    'window',
    'with',
  ],
  ...[
    '(',
    ')',
    ',',
    ';',
    '.',
    '*',
    '+',
    '-',
    '--',
    '/*',
    '*/',
    "'",
    '"',
    '=',
    '?',
    ':a',
    '@b',
    '0x1f',
    '1e5',
    "x'41'",
  ],
  ...[
    'values',
    'returning',
    'limit',
    'offset',
    'order',
    'by',
    'group',
    'having',
    'distinct',
    'cards',
    'pan',
    'id',
    '1',
  ],
  ...[
    'materialized',
    'recursive',
    'replace',
    'or',
    'ignore',
    'indexed',
    'glob',
    'match',
    'isnull',
    'notnull',
    'cast',
  ],
]

export function mutants(seed: number, statements: readonly string[], count: number): readonly string[] {
  const random = randomNumbers(seed)
  const pick = <T>(items: readonly T[]): T => {
    const item = items[Math.floor(random() * items.length)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }
  return Array.from({ length: count }, () => {
    const tokens = [...(pick(statements).match(TOKEN) ?? [])]
    const changes = random() < 0.7 ? 1 : 2
    for (let change = 0; change < changes; change += 1) {
      const at = Math.floor(random() * tokens.length)
      const kind = Math.floor(random() * 5)
      if (kind === 0) tokens.splice(at, 1)
      else if (kind === 1) tokens.splice(at, 0, tokens[at] ?? ';')
      else if (kind === 2) tokens.splice(at, 0, pick(EXTRA))
      else if (kind === 3) tokens[at] = pick(EXTRA)
      else tokens.splice(at, 2, tokens[at + 1] ?? ',', tokens[at] ?? ',')
    }
    return tokens.join(random() < 0.9 ? ' ' : '\n')
  })
}
