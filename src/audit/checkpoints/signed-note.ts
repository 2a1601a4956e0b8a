/**
 * C2SP signed notes with Ed25519 keys: a text, an empty line, signature lines `— <key name> <base64 of key id and signature>`.
 *
 * @see https://c2sp.org/signed-note
 */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'

/** A public key under its name. */
export interface NoteKey {
  readonly name: string
  /** 32 bytes (RFC 8032). */
  readonly publicKey: Buffer
}

export interface Note {
  /** With its last line feed; what is signed. */
  readonly text: string
  readonly signatures: readonly { readonly name: string; readonly id: Buffer; readonly signature: Buffer }[]
}

/** The signature type of Ed25519. */
const ED25519 = 1
/** A DER SubjectPublicKeyInfo of Ed25519 up to the key itself (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')
const SIGNATURE_LINE = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u

/** First four bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key). */
export function keyId({ name, publicKey }: NoteKey): Buffer {
  const digest = createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.from([ED25519]))
    .update(publicKey)
    .digest()
  return digest.subarray(0, 4)
}

/** @param text ends with a line feed. @param signature of exactly its bytes. */
export function signedNote(text: string, key: NoteKey, signature: Uint8Array): string {
  return `${text}\n\u2014 ${key.name} ${Buffer.concat([keyId(key), signature]).toString('base64')}\n`
}

/** @returns undefined where it is no note. */
export function parseNote(note: string): Note | undefined {
  const border = note.lastIndexOf('\n\n')
  if (border <= 0 || !note.endsWith('\n') || note.length > 65_536) return undefined
  const lines = note.slice(border + 2, -1).split('\n')
  const signatures: { name: string; id: Buffer; signature: Buffer }[] = []
  for (const line of lines) {
    const [, name, base64] = SIGNATURE_LINE.exec(line) ?? []
    const bytes = Buffer.from(base64 ?? '', 'base64')
    if (name === undefined || bytes.toString('base64') !== base64 || bytes.length < 5) return undefined
    signatures.push({ name, id: bytes.subarray(0, 4), signature: bytes.subarray(4) })
  }
  return { text: note.slice(0, border + 1), signatures }
}

/** Whether the key has signed the note. A signature of it that does not verify makes the note bad (C2SP). */
export function signedBy(note: Note, key: NoteKey): boolean {
  const id = keyId(key)
  const own = note.signatures.filter(line => line.name === key.name && line.id.equals(id))
  if (own.length === 0) return false
  const publicKey = publicKeyObject(key.publicKey)
  return own.every(({ signature }) => verify(null, Buffer.from(note.text), publicKey, signature))
}

/** A verifier key in one line: `<name>+<key id>+<base64 of 0x01 and the public key>`. */
export function verifierKey(key: NoteKey): string {
  const typed = Buffer.concat([Buffer.from([ED25519]), key.publicKey])
  return `${key.name}+${keyId(key).toString('hex')}+${typed.toString('base64')}`
}

/** @returns undefined where it is none of Ed25519. */
export function parseVerifierKey(text: string): NoteKey | undefined {
  const [, name, id, base64] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/u.exec(text) ?? []
  if (name === undefined || id === undefined || base64 === undefined) return undefined
  const typed = Buffer.from(base64, 'base64')
  if (typed.length !== 33 || typed[0] !== ED25519) return undefined
  const key = { name, publicKey: typed.subarray(1) }
  return keyId(key).toString('hex') === id ? key : undefined
}

/** The 32 bytes of an Ed25519 key. @throws TypeError for a key of another kind. */
export function publicKeyBytes(key: KeyObject): Buffer {
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('the key is not of Ed25519')
  return key.export({ type: 'spki', format: 'der' }).subarray(SPKI.length)
}

/** @param bytes 32 of an Ed25519 key. */
export function publicKeyObject(bytes: Buffer): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI, bytes]), format: 'der', type: 'spki' })
}
