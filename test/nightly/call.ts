/** Runs foreign programs: bounded in time, whole process groups ended, output kept whatever the status. */
import { spawn } from 'node:child_process'
import type { User } from '../support/servers/process.js'

export interface Called {
  /** null where it was ended for taking too long. */
  readonly status: number | null
  readonly output: string
}

export interface CallOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  readonly user?: User | undefined
  /** Default: five minutes. */
  readonly timeoutMs?: number
}

const MOST_OUTPUT = 64 * 1024 * 1024

export async function call(
  command: string,
  args: readonly string[],
  options: CallOptions = {},
): Promise<Called> {
  const { cwd = '/', env, input = '', user, timeoutMs = 300_000 } = options
  const child = spawn(command, args, {
    ...user,
    cwd,
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let output = ''
  const keep = (chunk: Buffer): void => {
    if (output.length < MOST_OUTPUT) output += chunk.toString('utf8')
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended already.
    }
  }
  const timer = setTimeout(end, timeoutMs)
  process.once('exit', end)
  try {
    const status = await new Promise<number | null>((done, failed) => {
      child.once('error', failed)
      child.once('close', done)
    })
    return { status, output }
  } finally {
    clearTimeout(timer)
    process.removeListener('exit', end)
  }
}

/** As `call`, for what must succeed. @throws Error with the end of the output. */
export async function must(
  command: string,
  args: readonly string[],
  options: CallOptions = {},
): Promise<string> {
  const { status, output } = await call(command, args, options)
  if (status !== 0) throw new Error(`${command} ended with ${status}:\n${output.slice(-4000)}`)
  return output
}
