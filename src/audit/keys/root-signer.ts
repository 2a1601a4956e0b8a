import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { ConfigurationError } from '../../errors.js'

/**
 * Port: the one key that stays as long as a trail does. It signs at every opening and about once an hour, each time a few
 * hundred bytes that hold nothing of a record, so a key management service or an HSM can hold it (PCI DSS 3.7, 10.3.2).
 * A rejection keeps the key of the hour in use and is put on record; at an opening it fails the opening.
 *
 * @example
 * const root: RootSigner = { publicKey: createPublicKey({ key: der, format: 'der', type: 'spki' }), sign: bytes => kms(bytes) }
 */
export interface RootSigner {
  /** Ed25519. */
  readonly publicKey: KeyObject
  /** @returns the signature of exactly these bytes, 64 bytes (RFC 8032, not Ed25519ph). */
  sign(bytes: Uint8Array): Promise<Uint8Array>
}

/**
 * A root key that this process holds itself.
 *
 * @param pem a private key of Ed25519 (PKCS#8), as `cardea audit keygen` writes it.
 * @throws ConfigurationError for anything else.
 */
export function pemRootSigner(pem: string): RootSigner {
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch {
    // The cause could repeat parts of the text.
    throw notAKey()
  }
  if (key.asymmetricKeyType !== 'ed25519') throw notAKey()
  return Object.freeze({
    publicKey: createPublicKey(key),
    sign: async (bytes: Uint8Array) => sign(null, bytes, key),
  } satisfies RootSigner)
}

/** A new root key as PEM: PKCS#8 and SPKI. */
export function generateRootKey(): { readonly privateKey: string; readonly publicKey: string } {
  return generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
}

function notAKey(): ConfigurationError {
  return new ConfigurationError(
    'The root key of a trail is a private key of Ed25519 in PEM, unencrypted: make one with cardea audit keygen, or hand in a RootSigner for a key that is kept elsewhere.',
  )
}
