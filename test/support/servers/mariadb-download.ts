/**
 * MariaDB without root: Debian's packages, downloaded by apt-get and unpacked (not installed) into the
 * project's cache folder, together with the shared libraries that this machine lacks.
 */
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { MariadbPrograms } from './mariadb.js'
import { isExecutable, run } from './process.js'

const CACHE = fileURLToPath(new URL('../../../.cache/', import.meta.url))
const DAEMON = 'sbin/mariadbd'
const PACKAGES = ['mariadb-server-core', 'mariadb-client-core']

/** What an earlier run unpacked, if it still runs here. */
export async function cachedMariadb(): Promise<MariadbPrograms | undefined> {
  const root = join(CACHE, 'mariadb')
  if (!isExecutable(join(root, 'usr', DAEMON))) return undefined
  if ((await missingLibraries(root)).length === 0) return programs(root)
  await rm(root, { recursive: true, force: true })
  return undefined
}

/** @throws Error on machines without apt-get and dpkg, or when the packages cannot be fetched. */
export async function downloadMariadb(): Promise<MariadbPrograms> {
  await mkdir(CACHE, { recursive: true })
  const work = await mkdtemp(join(CACHE, 'mariadb-download-'))
  try {
    const root = join(work, 'root')
    let lists: string[] = []
    try {
      await unpack(PACKAGES, root, work, lists)
    } catch {
      // No package lists, as in a fresh container, or old ones.
      lists = await privateLists(work)
      await unpack(PACKAGES, root, work, lists)
    }
    await addLibraries(root, work, lists)
    // Another run may have been quicker: either copy will do.
    const place = join(CACHE, 'mariadb')
    await rename(root, place).catch((error: unknown) => {
      if (!existsSync(place)) throw error
    })
    return programs(place)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Options that make apt use fresh lists of its own, which needs no root. */
async function privateLists(work: string): Promise<string[]> {
  const folders = { 'Dir::State::lists': 'lists', 'Dir::Cache': 'cache' }
  const options = Object.entries(folders).flatMap(([name, folder]) => ['-o', `${name}=${join(work, folder)}`])
  await mkdir(join(work, 'lists', 'partial'), { recursive: true })
  await mkdir(join(work, 'cache', 'archives', 'partial'), { recursive: true })
  await run('apt-get', [...options, 'update', '-q'])
  return options
}

async function unpack(names: readonly string[], root: string, work: string, lists: string[]): Promise<void> {
  const folder = await mkdtemp(join(work, 'packages-'))
  await run('apt-get', [...lists, 'download', '-q', ...names], { cwd: folder })
  for (const file of readdirSync(folder)) await run('dpkg', ['-x', join(folder, file), root])
}

/** Direct dependencies first, then theirs, until the server finds all it links to. */
async function addLibraries(root: string, work: string, lists: string[]): Promise<void> {
  const seen = new Set(PACKAGES)
  let wanted = PACKAGES
  for (let depth = 0; depth < 3; depth++) {
    if ((await missingLibraries(root)).length === 0) return
    const listed = await run('apt-cache', [...lists, 'depends', '--important', ...wanted])
    const names = [...listed.matchAll(/Depends: (lib[\w.+-]+)/g)].map(match => match[1] ?? '')
    wanted = [...new Set(names)].filter(name => !seen.has(name) && !name.startsWith('libc6'))
    for (const name of wanted) seen.add(name)
    if (wanted.length > 0) await unpack(wanted, root, work, lists)
  }
  const missing = await missingLibraries(root)
  if (missing.length > 0)
    throw new Error(`MariaDB needs libraries that were not found: ${missing.join(', ')}`)
}

async function missingLibraries(root: string): Promise<string[]> {
  const { base, daemon, libraries } = programs(root)
  const env = {
    LD_LIBRARY_PATH: libraries.map(path => join(root, path)).join(':'),
  }
  const linked = await run('ldd', [join(root, base, daemon)], { env })
  return [...linked.matchAll(/(\S+) => not found/g)].map(match => match[1] ?? '')
}

function programs(root: string): MariadbPrograms {
  const libraries = ['lib', 'usr/lib'].flatMap(folder => [folder, ...architectures(root, folder)])
  return { tree: root, base: 'usr', daemon: DAEMON, libraries }
}

/** Debian keeps libraries in folders such as lib/x86_64-linux-gnu. */
function architectures(root: string, folder: string): string[] {
  const path = join(root, folder)
  if (!existsSync(path)) return []
  return readdirSync(path)
    .filter(name => name.includes('-linux-'))
    .map(name => join(folder, name))
}
