/** mysql2's own integration tests: each file a process, as its runner has them. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { call, must } from '../call.js'
import type { Result, Results, Route, Suite } from '../suite.js'

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

export const mysql2: Suite = {
  name: 'mysql2',
  engine: 'mysql',
  catalog: 'none',
  prepare: async workshop => {
    const source = await workshop.checkout({
      name: 'mysql2',
      url: 'https://github.com/sidorares/node-mysql2',
      commit: '928c3c511a0316713966ade2cf27e47285feb878',
      variable: 'CARDEA_MYSQL2',
    })
    const directory = await workshop.once('mysql2', async directory => {
      for (const name of ['lib', 'test', 'index.js', 'promise.js', 'index.d.ts', 'promise.d.ts', 'typings'])
        cpSync(join(source, name), join(directory, name), { recursive: true })
      // Without what builds and lints it.
      const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as Manifest
      const { devDependencies, ...stated } = manifest
      const dependencies = { ...stated.dependencies }
      for (const name of ['assert-diff', 'error-stack-parser', 'poku', 'portfinder', 'tsx'])
        dependencies[name] = devDependencies[name] ?? '*'
      writeFileSync(join(directory, 'package.json'), JSON.stringify({ ...stated, dependencies }))
      const install = ['install', '--no-audit', '--no-fund', '--loglevel=error', '--legacy-peer-deps']
      await must('npm', install, { cwd: directory })
    })
    return route => run(route, directory)
  },
}

async function run(route: Route, directory: string): Promise<Results> {
  const { host, port, user, password, database } = route.place
  const env = {
    ...{ MYSQL_HOST: host, MYSQL_PORT: String(port), MYSQL_DATABASE: database },
    ...{ MYSQL_USER: user, MYSQL_PASSWORD: password, CI: '1' },
  }
  const results = new Map<string, Result>()
  for (const folder of ['integration', 'global']) {
    const root = join(directory, 'test', folder)
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    for (const file of files.filter(file => file.endsWith('.test.mts')).sort()) {
      const options = { cwd: directory, env, timeoutMs: 60_000 }
      const { status, output } = await call('node', ['--import', 'tsx', join(root, file)], options)
      const result: Result =
        status === 0 ? { verdict: 'passed' } : { verdict: 'failed', detail: words(output) }
      results.set(`${folder}/${file}`, result)
    }
  }
  return results
}

function words(output: string): string {
  const lines = output.split('\n').filter(line => /error|assert|expected|actual/i.test(line))
  return (lines.slice(0, 4).join(' ') || output.slice(-300)).slice(0, 300)
}
