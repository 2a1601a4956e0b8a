/**
 * The house rules of docs/architecture.md, checked against src/ and package.json. Every rule is also run
 * on files that break it.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { BRANDS, mints, rules } from './support/architecture-rules.js'
import { readSources, sourceFile } from './support/source-file.js'

const root = fileURLToPath(new URL('../', import.meta.url))
const sources = readSources(join(root, 'src'))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

describe.each(rules)('$name', rule => {
  test('holds in src/', () => {
    expect(sources.flatMap(file => rule.check(file).map(breach => `src/${file.path}: ${breach}`))).toEqual([])
  })

  test.each(rule.bad)('notices a breach in %s, example %#', (path, text) => {
    expect(rule.check(sourceFile(path, text))).not.toEqual([])
  })

  test.each(rule.good)('lets %s be, example %#', (path, text) => {
    expect(rule.check(sourceFile(path, text))).toEqual([])
  })
})

describe('the sources as a whole', () => {
  test('were found', () => {
    expect(sources.map(file => file.path)).toEqual(
      expect.arrayContaining(['pipeline.ts', 'index.ts', 'errors.ts']),
    )
  })

  test('are small: half of the files have at most 120 lines', () => {
    const lines = sources.filter(file => !file.path.endsWith('.data.ts')).map(file => file.lines)
    expect(lines.sort((a, b) => a - b)[Math.floor(lines.length / 2)]).toBeLessThanOrEqual(120)
  })

  test.each(Object.keys(BRANDS))('mint %s in one file', brand => {
    const files = sources.filter(file => mints(file).some(mint => mint.brand === brand))
    expect(files.map(file => file.path)).toHaveLength(1)
  })

  test('import only files that exist', () => {
    const known = new Set(sources.map(file => file.path))
    const broken = sources.flatMap(file =>
      file.imports
        .filter(({ ours, target }) => ours && !known.has(target))
        .map(({ target }) => `${file.path}: ${target}`),
    )
    expect(broken).toEqual([])
  })
})

describe('the package', () => {
  const entries: Record<string, string> = manifest.tsup.entry
  const built = Object.keys(entries).map(name => `./dist/${name}.js`)
  const exported: [string, string | { types: string; default: string }][] = Object.entries(manifest.exports)

  test('exports what is built, and builds what it exports or runs', () => {
    const code = exported.flatMap(([, target]) => (typeof target === 'string' ? [] : [target.default]))
    expect([...code, ...Object.values(manifest.bin)].sort()).toEqual([...built].sort())
  })

  test('has types beside the code of every export', () => {
    for (const [, target] of exported) {
      if (typeof target !== 'string') expect(target.types).toBe(target.default.replace(/\.js$/, '.d.ts'))
    }
  })

  test.each(Object.entries(entries))('has the source of %s', (_name, source) => {
    expect(existsSync(join(root, source))).toBe(true)
  })

  test('lets nobody import its insides', () => {
    const inside = [
      'cardea/pipeline',
      'cardea/dist/index.js',
      'cardea/src/pipeline.ts',
      'cardea/policy/decide',
    ]
    const program = `for (const name of ${JSON.stringify([...inside, 'cardea', 'cardea/testing'])}) {
      try { import.meta.resolve(name); console.log(name, 'resolves') } catch (error) { console.log(name, error.code) }
    }`
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: root,
      encoding: 'utf8',
    })
    const refused = inside.map(name => `${name} ERR_PACKAGE_PATH_NOT_EXPORTED`)
    expect(printed.trim().split('\n')).toEqual([...refused, 'cardea resolves', 'cardea/testing resolves'])
  })
})

describe('the repository', () => {
  const generated = ['node_modules', 'dist', 'coverage']
  const allowed =
    'CHANGELOG.md LICENSE README.md docs examples package-lock.json package.json src test tsconfig.json'.split(
      ' ',
    )

  test('keeps to its fixed list of top-level entries', () => {
    const there = readdirSync(root).filter(name => !name.startsWith('.') && !generated.includes(name))
    expect(there.filter(name => !allowed.includes(name))).toEqual([])
  })

  test('names no path of somebody’s machine', () => {
    const folders = ['src', 'test', 'docs', 'examples', '.ci']
    const files = folders.flatMap(folder =>
      readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile() && /\.(ts|mjs|md|ya?ml|json|jsonl|sql)$|^run$/.test(entry.name))
        .map(entry => join(entry.parentPath ?? entry.path, entry.name)),
    )
    const texts = [...files, ...['README.md', 'CHANGELOG.md', 'package.json'].map(name => join(root, name))]
    expect(texts.filter(path => MACHINE_PATH.test(readFileSync(path, 'utf8')))).toEqual([])
  })

  test.each([`/${'work'}/main`, `/${'home'}/alice/project`, `/${'Users'}/alice/x`, `/${'root'}/x`])(
    'would notice %s',
    path => {
      expect(`see ${path}`).toMatch(MACHINE_PATH)
    },
  )
})

const MACHINE_PATH = /(?<![\w.@-])\/(work|home|Users|root)\/\w/
