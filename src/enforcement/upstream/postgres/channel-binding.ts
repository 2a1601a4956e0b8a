/** What a SCRAM exchange is bound to: the certificate that the server has shown. */
import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** Signature algorithms of certificates, by the bytes of their object identifier, and the hash that each stands for. */
const HASHES: Readonly<Record<string, string>> = Object.freeze({
  '2a864886f70d010104': 'sha256', // md5WithRSAEncryption
  '2a864886f70d010105': 'sha256', // sha1WithRSAEncryption
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d0401': 'sha256', // ecdsa-with-SHA1
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
})

/**
 * `tls-server-end-point` of the connection; undefined without TLS, and for a certificate whose signature does not say
 * which hash is meant.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5929#section-4
 */
export function channelBinding(socket: Socket): Buffer | undefined {
  const der = socket instanceof TLSSocket ? socket.getPeerCertificate().raw : undefined
  if (der === undefined) return undefined
  const hash = HASHES[signatureAlgorithm(der)]
  return hash === undefined ? undefined : createHash(hash).update(der).digest()
}

/** Certificate ::= SEQUENCE { tbsCertificate SEQUENCE, signatureAlgorithm SEQUENCE { OBJECT IDENTIFIER … } … } */
function signatureAlgorithm(der: Buffer): string {
  const body = content(der, 0).start
  const algorithm = content(der, content(der, body).end).start
  const { start, end } = content(der, algorithm)
  return der.toString('hex', start, end)
}

/** Where the value of the DER element begins and ends. */
function content(der: Buffer, at: number): { readonly start: number; readonly end: number } {
  const first = der[at + 1] ?? 0
  if (first < 0x80) return { start: at + 2, end: at + 2 + first }
  const bytes = first & 0x7f
  const start = at + 2 + bytes
  return { start, end: start + der.readUIntBE(at + 2, Math.min(6, Math.max(1, bytes))) }
}
