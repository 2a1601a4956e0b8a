/** Runs a program of the machine to its end, with nobody to answer its questions and nothing left of it afterwards. */
import { spawn } from 'node:child_process'
import { errorCode } from '../error-code.js'

export interface ProgramOptions {
  readonly cwd: string
  readonly signal: AbortSignal
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string
}

export interface ProgramEnd {
  readonly status: number
  readonly stdout: Buffer
  readonly stderr: string
}

/** @throws Error where the program is not there, or the signal aborted: then it and all it started are gone. */
export function runProgram(
  command: string,
  args: readonly string[],
  { cwd, signal, env = process.env, input = '' }: ProgramOptions,
): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Error(`${command} was not run: time is over.`))
    // A process group of its own: git starts ssh, which must not outlive it.
    const child = spawn(command, args, {
      cwd,
      env: { ...env, LC_ALL: 'C' },
      stdio: 'pipe',
      detached: process.platform !== 'win32',
    })
    const stdout: Buffer[] = []
    let stderr = ''
    const abort = (): void => endGroup(child.pid)
    signal.addEventListener('abort', abort, { once: true })
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr.length < 65_536) stderr += chunk.toString('utf8')
    })
    // A program that ends before it has read everything is told by its status.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.on('error', error => {
      signal.removeEventListener('abort', abort)
      reject(new Error(`The program ${command} cannot be run (${errorCode(error) ?? 'unknown'}).`))
    })
    child.on('close', status => {
      signal.removeEventListener('abort', abort)
      if (signal.aborted) return reject(new Error(`${command} did not end in time.`))
      resolve({ status: status ?? -1, stdout: Buffer.concat(stdout), stderr })
    })
  })
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL')
  } catch {
    // Gone already.
  }
}
