import { createHash, createPrivateKey, createPublicKey, KeyObject } from 'node:crypto'
import { ConfigurationError } from '../../errors.js'
import { canonicalJson } from '../../util/canonical-json.js'

/** PEM text (PKCS #8 for a private key, SPKI for a public one), or the key itself. */
export type KeyMaterial = string | KeyObject

/** @throws ConfigurationError unless it is an Ed25519 private key; the text is not repeated. */
export function privateKey(material: KeyMaterial): KeyObject {
  const key = material instanceof KeyObject ? material : parsed(() => createPrivateKey(material))
  if (key?.type === 'private' && key.asymmetricKeyType === 'ed25519') return key
  throw new ConfigurationError('The signing key is no Ed25519 private key. Make one: cardea agent keygen.')
}

/** @throws ConfigurationError unless it is an Ed25519 public key: who only verifies must not be able to mint. */
export function publicKey(material: KeyMaterial): KeyObject {
  const isPrivate = typeof material === 'string' && material.includes('PRIVATE KEY')
  const key = material instanceof KeyObject ? material : parsed(() => createPublicKey(material))
  if (!isPrivate && key?.type === 'public' && key.asymmetricKeyType === 'ed25519') return key
  throw new ConfigurationError(
    'A key that verifies agent tokens must be an Ed25519 public key, as cardea agent keygen prints it.',
  )
}

/** The name of a key in token headers: the thumbprint of its public half (RFC 7638). */
export function keyId(key: KeyObject): string {
  const half = key.type === 'private' ? createPublicKey(key) : key
  const { crv, kty, x } = half.export({ format: 'jwk' })
  return createHash('sha256').update(canonicalJson({ crv, kty, x })).digest('base64url')
}

function parsed(parse: () => KeyObject): KeyObject | undefined {
  try {
    return parse()
  } catch {
    return undefined
  }
}
