/** PostgreSQL's own test of libpq's pipeline mode, from the source package of the server's version. */
import { join } from 'node:path'
import { call, must } from '../call.js'
import { serverFiles, serverSource } from '../postgres-source.js'
import { libpqEnvironment, type Result, type Run, type Suite } from '../suite.js'
import type { Workshop } from '../workshop.js'

/** 100,000 executions and more without a Sync, each decided and recorded by itself: minutes. */
const LONG = 'uniqviol'

export const libpqPipeline: Suite = {
  name: 'libpq_pipeline',
  quick: true,
  prepare: workshop => prepare(workshop, name => name !== LONG),
}

export const libpqPipelineLong: Suite = {
  name: 'libpq_pipeline long',
  prepare: workshop => prepare(workshop, name => name === LONG),
}

async function prepare(workshop: Workshop, wanted: (name: string) => boolean): Promise<Run> {
  const source = await serverSource(workshop)
  const files = await serverFiles(workshop)
  const directory = await workshop.once('libpq-pipeline', async directory => {
    const module = join(source, 'src', 'test', 'modules', 'libpq_pipeline', 'libpq_pipeline.c')
    const flags = ['-O1', '-w', ...files.include, `-I${join(source, 'src', 'interfaces', 'libpq')}`]
    const libraries = [`-L${files.library}`, '-lpq', '-lpgcommon', '-lpgport', '-lm']
    await must('gcc', [...flags, '-o', join(directory, 'libpq_pipeline'), module, ...libraries])
  })
  const program = join(directory, 'libpq_pipeline')
  const names = (await must(program, ['tests'])).trim().split('\n').filter(wanted)
  return async route => {
    const results = new Map<string, Result>()
    for (const name of names) {
      const { status, output } = await call(program, [name, ''], {
        env: libpqEnvironment(route.place),
        timeoutMs: 600_000,
      })
      results.set(
        name,
        status === 0 ? { verdict: 'passed' } : { verdict: 'failed', detail: output.slice(-300) },
      )
    }
    return results
  }
}
