import { constants } from 'node:fs'
import { access, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { ConfigurationError } from '../../errors.js'
import { STARTER_POLICY } from '../../policy/presets/starter.js'
import type { Console } from '../console.js'
import { STARTER_TESTS } from '../starter-tests.js'

const FILES = [
  { name: 'policy.yaml', text: STARTER_POLICY },
  { name: 'policy.test.yaml', text: STARTER_TESTS },
] as const

/** `cardea init`: a policy that holds as it stands, a test file for it, and what to do next. */
export function addInit(program: Command, console: Console): void {
  program
    .command('init')
    .description('write a starter policy and a test file for it')
    .option('--dir <directory>', 'where to write', '.')
    .option('--force', 'replace files that exist')
    .action((options: { dir: string; force?: true }) => init(console, options.dir, options.force === true))
}

async function init(console: Console, dir: string, force: boolean): Promise<void> {
  const targets = FILES.map(({ name, text }) => ({ path: join(dir, name), text }))
  const existing: string[] = []
  for (const { path } of targets) if (await exists(path)) existing.push(path)
  if (existing.length > 0 && !force) {
    throw new ConfigurationError(
      `${existing.join(' and ')} exist${existing.length === 1 ? 's' : ''} already, so nothing was written. ` +
        'Choose another --dir, or replace with --force.',
    )
  }
  try {
    await mkdir(dir, { recursive: true })
    for (const { path, text } of targets) await writeFile(path, text, { flag: force ? 'w' : 'wx' })
  } catch {
    throw new ConfigurationError(
      `The files cannot be written to ${dir}. Check the directory and its permissions.`,
    )
  }
  const [policy, tests] = targets.map(({ path }) => path)
  console.print(
    `wrote ${policy} and ${tests}`,
    '',
    'Next:',
    `  1. Label the columns of your database that hold protected data, in ${policy}.`,
    '  2. Keep the schema beside it:   cardea schema dump --url postgres://… --out schema.json',
    `  3. See that the policy holds:   cardea policy test ${tests} --policy ${policy} --schema schema.json`,
    `  4. Ask about one statement:     cardea explain "select 1" --policy ${policy} --schema schema.json`,
  )
}

function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  )
}
