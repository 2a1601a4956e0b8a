/** Files that nobody else may read: what was signed in with, keys, secrets. */
import { randomBytes } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errorCode } from '../../audit/error-code.js'
import { ConfigurationError } from '../../errors.js'

const LARGEST_BYTES = 65_536
const OTHERS = 0o077

/**
 * The text of a file of the user's own that nobody else may read. Windows has no such bits to look at: there
 * the directory's access list is all there is.
 *
 * @param what for messages, for example `'The signing key'`.
 * @returns null when there is no such file.
 * @throws ConfigurationError for a file that others can read, of somebody else, or that is a link or none at all.
 */
export async function readPrivateFile(path: string, what: string): Promise<string | null> {
  let file: FileHandle
  try {
    // Not through a link, which somebody else may have laid; and no waiting for a pipe.
    file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT') return null
    if (code === 'ELOOP' || code === 'EMLINK') throw refused(what, path, 'is a symbolic link')
    throw refused(what, path, `cannot be read${code === undefined ? '' : ` (${code})`}`)
  }
  try {
    // Of the opened file, not of the path, which may be another file by now.
    const found = await file.stat()
    if (!found.isFile()) throw refused(what, path, 'is no regular file')
    checkOwn(found, what, path, 'chmod 600')
    if (found.size > LARGEST_BYTES) throw refused(what, path, 'is too large to be one')
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/**
 * Writes the whole file or nothing, readable for its owner only, and makes it last.
 *
 * @throws ConfigurationError when it cannot be written.
 */
export async function writePrivateFile(path: string, text: string, what: string): Promise<void> {
  const draft = join(dirname(path), `.${randomBytes(8).toString('hex')}.draft`)
  try {
    await createPrivateFile(draft, text)
    await rename(draft, path)
    await syncDirectory(dirname(path))
  } catch (error) {
    await rm(draft, { force: true })
    throw unwritten(what, path, error)
  }
}

/** Writes a file that must not exist yet. @throws ConfigurationError when it does, or cannot be written. */
export async function writeNewPrivateFile(path: string, text: string, what: string): Promise<void> {
  await createPrivateFile(path, text).catch(error => {
    throw unwritten(what, path, error)
  })
}

/**
 * Makes the directory for its owner alone, or checks that it is.
 *
 * @throws ConfigurationError for one that others can enter, of somebody else, or a link.
 */
export async function privateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch(error => {
    if (errorCode(error) !== 'EEXIST') throw unwritten('The directory', path, error)
  })
  const found = await lstat(path)
  if (!found.isDirectory()) throw refused('The directory', path, 'is a link or no directory')
  checkOwn(found, 'The directory', path, 'chmod 700')
}

async function createPrivateFile(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** So that a power cut does not bring back a refresh token that has been used up. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

function checkOwn({ uid, mode }: Stats, what: string, path: string, remedy: string): void {
  if (process.geteuid === undefined) return
  if (uid !== process.geteuid()) throw refused(what, path, 'belongs to another user')
  if ((mode & OTHERS) !== 0) throw refused(what, path, `is open to other users: ${remedy} ${path}`)
}

function refused(what: string, path: string, why: string): ConfigurationError {
  return new ConfigurationError(`${what} is not taken from ${path}: it ${why}.`)
}

function unwritten(what: string, path: string, error: unknown): ConfigurationError {
  const code = errorCode(error)
  const why = code === 'EEXIST' ? 'it is there already' : `check the directory${code ? ` (${code})` : ''}`
  return new ConfigurationError(`${what} cannot be written to ${path}: ${why}.`)
}
