/**
 * MySQL proper, which Debian's stable releases do not have: unpacked (not installed) from its unstable one into the
 * project's cache folder, with every library it links to, the C library included, as those of this machine are older.
 */
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './process.js'

const CACHE = fileURLToPath(new URL('../../../.cache/', import.meta.url))
const PACKAGES = ['mysql-server-core', 'mysql-client-core']

/** The root of the unpacked tree. @throws Error where Debian's packages cannot be had. */
export async function mysqlTree(): Promise<string> {
  const place = join(CACHE, 'mysql')
  if (existsSync(place)) return place
  await mkdir(CACHE, { recursive: true })
  const work = await mkdtemp(join(CACHE, 'mysql-download-'))
  try {
    const options = await unstableLists(work)
    const folder = join(work, 'packages')
    await mkdir(folder)
    await run('apt-get', [...options, 'download', '-q', ...(await closure(options))], { cwd: folder })
    for (const file of readdirSync(folder)) await run('dpkg', ['-x', join(folder, file), join(work, 'root')])
    // Another run may have been quicker: either copy will do.
    await rename(join(work, 'root'), place).catch((error: unknown) => {
      if (!existsSync(place)) throw error
    })
    return place
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Options that make apt use lists of its own, of the same mirror's unstable release; nothing of the system changes. */
async function unstableLists(work: string): Promise<string[]> {
  const targets = await run('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'])
  const mirror = targets.split('\n').find(each => each.endsWith('/debian/'))
  if (mirror === undefined) throw new Error('MySQL is fetched on Debian only.')
  const keys = '/usr/share/keyrings/debian-archive-keyring.gpg'
  await writeFile(join(work, 'sources.list'), `deb [signed-by=${keys}] ${mirror} unstable main\n`)
  for (const place of ['lists/partial', 'cache/archives/partial'])
    await mkdir(join(work, place), { recursive: true })
  const settings = {
    'Dir::State::lists': join(work, 'lists'),
    'Dir::Cache': join(work, 'cache'),
    'Dir::Etc::sourcelist': join(work, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Acquire::Languages': 'none',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  await run('apt-get', [...options, 'update', '-q'])
  return options
}

/** The packages and all libraries that they need, those of libraries too. */
async function closure(options: readonly string[]): Promise<readonly string[]> {
  const found = new Set(PACKAGES)
  let next: readonly string[] = PACKAGES
  while (next.length > 0) {
    const listed = await run('apt-cache', [...options, 'depends', '--important', ...next])
    const needed = [...listed.matchAll(/Depends: (lib[\w.+-]+)/g)].map(match => match[1] ?? '')
    next = [...new Set(needed)].filter(name => !found.has(name))
    for (const name of next) found.add(name)
  }
  return [...found]
}
