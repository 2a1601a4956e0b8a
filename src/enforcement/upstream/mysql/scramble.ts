/**
 * How a password is proven to a MySQL server without being sent.
 *
 * @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html
 * @see https://mariadb.com/kb/en/authentication-plugin-sha-1/
 */
import { constants, createHash, publicEncrypt } from 'node:crypto'

/** `mysql_native_password`: SHA1(password) XOR SHA1(nonce ‖ SHA1(SHA1(password))). */
export function nativePassword(password: string, nonce: Buffer): Buffer {
  if (password === '') return Buffer.alloc(0)
  const once = digest('sha1', Buffer.from(password, 'utf8'))
  return xor(once, digest('sha1', nonce, digest('sha1', once)))
}

/** `caching_sha2_password`: SHA256(password) XOR SHA256(SHA256(SHA256(password)) ‖ nonce). */
export function cachingSha2(password: string, nonce: Buffer): Buffer {
  if (password === '') return Buffer.alloc(0)
  const once = digest('sha256', Buffer.from(password, 'utf8'))
  return xor(once, digest('sha256', digest('sha256', once), nonce))
}

/** The password for full authentication without TLS: XOR with the nonce, under the server's RSA key (OAEP). */
export function encryptedPassword(password: string, nonce: Buffer, publicKey: string): Buffer {
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  return publicEncrypt({ key: publicKey, padding }, xor(Buffer.from(`${password}\0`, 'utf8'), nonce))
}

/** The shorter of the two is repeated. */
export function xor(bytes: Buffer, mask: Buffer): Buffer {
  const result = Buffer.from(bytes)
  for (let at = 0; at < result.length; at++)
    result[at] = (result[at] as number) ^ (mask[at % mask.length] as number)
  return result
}

function digest(algorithm: string, ...parts: readonly Buffer[]): Buffer {
  const hash = createHash(algorithm)
  for (const part of parts) hash.update(part)
  return hash.digest()
}
