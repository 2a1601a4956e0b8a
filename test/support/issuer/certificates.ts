/** X.509 certificates for loopback, made in memory: no program and no file is needed. */
import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto'

export interface Certificate {
  /** PEM. */
  readonly cert: string
  /** PKCS 8, PEM. */
  readonly key: string
  /** Base64url SHA-256 of the certificate, as in `cnf.x5t#S256` (RFC 8705 section 3.1). */
  readonly thumbprint: string
}

export interface Authority {
  /** PEM. */
  readonly cert: string
  /** A certificate for `127.0.0.1` and `localhost`, good for servers and clients. */
  issue(name: string): Certificate
}

export function certificateAuthority(): Authority {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = 'Cardea test authority'
  const cert = pem(certificate({ subject: name, issuer: name, publicKey: keys.publicKey, isAuthority: true }))
  return {
    cert,
    issue(subject) {
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const issued = pem(certificate({ subject, issuer: name, publicKey: own.publicKey, isAuthority: false }))
      return {
        cert: issued,
        key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        thumbprint: createHash('sha256').update(new X509Certificate(issued).raw).digest('base64url'),
      }
    },
  }

  function certificate(of: {
    subject: string
    issuer: string
    publicKey: KeyObject
    isAuthority: boolean
  }): Buffer {
    const hour = 3_600_000
    const algorithm = sequence(oid('2a8648ce3d040302'))
    const body = sequence(
      tagged(0xa0, integer(Buffer.from([2]))),
      integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
      algorithm,
      commonName(of.issuer),
      sequence(time(Date.now() - 24 * hour), time(Date.now() + 24 * 30 * hour)),
      commonName(of.subject),
      of.publicKey.export({ type: 'spki', format: 'der' }),
      tagged(0xa3, sequence(...extensions(of.isAuthority))),
    )
    const signature = sign('sha256', body, keys.privateKey)
    return sequence(body, algorithm, tagged(0x03, Buffer.from([0]), signature))
  }
}

function extensions(isAuthority: boolean): Buffer[] {
  const isTrue = tagged(0x01, Buffer.from([0xff]))
  const constraints = isAuthority ? sequence(isTrue) : sequence()
  const basic = sequence(oid('551d13'), isTrue, tagged(0x04, constraints))
  if (isAuthority) return [basic]
  const names = sequence(tagged(0x87, Buffer.from([127, 0, 0, 1])), tagged(0x82, Buffer.from('localhost')))
  return [basic, sequence(oid('551d11'), tagged(0x04, names))]
}

function commonName(name: string): Buffer {
  return sequence(tagged(0x31, sequence(oid('550403'), tagged(0x0c, Buffer.from(name)))))
}

function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/[-:T]|\.\d+/g, '')
  return tagged(0x17, Buffer.from(digits.slice(2)))
}

function oid(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, 'hex'))
}

function integer(value: Buffer): Buffer {
  return tagged(0x02, value)
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, ...parts)
}

/** DER: tag, length, content. */
function tagged(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const header =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(header), content])
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
