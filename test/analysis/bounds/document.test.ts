/** The codes and bounds that docs/analysis.md names are those of the code. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const read = (path: string): string => readFileSync(root + path, 'utf8')
const document = read('docs/analysis.md')

test('every code of a refusal is explained, and no other', () => {
  const table = document.slice(document.indexOf('| code | means |'), document.indexOf('## What is told'))
  const explained = [...table.matchAll(/^\| (`.*?`) \|/gm)].flatMap(
    ([, cell = '']) => cell.match(/\w+/g) ?? [],
  )
  const declared = [...read('src/analysis/stop.ts').matchAll(/^ {2}\| '(\w+)'/gm)].map(([, code]) => code)
  expect(declared.length).toBeGreaterThan(8)
  expect(explained.sort()).toEqual(declared.sort())
})

test.each([
  ['src/analysis/limits.ts', /maxLength: (256) \* 1024/, 'length | 262,144 characters'],
  ['src/analysis/limits.ts', /maxDepth: (600)/, 'nesting | 600'],
  ['src/analysis/analyze.ts', /cacheSize: (5000)/, 'the newest 5,000 statements'],
  ['src/analysis/analyze.ts', /CACHE_WEIGHT = (16) \* 1024 \* 1024/, '16 Mi characters'],
  ['src/analysis/resolve/analysis.ts', /MAX_STEPS = (400_000)/, '400,000 steps'],
  ['src/analysis/resolve/views.ts', /MAX_DEPTH = (24)/, 'views in views | 24'],
  ['src/analysis/resolve/common-tables.ts', /MAX_ROUNDS = (12)/, 'rounds of a recursive `WITH` | 12'],
  ['src/analysis/resolve/truth.ts', /MAX_SEARCHED = (40)/, 'searched for opposites | 40'],
  ['src/analysis/facts.ts', /MAX_OUTPUT = (4096)/, 'columns of a result | 4,096'],
  ['src/analysis/dialects/postgres/scan.ts', /\{(1001)\}/, 'PostgreSQL | 1,000'],
])('%s: %s is what the document says', (path, pattern, said) => {
  expect(read(path)).toMatch(pattern)
  expect(document).toContain(said)
})
