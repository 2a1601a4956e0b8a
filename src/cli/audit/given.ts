/** What a verifier brings along: the root key, and checkpoints that were kept elsewhere. */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { type ParsedCheckpoint, parseCheckpoints } from '../../audit/checkpoints/note-text.js'
import { parseVerifierKey, publicKeyObject } from '../../audit/checkpoints/signed-note.js'
import { ConfigurationError } from '../../errors.js'

/**
 * @param given a file with the public key in PEM or as the file KEYS states it, or such a line itself, or the key in base64.
 * @throws ConfigurationError for anything else.
 */
export function rootKeyFrom(given: string): KeyObject {
  const text = (existsSync(given) ? readFileSync(given, 'utf8') : given).trim()
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    throw new ConfigurationError(
      'That is a private key, which has no business where a trail is verified: give the public one.',
    )
  }
  const stated = parseVerifierKey(text)
  if (stated !== undefined) return publicKeyObject(stated.publicKey)
  if (/^[A-Za-z0-9+/]{43}=$/.test(text)) return publicKeyObject(Buffer.from(text, 'base64'))
  try {
    const key = createPublicKey(text)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // Told below.
  }
  throw new ConfigurationError(
    'A root key is a file with the public key in PEM (as cardea audit keygen writes it), or the line of the file KEYS.',
  )
}

/** @param given files with checkpoints, or checkpoints themselves. @throws ConfigurationError where one holds none. */
export function checkpointsFrom(given: readonly string[]): readonly ParsedCheckpoint[] {
  return given.flatMap(place => {
    const file = existsSync(place)
    const found = parseCheckpoints(file ? readFileSync(place, 'utf8') : place)
    if (found !== undefined) return found
    throw new ConfigurationError(
      file ? `${place} holds no checkpoint.` : 'That is no checkpoint, and no file that holds one.',
    )
  })
}
