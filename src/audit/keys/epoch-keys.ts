/**
 * Short-lived keys for checkpoints. The private part of one is in memory only and dropped when the next takes over, so
 * whoever breaks in later cannot sign for the time before. The root signs the public part together with the tree that the
 * trail has grown to: nobody without the root can rewrite what came before an epoch (forward security).
 */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { AuditUnavailableError } from '../../errors.js'
import { checkpointText } from '../checkpoints/note-text.js'
import { type NoteKey, parseNote, publicKeyBytes, signedBy, signedNote } from '../checkpoints/signed-note.js'
import type { TreeHead } from '../merkle/compact-range.js'
import type { TrailRoot } from './trail-root.js'

export interface Epoch {
  readonly number: number
  /** The root's checkpoint of the tree before the epoch, with the epoch's public key. */
  readonly certificate: string
  /** A checkpoint of the tree, signed with the key of the epoch. */
  sign(tree: TreeHead): string
}

/** Name of the key of an epoch, in the signature lines of its checkpoints. */
export function epochName(origin: string, number: number): string {
  return `${origin}/epoch/${number}`
}

/** @throws AuditUnavailableError where the root does not sign, or signs something else. */
export async function newEpoch(root: TrailRoot, number: number, tree: TreeHead): Promise<Epoch> {
  const origin = root.key.name
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const key: NoteKey = { name: epochName(origin, number), publicKey: publicKeyBytes(publicKey) }
  const text = checkpointText(origin, tree, { number, publicKey: key.publicKey })
  const certificate = signedNote(text, root.key, await rootSignature(root, text))
  const note = parseNote(certificate)
  if (note === undefined || !signedBy(note, root.key)) {
    throw new AuditUnavailableError('The root key of the trail signed something else than it was given.')
  }
  return epochOf(origin, number, key, certificate, privateKey)
}

function epochOf(
  origin: string,
  number: number,
  key: NoteKey,
  certificate: string,
  privateKey: KeyObject,
): Epoch {
  return {
    number,
    certificate,
    sign: tree => {
      const text = checkpointText(origin, tree)
      return signedNote(text, key, sign(null, Buffer.from(text), privateKey))
    },
  }
}

/** Milliseconds that a root key may take. */
const PATIENCE_MS = 10_000

async function rootSignature(root: TrailRoot, text: string): Promise<Uint8Array> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), PATIENCE_MS)
  })
  try {
    return await Promise.race([root.signer.sign(Buffer.from(text)), late])
  } catch (cause) {
    throw new AuditUnavailableError('The root key of the trail cannot sign.', { cause })
  } finally {
    clearTimeout(timer)
  }
}
