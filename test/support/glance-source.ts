/**
 * Makes src/masking/glance/module.data.ts of glance.as; with `--check` only says whether it is what would be made:
 * `node --import ./test/support/typescript.mjs test/support/glance-source.ts [--check]`. The compiler, AssemblyScript,
 * comes from the npm registry.
 */
import { createHash } from 'node:crypto'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { must } from '../nightly/call.js'

const COMPILER = 'assemblyscript@0.28.20'
const FIVE_MINUTES = 300_000
const LINE = 100
const SOURCE = fileURLToPath(new URL('../../src/masking/glance/glance.as', import.meta.url))
const TARGET = fileURLToPath(new URL('../../src/masking/glance/module.data.ts', import.meta.url))

const OPTIONS = [
  ...['-O3', '--noAssert', '--enable', 'simd', '--runtime', 'stub'],
  ...['--initialMemory', '3', '--maximumMemory', '3', '--memoryBase', '190000'],
]

/** What module.data.ts says of the source that it was made of. */
export function sourceDigest(): string {
  return createHash('sha256').update(readFileSync(SOURCE)).digest('hex')
}

/** The whole of module.data.ts, made anew. */
export async function compiled(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'cardea-glance-'))
  try {
    copyFileSync(SOURCE, join(directory, 'glance.ts'))
    const install = [
      'install',
      '--prefix',
      directory,
      '--no-save',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
    ]
    await must('npm', [...install, COMPILER], { timeoutMs: FIVE_MINUTES })
    const compiler = join(directory, 'node_modules', 'assemblyscript', 'bin', 'asc.js')
    const output = join(directory, 'glance.wasm')
    await must(process.execPath, [compiler, 'glance.ts', ...OPTIONS, '-o', output], {
      cwd: directory,
      timeoutMs: FIVE_MINUTES,
    })
    return written(readFileSync(output).toString('base64'))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function written(module: string): string {
  const lines = module.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? []
  return [
    '/** Made by test/support/glance-source.ts of glance.as. */',
    '',
    '/** SHA-256 of the source. */',
    `export const SOURCE = '${sourceDigest()}'`,
    '',
    '/** The module, in base64. */',
    'export const MODULE =',
    lines.map(line => `  '${line}'`).join(' +\n'),
    '',
  ].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const made = await compiled()
  if (process.argv[2] !== '--check') writeFileSync(TARGET, made)
  else if (readFileSync(TARGET, 'utf8') !== made) throw new Error('module.data.ts is not made of glance.as')
}
