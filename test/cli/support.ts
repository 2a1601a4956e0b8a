import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../src/cli/run.js'
import { systemClock } from '../../src/util/clock.js'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs the program in this process and keeps what it printed. */
export async function cardea(...argv: readonly string[]): Promise<Ran> {
  let out = ''
  let err = ''
  const code = await run(argv, {
    out: text => {
      out += text
    },
    err: text => {
      err += text
    },
    untilInterrupted: () => new AbortController().signal,
    clock: systemClock,
  })
  return { code, out, err }
}

/** A directory that is gone afterwards. */
export async function inDirectory<T>(use: (at: (name: string) => string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'cardea-cli-'))
  try {
    return await use(name => join(directory, name))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
