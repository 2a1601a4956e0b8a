/** The program git, unable to ask anybody anything. */
import { type ProgramEnd, runProgram } from './program.js'

export interface Git {
  /** @throws Error of text for an operator, with what git said about it: no address, no path. */
  (args: readonly string[], input?: string): Promise<string>
  bytes(args: readonly string[], input?: string): Promise<Buffer>
  /** Undefined where git ends with an error. */
  attempt(args: readonly string[], input?: string): Promise<string | undefined>
}

/** @param directory where it runs. */
export function gitIn(directory: string, signal: AbortSignal): Git {
  const run = (args: readonly string[], input?: string): Promise<ProgramEnd> =>
    // Hooks of the machine are for people's work.
    runProgram('git', ['-c', 'core.hooksPath=/dev/null', '-c', 'gc.auto=0', ...args], {
      cwd: directory,
      signal,
      env: environment(),
      ...(input === undefined ? {} : { input }),
    })
  const bytes: Git['bytes'] = async (args, input) => {
    const end = await run(args, input)
    if (end.status !== 0) throw new Error(`git ${args[0]} failed (${reason(end)}).`)
    return end.stdout
  }
  return Object.assign(async (args: readonly string[], input?: string) => text(await bytes(args, input)), {
    bytes,
    attempt: async (args: readonly string[], input?: string) => {
      const end = await run(args, input)
      return end.status === 0 ? text(end.stdout) : undefined
    },
  })
}

function text(bytes: Buffer): string {
  return bytes.toString('utf8').trim()
}

/** Without variables that name another repository, and without a way to ask for a password. */
function environment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|COMMON_DIR|NAMESPACE)$/.test(name),
  )
  const { GIT_SSH_COMMAND: ssh = 'ssh -o BatchMode=yes -o ConnectTimeout=10' } = process.env
  return {
    ...Object.fromEntries(inherited),
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'false',
    SSH_ASKPASS: 'false',
    GIT_SSH_COMMAND: ssh,
    GIT_AUTHOR_NAME: 'cardea',
    GIT_AUTHOR_EMAIL: 'cardea@localhost',
    GIT_COMMITTER_NAME: 'cardea',
    GIT_COMMITTER_EMAIL: 'cardea@localhost',
  }
}

/** The first line that tells why, without what stands in quotation marks or looks like an address. */
function reason({ status, stderr }: ProgramEnd): string {
  const line = stderr.split('\n').find(line => /^(fatal|error| ! )/.test(line)) ?? `status ${status}`
  return line
    .replace(/'[^']*'/g, '…')
    .replace(/\S*(:\/\/|@)\S*/g, '…')
    .replace(/(^|\s)\/\S*/g, ' …')
    .replace(/[^\x20-\x7e…]+/g, ' ')
    .trim()
    .slice(0, 160)
}
