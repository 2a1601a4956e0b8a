import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '../../src/cli/run.js'
import { systemClock } from '../../src/util/clock.js'

/** One call of the program, with what it has printed so far. */
export interface Call {
  out(): string
  err(): string
  /** What the pattern's first group found on standard error, as soon as it is there. */
  says(pattern: RegExp): Promise<string>
  ended(): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>
}

/** A call as a process of its own, from source. */
export interface Program extends Call {
  readonly child: ChildProcess
  /** Everything that other users of the machine can see of the process: its arguments. */
  arguments(): string
}

/** A call within this process, which starts at once. One at a time: the environment is this process's own. */
export function call(argv: readonly string[], env: NodeJS.ProcessEnv = {}): Call {
  const before = process.env
  process.env = { ...clean(before), ...env }
  let out = ''
  let err = ''
  let over = false
  const interrupt = new AbortController()
  const ended = run(argv, {
    out: text => {
      out += text
    },
    err: text => {
      err += text
    },
    untilInterrupted: () => interrupt.signal,
    clock: systemClock,
  }).finally(() => {
    over = true
    process.env = before
  })
  return {
    out: () => out,
    err: () => err,
    says: pattern =>
      said(
        pattern,
        () => err,
        () => over,
      ),
    ended: async () => ({ code: await ended, out, err }),
  }
}

async function said(pattern: RegExp, err: () => string, over: () => boolean): Promise<string> {
  for (let tries = 0; tries < 1_200 && !(over() && pattern.exec(err()) === null); tries += 1) {
    const found = pattern.exec(err())
    if (found !== null) return found[1] ?? found[0]
    await sleep(25)
  }
  throw new Error(`The program did not say ${pattern}: ${err()}`)
}

export function program(argv: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
  const child = spawn(process.execPath, ['.cache/hd/dist/cli/main.js', ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...clean(process.env), ...env },
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', text => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', text => {
    err += text
  })
  const closed = once(child, 'close')
  return {
    child,
    out: () => out,
    err: () => err,
    says: pattern =>
      said(
        pattern,
        () => err,
        () => child.exitCode !== null,
      ),
    arguments: () =>
      existsSync('/proc')
        ? readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')
        : execFileSync('ps', ['-o', 'args=', '-p', String(child.pid)], { encoding: 'utf8' }),
    async ended() {
      const [code] = await closed
      return { code, out, err }
    },
  }
}

/** Nothing of the person who runs the tests. */
function clean(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith('CARDEA_') && name !== 'XDG_STATE_HOME'),
  )
}

/** Every file below a directory with its text and its permissions. */
export function filesIn(directory: string): { path: string; text: string; mode: number }[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => {
      const path = join(entry.parentPath, entry.name)
      return { path, text: readFileSync(path, 'utf8'), mode: statSync(path).mode & 0o777 }
    })
}
