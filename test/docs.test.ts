/** The documentation says nothing that the code does not do, as far as a machine can tell. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { run } from '../src/cli/run.js'
import { parsePolicy } from '../src/policy/load.js'
import { systemClock } from '../src/util/clock.js'
import { compileBlocks } from './support/compile-blocks.js'
import { document, readDocuments } from './support/documents.js'

const root = fileURLToPath(new URL('../', import.meta.url))
const documents = readDocuments(root)
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const code = documents.flatMap(({ path, blocks, spans }) => [
  ...spans.map(text => ({ path, text })),
  ...blocks.map(({ text }) => ({ path, text })),
])

describe('code in the documentation', () => {
  test('compiles', () => {
    expect(compileBlocks(root, documents)).toEqual([])
  }, 120_000)

  test('would be found wrong, with its line', () => {
    const wrong = '# x\n<!-- ts-preamble\nconst a = 1\n-->\n\n```ts\n\nconst b: string = a\n```\n'
    expect(compileBlocks(root, [document('x.md', wrong)])).toEqual([
      expect.stringMatching(/^x\.md:8 Type 'number'/),
    ])
    const unknown = "```ts\nimport { notExported } from 'cardea'\n```\n"
    expect(compileBlocks(root, [document('x.md', unknown)])).toEqual([
      expect.stringMatching(/^x\.md:2 .*notExported/),
    ])
  }, 120_000)

  test('has whole policies that load', () => {
    const policies = documents.flatMap(({ path, blocks }) =>
      blocks.filter(({ language }) => language === 'yaml policy').map(block => ({ ...block, path })),
    )
    expect(policies).not.toEqual([])
    for (const { path, line, text } of policies) {
      expect(() => parsePolicy(text, { file: `${path}:${line}` })).not.toThrow()
    }
    expect(() => parsePolicy('nonsense: true')).toThrow()
  })
})

describe('error codes', () => {
  const declared = ['src/errors.ts', 'src/model/refusal.ts'].flatMap(path =>
    [...readFileSync(join(root, path), 'utf8').matchAll(/^ {2}\| '(CARDEA_\w+)'/gm)].map(
      match => match[1] ?? '',
    ),
  )
  const described = documents.find(({ path }) => path === 'docs/errors.md')?.headings ?? []

  test('are all explained, and none is explained that does not exist', () => {
    expect(declared.length).toBeGreaterThan(10)
    expect(described.filter(heading => heading.startsWith('CARDEA_')).sort()).toEqual([...declared].sort())
  })

  test('in running text exist', () => {
    const named = code.flatMap(({ path, text }) =>
      [...text.matchAll(/\bCARDEA_[A-Z_]+\b/g)].map(match => ({ path, name: match[0] })),
    )
    const variables = [
      'CARDEA_TEST_',
      'CARDEA_TOKEN',
      'CARDEA_HOME',
      'CARDEA_CLIENT_SECRET',
      'CARDEA_SERVER',
      'CARDEA_STORE_URL',
    ]
    const unknown = named.filter(
      ({ name }) => !declared.includes(name) && !variables.some(v => name.startsWith(v)),
    )
    expect(unknown).toEqual([])
  })
})

describe('references', () => {
  test.each(documents)('of $path lead somewhere', ({ path, links }) => {
    expect(links.filter(link => !leadsSomewhere(path, link))).toEqual([])
  })

  test('would be found broken', () => {
    expect(leadsSomewhere('README.md', 'docs/no-such.md')).toBe(false)
    expect(leadsSomewhere('docs/errors.md', '#no-such-heading')).toBe(false)
    expect(leadsSomewhere('README.md', 'docs/errors.md#refusals')).toBe(true)
  })

  test('to files of the repository, in code, name files that exist', () => {
    const paths = documents.flatMap(({ path, spans }) =>
      spans.filter(text => /^(src|test|docs|examples)\/[\w./-]+$/.test(text)).map(text => ({ path, text })),
    )
    expect(paths.filter(({ text }) => !existsSync(join(root, text)))).toEqual([])
  })

  test('to npm scripts name scripts that exist', () => {
    const runs = code.flatMap(({ path, text }) =>
      [...text.matchAll(/npm (?:run ([\w:-]+)|(test)\b)/g)].map(match => ({
        path,
        name: match[1] ?? match[2] ?? '',
      })),
    )
    expect(runs).not.toEqual([])
    expect(runs.filter(({ name }) => !(name in manifest.scripts))).toEqual([])
  })
})

describe('commands', () => {
  const help = async (...command: string[]): Promise<string> => {
    const said: string[] = []
    const io = { out: (text: string) => said.push(text), err: (text: string) => said.push(text) }
    await run([...command, '--help'], {
      ...io,
      untilInterrupted: () => new AbortController().signal,
      clock: systemClock,
    })
    return said.join('')
  }
  const subcommands = (text: string): string[] =>
    [...(text.split(/^Commands:$/m)[1] ?? '').matchAll(/^ {2}([a-z][\w-]*)/gm)].map(match => match[1] ?? '')

  /** What is wrong with one call of `cardea`, if anything. */
  const mistake = async (call: string): Promise<string | undefined> => {
    // What stands behind -- is another command's.
    const words = call
      .replace(/ -- .*/, '')
      .replace(/(["']).*?\1/g, 'x')
      .split(/\s+/)
      .slice(1)
    const command: string[] = []
    while (true) {
      const choices = subcommands(await help(...command)).filter(name => name !== 'help')
      const [word = ''] = words
      if (choices.length === 0 || !/^[a-z][\w-]*$/.test(word)) break
      if (!choices.includes(word)) return `${call}: no command ${word}`
      command.push(word)
      words.shift()
    }
    const text = await help(...command)
    const option = words.find(word => word.startsWith('--') && !text.includes(word.replace(/=.*/, '')))
    return option === undefined ? undefined : `${call}: no option ${option}`
  }

  test('in the documentation exist, with their options', async () => {
    const calls = code.flatMap(({ path, text }) =>
      [...text.matchAll(/^(?:\$ )?(?:npx )?(cardea [a-z][^\n|#;&]*)/gm)].map(match => ({
        path,
        call: match[1] ?? '',
      })),
    )
    expect(calls).not.toEqual([])
    const mistakes: string[] = []
    for (const { path, call } of calls) {
      const found = await mistake(call.trim())
      if (found !== undefined) mistakes.push(`${found} (${path})`)
    }
    expect(mistakes).toEqual([])
  })

  test('would be found wrong', async () => {
    expect(await mistake('cardea conquer')).toContain('no command conquer')
    expect(await mistake('cardea audit verify --no-such-option x')).toContain('no option --no-such-option')
  })
})

function leadsSomewhere(from: string, link: string): boolean {
  const [file = '', anchor] = link.split('#')
  const path = file === '' ? from : join(dirname(from), file)
  if (!existsSync(join(root, path))) return false
  if (anchor === undefined) return true
  return documents.find(doc => doc.path === path)?.anchors.includes(anchor) ?? false
}
