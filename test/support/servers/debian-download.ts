/**
 * Programs of Debian's packages without root: downloaded by apt-get and unpacked (not installed) into the
 * project's cache folder, together with the shared libraries that this machine lacks.
 */
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isExecutable, run } from './process.js'

const CACHE = fileURLToPath(new URL('../../../.cache/', import.meta.url))

export interface DebianProgram {
  /** Of the folder in the cache. */
  readonly name: string
  readonly packages: readonly string[]
  /** Relative to the unpacked tree, for example `usr/sbin/mariadbd`. */
  readonly program: string
  /** Other files that link to shared libraries, such as modules that the program loads. */
  readonly modules?: readonly string[]
}

export interface DebianTree {
  readonly tree: string
  /** Folders of shared libraries, relative to the tree, for `LD_LIBRARY_PATH`. */
  readonly libraries: readonly string[]
}

/** What an earlier run unpacked, else a download. @throws Error without apt-get and dpkg, or packages. */
export async function debianTree(wanted: DebianProgram): Promise<DebianTree> {
  return (await cached(wanted)) ?? (await download(wanted))
}

async function cached(wanted: DebianProgram): Promise<DebianTree | undefined> {
  const root = join(CACHE, wanted.name)
  if (!isExecutable(join(root, wanted.program))) return undefined
  if ((await missingLibraries(root, wanted)).length === 0) return treeOf(root)
  await rm(root, { recursive: true, force: true })
  return undefined
}

async function download(wanted: DebianProgram): Promise<DebianTree> {
  await mkdir(CACHE, { recursive: true })
  const work = await mkdtemp(join(CACHE, `${wanted.name}-download-`))
  try {
    const root = join(work, 'root')
    let lists: string[] = []
    try {
      await unpack(wanted.packages, root, work, lists)
    } catch {
      // No package lists, as in a fresh container, or old ones.
      lists = await privateLists(work)
      await unpack(wanted.packages, root, work, lists)
    }
    await addLibraries(wanted, root, work, lists)
    // Another run may have been quicker: either copy will do.
    const place = join(CACHE, wanted.name)
    await rename(root, place).catch((error: unknown) => {
      if (!existsSync(place)) throw error
    })
    return treeOf(place)
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

/** Direct dependencies first, then theirs, until the program finds all it links to. */
async function addLibraries(
  wanted: DebianProgram,
  root: string,
  work: string,
  lists: string[],
): Promise<void> {
  const seen = new Set(wanted.packages)
  let names = wanted.packages
  for (let depth = 0; depth < 3; depth++) {
    if ((await missingLibraries(root, wanted)).length === 0) return
    const listed = await run('apt-cache', [...lists, 'depends', '--important', ...names])
    const found = [...listed.matchAll(/Depends: (lib[\w.+-]+)/g)].map(match => match[1] ?? '')
    names = [...new Set(found)].filter(name => !seen.has(name) && !name.startsWith('libc6'))
    for (const name of names) seen.add(name)
    if (names.length > 0) await unpack(names, root, work, lists)
  }
  const missing = await missingLibraries(root, wanted)
  if (missing.length > 0)
    throw new Error(`${wanted.name} needs libraries that were not found: ${missing.join(', ')}`)
}

async function missingLibraries(root: string, { program, modules = [] }: DebianProgram): Promise<string[]> {
  const env = {
    LD_LIBRARY_PATH: treeOf(root)
      .libraries.map(path => join(root, path))
      .join(':'),
  }
  const files = [program, ...modules.map(module => found(root, module))]
  const linked = await Promise.all(files.map(file => run('ldd', [join(root, file)], { env })))
  return linked.flatMap(text => [...text.matchAll(/(\S+) => not found/g)].map(match => match[1] ?? ''))
}

/** A file below one of the folders of libraries. */
function found(root: string, module: string): string {
  const folder = treeOf(root).libraries.find(path => existsSync(join(root, path, module)))
  if (folder === undefined) throw new Error(`The packages have no ${module}.`)
  return join(folder, module)
}

function treeOf(root: string): DebianTree {
  const libraries = ['lib', 'usr/lib'].flatMap(folder => [folder, ...architectures(root, folder)])
  return { tree: root, libraries }
}

/** Debian keeps libraries in folders such as lib/x86_64-linux-gnu. */
function architectures(root: string, folder: string): string[] {
  const path = join(root, folder)
  if (!existsSync(path)) return []
  return readdirSync(path)
    .filter(name => name.includes('-linux-'))
    .map(name => join(folder, name))
}
