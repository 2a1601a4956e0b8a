/**
 * Packs the package, installs the tarball into an empty project as a user would, and uses it from there:
 * every export is imported and its types are compiled, and the command is run.
 */
import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const project = mkdtempSync(join(tmpdir(), 'cardea-package-'))
const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline']

try {
  const [packed] = JSON.parse(npm(root, 'pack', '--json', '--silent', '--pack-destination', project))
  checkFiles(packed.files.map(file => file.path))
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'user', private: true, type: 'module' }),
  )
  // The oldest knex that the peer range admits would be another check; this is the one we are tested with.
  npm(project, 'install', ...quiet, join(project, packed.filename), `knex@${manifest.devDependencies.knex}`)
  checkExports()
  checkTypes()
  checkCommand()
} finally {
  rmSync(project, { recursive: true, force: true })
}

function checkFiles(paths) {
  for (const wanted of [
    'README.md',
    'CHANGELOG.md',
    'LICENSE',
    'docs/errors.md',
    'dist/index.js',
    'dist/index.d.ts',
  ]) {
    assert(paths.includes(wanted), `the package lacks ${wanted}`)
  }
  for (const target of Object.values(manifest.exports).flatMap(to =>
    typeof to === 'string' ? to : Object.values(to),
  )) {
    assert(paths.includes(target.slice(2)), `the package lacks ${target}, which it exports`)
  }
  const strange = paths.filter(
    path => !/^(dist|docs)\/|^(README|CHANGELOG)\.md$|^LICENSE$|^package\.json$/.test(path),
  )
  assert.deepEqual(strange, [], 'the package holds files that it should not')
}

function checkExports() {
  for (const [path, target] of Object.entries(manifest.exports)) {
    const name = path.replace(/^\./, manifest.name)
    const how = typeof target === 'string' ? ", { with: { type: 'json' } }" : ''
    const names = node('-e', `console.log(Object.keys(await import('${name}'${how})).length)`)
    assert(Number(names) > 0, `${name} exports nothing`)
  }
  assert.throws(
    () => node('-e', `await import('${manifest.name}/dist/index.js')`),
    /ERR_PACKAGE_PATH_NOT_EXPORTED/,
  )
}

function checkTypes() {
  const code = Object.entries(manifest.exports).filter(([, target]) => typeof target !== 'string')
  const imports = code.map(
    ([path], index) => `import * as m${index} from '${path.replace(/^\./, manifest.name)}'`,
  )
  writeFileSync(
    join(project, 'use.mts'),
    `${imports.join('\n')}\nexport const used = [${code.map((_, i) => `m${i}`)}]\n`,
  )
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--lib', 'es2023']
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options, ...types, 'use.mts'])
}

function checkCommand() {
  const [command] = Object.keys(manifest.bin)
  const path = join(project, 'node_modules/.bin', command)
  assert.match(run(path, ['--help']), /Usage: cardea/)
  assert.equal(run(path, ['--version']).trim(), manifest.version)
}

function node(...args) {
  return run(process.execPath, ['--input-type=module', '--disable-warning=ExperimentalWarning', ...args])
}

function npm(cwd, ...args) {
  return run('npm', args, cwd)
}

function run(command, args, cwd = project) {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')}\n${error.stdout}${error.stderr}`)
  }
}
