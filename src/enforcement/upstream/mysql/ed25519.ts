/**
 * MariaDB's `client_ed25519`: an Ed25519 signature over the server's nonce (RFC 8032, section 5.1), whose secret
 * scalar comes from the password instead of a seed of 32 bytes, so that no library's signing takes it. Not in constant
 * time: it is made once for a connection, by a process that nobody else can time to the microsecond.
 *
 * @see https://mariadb.com/kb/en/authentication-plugin-ed25519/
 */
import { createHash } from 'node:crypto'

const P = 2n ** 255n - 19n
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n
const D = mod(-121665n * power(121666n, P - 2n))
const BASE = pointOf(
  15112221349535400772501151409588531511454012693041857206046113283949847762202n,
  46316835694926478169428394003475163141307993866256225615783033603165251855960n,
)

/** Extended coordinates: x = X/Z, y = Y/Z, xy = T/Z. */
interface Point {
  readonly x: bigint
  readonly y: bigint
  readonly z: bigint
  readonly t: bigint
}

/** @returns 64 bytes. */
export function ed25519Password(password: string, nonce: Buffer): Buffer {
  const secret = sha512(Buffer.from(password, 'utf8'))
  const clamped = Buffer.from(secret.subarray(0, 32))
  clamped[0] = (clamped[0] as number) & 248
  clamped[31] = ((clamped[31] as number) & 63) | 64
  const scalar = numberOf(clamped)
  const publicKey = encoded(times(BASE, scalar))
  const once = numberOf(sha512(secret.subarray(32), nonce)) % ORDER
  const commitment = encoded(times(BASE, once))
  const challenge = numberOf(sha512(commitment, publicKey, nonce)) % ORDER
  return Buffer.concat([commitment, bytesOf((once + challenge * scalar) % ORDER)])
}

function sha512(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha512')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function times(point: Point, scalar: bigint): Point {
  let result: Point = { x: 0n, y: 1n, z: 1n, t: 0n }
  let power = point
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = sum(result, power)
    power = sum(power, power)
  }
  return result
}

/** RFC 8032, section 5.1.4; complete, so that it doubles too. */
function sum(one: Point, other: Point): Point {
  const a = mod((one.y - one.x) * (other.y - other.x))
  const b = mod((one.y + one.x) * (other.y + other.x))
  const c = mod(2n * one.t * other.t * D)
  const d = mod(2n * one.z * other.z)
  const [e, f, g, h] = [b - a, d - c, d + c, b + a]
  return { x: mod(e * f), y: mod(g * h), z: mod(f * g), t: mod(e * h) }
}

function encoded({ x, y, z }: Point): Buffer {
  const inverse = power(z, P - 2n)
  const bytes = bytesOf(mod(y * inverse))
  bytes[31] = (bytes[31] as number) | (Number(mod(x * inverse) & 1n) << 7)
  return bytes
}

function pointOf(x: bigint, y: bigint): Point {
  return { x, y, z: 1n, t: mod(x * y) }
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = mod(base)
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = mod(result * square)
    square = mod(square * square)
  }
  return result
}

function mod(value: bigint): bigint {
  const rest = value % P
  return rest < 0n ? rest + P : rest
}

/** Little endian. */
function numberOf(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
}

function bytesOf(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse()
}
