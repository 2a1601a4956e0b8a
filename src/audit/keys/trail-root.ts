/** The root of a trail: its name and its root key, fixed when the trail begins, stated in the file `KEYS`. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CardeaError, ConfigurationError } from '../../errors.js'
import type { Ids } from '../../util/ids.js'
import { type NoteKey, parseVerifierKey, publicKeyBytes, verifierKey } from '../checkpoints/signed-note.js'
import { writeWholeFile } from '../checkpoints/whole-file.js'
import { errorCode } from '../error-code.js'
import type { TrailFiles } from '../trail-files.js'
import { generateRootKey, pemRootSigner, type RootSigner } from './root-signer.js'

/** `'beside'`: in the trail's own directory, where whoever can write to the trail can sign for it too. */
export type RootKept = 'beside' | 'elsewhere'

export interface TrailRoot {
  /** Named as the trail is. */
  readonly key: NoteKey
  readonly signer: RootSigner
  readonly kept: RootKept
}

/** The public part, for whoever verifies. */
export function keysPath(directory: string): string {
  return join(directory, 'KEYS')
}

/** Where the private part is kept that nobody asked to keep elsewhere. */
export function besidePath(directory: string): string {
  return join(directory, 'root.key')
}

export interface RootOptions {
  readonly directory: string
  /** First part of the name of a trail that begins. */
  readonly origin: string
  /** A file, or what signs; absent: a key of the trail's own, kept beside it. */
  readonly root: string | RootSigner | undefined
  /** Whether the trail has a root already. */
  readonly rooted: boolean
  readonly files: TrailFiles
  readonly ids: Ids
}

/**
 * @throws ConfigurationError for a key that cannot be read, or that is not the one under which the trail began;
 *   CardeaError CARDEA_TRAIL_DAMAGED where the trail had a root and its `KEYS` do not say which.
 */
export async function openRoot(options: RootOptions): Promise<TrailRoot> {
  const { directory, files, ids, origin, rooted } = options
  const known = readKeys(directory)
  if (known === 'unreadable' || (known === null && rooted)) {
    throw new CardeaError(
      'CARDEA_TRAIL_DAMAGED',
      `The file KEYS in ${directory} does not state the root key under which the trail was signed. Run cardea audit verify, keep the directory as evidence, and start a new one.`,
    )
  }
  const signer = await rootSigner(options)
  const publicKey = publicKeyBytes(signer.publicKey)
  const kept = options.root === undefined ? 'beside' : 'elsewhere'
  if (known !== null) {
    if (known.publicKey.equals(publicKey)) return { key: known, signer, kept }
    throw new ConfigurationError(
      `The trail in ${directory} began under another root key. Give it that one, or begin a trail in a new directory.`,
    )
  }
  const key: NoteKey = { name: `${origin.replace(/[^\w.:@/-]+/g, '-')}/${ids.next()}`, publicKey }
  await writeWholeFile(keysPath(directory), `${verifierKey(key)}\n`)
  files.syncDirectory(directory)
  return { key, signer, kept }
}

/** `null`: there are none. */
export function readKeys(directory: string): NoteKey | 'unreadable' | null {
  try {
    const text = readFileSync(keysPath(directory), 'utf8')
    return (text.endsWith('\n') ? parseVerifierKey(text.slice(0, -1)) : undefined) ?? 'unreadable'
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
}

async function rootSigner({ directory, root, rooted }: RootOptions): Promise<RootSigner> {
  if (root !== undefined && typeof root !== 'string') return root
  if (root !== undefined) return pemRootSigner(pemIn(root))
  const path = besidePath(directory)
  if (!existsSync(path)) {
    if (rooted || readKeys(directory) !== null) {
      throw new ConfigurationError(
        `The trail in ${directory} is signed with a root key that is not beside it: name it with keys: { root }.`,
      )
    }
    await writeWholeFile(path, generateRootKey().privateKey)
  }
  return pemRootSigner(pemIn(path))
}

function pemIn(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigurationError(`The root key in ${path} cannot be read (${errorCode(error) ?? 'error'}).`, {
      cause: error,
    })
  }
}
