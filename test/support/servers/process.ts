/**
 * Private server processes for tests: own directory, own port, gone when the test run is gone.
 *
 * A small shell process, the reaper, holds the other end of a pipe. However the run ends (normally, by a
 * failure, Ctrl-C or kill -9), the pipe closes, and the reaper stops the server and removes its directory.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import {
  accessSync,
  chownSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { chmod, copyFile, cp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** Where a started server is reached. `log` is a file that holds every statement it was sent. */
export interface ServerAddress {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  /** The database to connect to for administration. */
  readonly database: string
  readonly log?: string
}

export interface User {
  readonly uid: number
  readonly gid: number
}

/** Database servers refuse to run as root: the user to become, or undefined when we are not root. */
export function unprivilegedUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined
  const users = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const name of ['postgres', 'mysql', 'nobody']) {
    const [, , uid, gid] = users.find(line => line.startsWith(`${name}:`))?.split(':') ?? []
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new Error(
    'Running as root, and there is no user postgres, mysql or nobody to run a database server as.',
  )
}

export interface RunOptions {
  readonly user?: User | undefined
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** Runs a program to its end and gives its output; an error carries what the program wrote. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { user, env, cwd = '/' } = options
  const { stdout } = await promisify(execFile)(command, [...args], {
    ...user,
    cwd,
    env: { ...process.env, LC_ALL: 'C', ...env },
    maxBuffer: 64 * 1024 * 1024,
  })
  return stdout
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done, failed) => server.once('error', failed).listen(0, '127.0.0.1', done))
  const address = server.address()
  await new Promise(done => server.close(done))
  if (address === null || typeof address === 'string')
    throw new Error('No free port on the loopback interface.')
  return address.port
}

/** A temporary directory with a reaper watching over it. */
export class PrivateServer {
  readonly directory: string
  readonly user = unprivilegedUser()
  readonly #reaper: ChildProcess
  #server: ChildProcess | undefined

  /** @param stopSignal what ends the server at once; its data need not survive. */
  constructor(name: string, stopSignal: 'QUIT' | 'KILL') {
    const base = [tmpdir(), '/tmp', '/var/tmp'].find(path => this.user === undefined || isPublic(path))
    this.directory = mkdtempSync(join(base ?? tmpdir(), `cardea-${name}-`))
    if (this.user !== undefined) chownSync(this.directory, this.user.uid, this.user.gid)
    this.#reaper = spawn('/bin/sh', ['-c', REAPER, 'reaper', this.directory, stopSignal], {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    this.#reaper.unref()
  }

  path(...parts: string[]): string {
    return join(this.directory, ...parts)
  }

  /** The given tree of programs, or a copy of it that the unprivileged user can reach. */
  async reachable(tree: string): Promise<string> {
    if (this.user === undefined || isPublic(tree)) return tree
    const copy = this.path('programs')
    await cp(tree, copy, { recursive: true, verbatimSymlinks: true })
    return copy
  }

  /** A copy of a single program, which the unprivileged user can run wherever it came from. */
  async program(path: string): Promise<string> {
    const copy = this.path(basename(path))
    await copyFile(path, copy)
    await chmod(copy, 0o755)
    return copy
  }

  run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    return run(command, args, { user: this.user, env, cwd: this.directory })
  }

  /** Starts the server proper; all it prints goes to `log`. */
  start(
    command: string,
    args: readonly string[],
    log: string,
    env: Readonly<Record<string, string>> = {},
  ): void {
    const output = openSync(log, 'a')
    this.#server = spawn(command, [...args], {
      ...this.user,
      cwd: this.directory,
      env: { ...process.env, LC_ALL: 'C', ...env },
      detached: true,
      stdio: ['ignore', output, output],
    })
    this.#server.unref()
    this.#server.on('error', () => {})
    writeFileSync(this.path('pid'), String(this.#server.pid ?? ''))
  }

  /** Polls until `probe` succeeds; a server that ended, or never answers, fails with the end of its log. */
  async ready(probe: () => Promise<void>, log: string): Promise<void> {
    for (let attempt = 0; attempt < 600; attempt++) {
      try {
        return await probe()
      } catch (error) {
        if (this.#server?.exitCode !== null || attempt === 599) {
          throw new Error(`The server did not start:\n${readFileSync(log, 'utf8').slice(-2000)}`, {
            cause: error,
          })
        }
        await new Promise(done => setTimeout(done, 50))
      }
    }
  }

  /** Stops the server and removes the directory. */
  async stop(): Promise<void> {
    if (this.#reaper.exitCode !== null) return
    const gone = new Promise(done => this.#reaper.once('exit', done))
    this.#reaper.ref()
    this.#reaper.stdin?.end()
    await gone
  }
}

const REAPER = `
cat >/dev/null
if [ -s "$1/pid" ]; then
  pid=$(cat "$1/pid"); kill -"$2" "$pid"; n=0
  while kill -0 "$pid" && [ $n -lt 100 ]; do sleep 0.05; n=$((n+1)); done
fi
rm -rf "$1" || { sleep 1; rm -rf "$1"; }
`

/** Whether every user may read the path: it and all folders above it are open to others. */
function isPublic(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o5) !== 0o5) return false
    if (at === dirname(at)) return true
  }
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
