/** node-postgres' own integration tests, in text and in binary: each file a process, as its makefile runs them. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { call, must } from '../call.js'
import { libpqEnvironment, type Result, type Results, type Route, type Suite } from '../suite.js'

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

export const nodePostgres: Suite = {
  name: 'node-postgres',
  prepare: async workshop => {
    const source = await workshop.checkout({
      name: 'node-postgres',
      url: 'https://github.com/brianc/node-postgres',
      commit: 'c9e57617bc92c2ded23a75345f50eadc527bd131',
      variable: 'CARDEA_NODE_POSTGRES',
    })
    const directory = await workshop.once('node-postgres', async directory => {
      cpSync(join(source, 'packages', 'pg'), directory, { recursive: true })
      // Without what its other tests need.
      const file = join(directory, 'package.json')
      const { devDependencies, ...stated } = JSON.parse(readFileSync(file, 'utf8')) as Manifest
      const dependencies = { ...stated.dependencies }
      for (const name of ['async', 'bluebird', 'co', 'pg-copy-streams'])
        dependencies[name] = devDependencies[name] ?? '*'
      writeFileSync(file, JSON.stringify({ ...stated, dependencies }))
      const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
      await must('npm', install, { cwd: directory })
    })
    return route => run(route, directory)
  },
}

async function run(route: Route, directory: string): Promise<Results> {
  const root = join(directory, 'test', 'integration')
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('-tests.js'))
    .sort()
  const results = new Map<string, Result>()
  for (const format of ['text', 'binary']) {
    for (const file of files) {
      const args = [join(root, file), ...(format === 'binary' ? ['binary'] : [])]
      const { status, output } = await call('node', args, {
        cwd: directory,
        env: environment(route.place),
        timeoutMs: 60_000,
      })
      const result: Result =
        status === 0 ? { verdict: 'passed' } : { verdict: 'failed', detail: words(output) }
      results.set(`${file} (${format})`, result)
    }
  }
  return results
}

function environment(place: Route['place']): Record<string, string> {
  return { ...libpqEnvironment(place), PGTESTNOSSL: 'true', TEST_SKIP_NATIVE: 'true' }
}

function words(output: string): string {
  const lines = output.split('\n').filter(line => /error|assert|expected|✖|not ok/i.test(line))
  return (lines.slice(0, 4).join(' ') || output.slice(-300)).slice(0, 300)
}
