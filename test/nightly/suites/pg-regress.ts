/**
 * PostgreSQL's core regression tests, from the source package of the server's version: every statement of psql
 * and every word of its answer, compared with what the project's own people expect.
 */
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { unprivilegedUser } from '../../support/servers/process.js'
import { call, must } from '../call.js'
import { serverFiles, serverSource } from '../postgres-source.js'
import { libpqEnvironment, type Result, type Results, type Route, type Suite } from '../suite.js'
import type { Workshop } from '../workshop.js'

export const pgRegress: Suite = {
  name: 'pg_regress',
  catalog: 'none',
  prepare: async workshop => {
    const source = await serverSource(workshop)
    const libraries = await buildLibraries(workshop, source)
    const pgxs = (await must('pg_config', ['--pgxs'])).trim()
    const program = join(dirname(dirname(pgxs)), 'test', 'regress', 'pg_regress')
    const bindir = (await must('pg_config', ['--bindir'])).trim()
    return route => regress(route, { source, libraries, program, bindir })
  },
}

interface Parts {
  readonly source: string
  readonly libraries: string
  readonly program: string
  readonly bindir: string
}

async function regress(route: Route, { source, libraries, program, bindir }: Parts): Promise<Results> {
  // The server reads data from there and writes to it, and the program does not like to be root.
  const work = join(route.scratch, 'regress')
  cpSync(join(source, 'src', 'test', 'regress'), work, { recursive: true })
  cpSync(libraries, join(route.scratch, 'lib'), { recursive: true })
  await must('chmod', ['-R', 'a+rwX', work, join(route.scratch, 'lib')])
  const { host, port, user, database } = route.place
  const { output } = await call(
    program,
    [
      ...['--use-existing', `--host=${host}`, `--port=${port}`, `--user=${user}`, `--dbname=${database}`],
      ...[`--inputdir=${work}`, `--outputdir=${work}`, `--dlpath=${join(route.scratch, 'lib')}`],
      ...[`--bindir=${bindir}`, `--schedule=${join(work, 'parallel_schedule')}`, '--max-connections=20'],
    ],
    { cwd: work, env: libpqEnvironment(route.place), user: unprivilegedUser(), timeoutMs: 900_000 },
  )
  const results = parse(output, join(work, 'regression.diffs'))
  if (results.size === 0) throw new Error(`pg_regress did not run:\n${output.slice(-4000)}`)
  if (process.env['CARDEA_NIGHTLY_KEEP'] !== undefined && existsSync(join(work, 'regression.diffs')))
    cpSync(
      join(work, 'regression.diffs'),
      join(process.env['CARDEA_NIGHTLY_KEEP'], `regression.${route.name}.diffs`),
    )
  return results
}

/** The lines of version 15 (`test name ... ok`) and of 16 and later (`ok 1 - name`). */
function parse(output: string, diffs: string): Results {
  const results = new Map<string, Result>()
  const details = existsSync(diffs) ? readFileSync(diffs, 'utf8').split(/^diff -U3 /m) : []
  const detailOf = (test: string): string => {
    const found = details.find(part => part.split('\n')[0]?.includes(`/results/${test}.out`))
    return (
      found
        ?.split('\n')
        .filter(line => /^[+-](?![+-])/.test(line))
        .slice(0, 4) ?? []
    ).join(' ')
  }
  const old = /^(?:test )?\s*(\S+)\s+\.\.\. (ok|FAILED)/gm
  for (const [, test = '', verdict] of output.matchAll(old))
    results.set(
      test,
      verdict === 'ok' ? { verdict: 'passed' } : { verdict: 'failed', detail: detailOf(test) },
    )
  for (const [, not, test = ''] of output.matchAll(/^(not )?ok \d+\s+[-+] (\S+)/gm))
    results.set(
      test,
      not === undefined ? { verdict: 'passed' } : { verdict: 'failed', detail: detailOf(test) },
    )
  return results
}

/** The functions in C that the tests load. */
async function buildLibraries(workshop: Workshop, source: string): Promise<string> {
  const { include } = await serverFiles(workshop)
  return workshop.once('regress-libraries-verbose', async directory => {
    for (const [name, file] of [
      ['regress', 'src/test/regress/regress.c'],
      ['autoinc', 'contrib/spi/autoinc.c'],
      ['refint', 'contrib/spi/refint.c'],
    ] as const) {
      const flags = [
        '-shared',
        '-fPIC',
        '-O1',
        '-w',
        '-fno-strict-aliasing',
        '-fwrapv',
        '-DREFINT_VERBOSE',
        ...include,
      ]
      await must('gcc', [...flags, '-o', join(directory, `${name}.so`), join(source, file)])
    }
  })
}
