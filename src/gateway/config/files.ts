/** Files and variables that a configuration names, read while it is loaded. */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { isAbsolute, resolve } from 'node:path'
import { errorCode } from '../../audit/error-code.js'
import type { Problem } from '../../policy/cross-checks.js'
import { Trouble } from './problems.js'
import { Secret } from './secret.js'
import type { SecretPlace } from './secret-place.js'

const LARGEST_BYTES = 1_048_576
const EVERYBODY = 0o007

type Path = Problem['path']

/** Paths in a configuration are relative to its directory. */
export class Surroundings {
  constructor(
    private readonly directory: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  path(given: string): string {
    return isAbsolute(given) ? given : resolve(this.directory, given)
  }

  /** @throws Trouble at `at` when it cannot be read. */
  text(given: string, at: Path): Promise<string> {
    return read(this.path(given), at, false)
  }

  /** @throws Trouble when the file is open to every user of the machine, or cannot be read. */
  async secretFile(given: string, at: Path): Promise<Secret> {
    return new Secret((await read(this.path(given), at, true)).replace(/\r?\n$/, ''))
  }

  /** @throws Trouble when there is nothing in the place, or too many may look into it. */
  async secret({ env, file }: SecretPlace, at: Path): Promise<Secret> {
    if (file !== undefined) {
      const found = await this.secretFile(file, at)
      if (found.reveal() === '') throw new Trouble(at, 'the file is empty')
      return found
    }
    const value = this.env[env ?? '']
    if (value === undefined || value === '')
      throw new Trouble(at, `the environment variable ${env} is not set`)
    return new Secret(value)
  }
}

async function read(path: string, at: Path, secret: boolean): Promise<string> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((error: unknown) => {
    throw new Trouble(at, `the file cannot be read (${errorCode(error) ?? 'unknown'})`)
  })
  try {
    // Of the opened file, not of the path, which may be another file by now.
    const found = await file.stat()
    if (!found.isFile()) throw new Trouble(at, 'is no regular file')
    if (found.size > LARGEST_BYTES) throw new Trouble(at, 'the file is too large to be one')
    if (secret && isOpen(found.mode)) throw new Trouble(at, OPEN)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

const OPEN = 'the file holds a secret and every user of this machine can open it: chmod o-rwx'

/** Windows has no such bits: there the access list of the directory is all there is. */
export function isOpen(mode: number): boolean {
  return process.platform !== 'win32' && (mode & EVERYBODY) !== 0
}
