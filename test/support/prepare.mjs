/**
 * Makes a fresh clone ready, with nothing but Node and npm: installs the locked dependencies when they are
 * missing or differ from package-lock.json, and with the argument `build` compiles src/ when it has changed.
 * Needs no network, and next to no time, when there is nothing to do.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const windows = process.platform === 'win32'

if (!installed()) npm('Installing dependencies', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
if (process.argv.includes('build')) build()

function installed() {
  const have = lock('node_modules/.package-lock.json')
  const want = lock('package-lock.json')
  if (have === undefined || want === undefined) return false
  return Object.entries(want).every(([path, { version, optional }]) => {
    if (path === '') return true
    const there = have[path]
    return there === undefined ? optional === true : there.version === version
  })
}

function lock(name) {
  try {
    return JSON.parse(readFileSync(root + name, 'utf8')).packages
  } catch {
    return undefined
  }
}

function build() {
  const stamp = `${root}.cache/build`
  const hash = createHash('sha256')
  for (const name of ['package.json', 'package-lock.json', 'tsconfig.json', ...sources('src')]) {
    hash
      .update(name)
      .update('\0')
      .update(readFileSync(root + name))
      .update('\0')
  }
  const now = hash.digest('hex')
  if (existsSync(`${root}dist/index.js`) && existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return
  npm('Building', ['run', 'build', '--silent'])
  mkdirSync(`${root}.cache`, { recursive: true })
  writeFileSync(stamp, now)
}

function sources(folder) {
  return readdirSync(root + folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => `${(entry.parentPath ?? entry.path).slice(root.length)}/${entry.name}`)
    .sort()
}

/** Quiet when all is well; the whole output when it is not. */
function npm(title, args) {
  process.stderr.write(`${title} …\n`)
  const { status, stdout, stderr, error } = spawnSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    shell: windows,
  })
  if (status === 0) return
  process.stderr.write(`${error?.message ?? ''}${stdout ?? ''}${stderr ?? ''}\n${title} failed.\n`)
  process.exit(1)
}
