/** The key of the maskers that must make the same of the same value. */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { inspect } from 'node:util'
import { ConfigurationError } from '../../errors.js'

const LEAST_BYTES = 32
/** It stands in masked values and in records: no digits enough to be taken for anything else. */
const ID = /^(?!.*\d{5})[A-Za-z][A-Za-z0-9_-]{0,31}$/
const LETTERS = 'bcdfghjklmnpqrstvwxz'
const ID_LENGTH = 8

/** A keyed function. No view of it shows the key. */
export class MaskingKey {
  readonly id: string
  readonly #secret: KeyObject

  /**
   * @param bytes 32 or more, random.
   * @param id what masked values name the key by, so that those of two keys can be told apart. Default: made from the key.
   * @throws ConfigurationError, which does not repeat what was wrong.
   */
  constructor(bytes: Uint8Array, id?: string) {
    if (!(bytes instanceof Uint8Array) || bytes.length < LEAST_BYTES || bytes.every(it => it === bytes[0])) {
      throw new ConfigurationError(
        'The masking key must be 32 random bytes or more: openssl rand -base64 32.',
      )
    }
    if (id !== undefined && !ID.test(id)) {
      throw new ConfigurationError(
        'The id of the masking key must be a letter and up to 31 letters, digits, dashes and underscores.',
      )
    }
    this.#secret = createSecretKey(bytes)
    this.id = id ?? letters(this.mac('id', '', ''), ID_LENGTH, LETTERS)
  }

  /** HMAC-SHA-256 over all three: what is computed for one use or label is unrelated to every other. */
  mac(use: string, label: string, data: string | Uint8Array): Buffer {
    return createHmac('sha256', this.#secret)
      .update(`${JSON.stringify([use, label])}\n`)
      .update(data)
      .digest()
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }
}

/** A number as digits of another base. @param count of an alphabet of 20 or 40 letters, 32 at most: a digest holds no more. */
export function letters(digest: Uint8Array, count: number, alphabet: string): string {
  const base = BigInt(alphabet.length)
  let rest = BigInt(`0x${Buffer.from(digest).toString('hex')}`)
  let text = ''
  for (let at = 0; at < count; at++) {
    text += alphabet[Number(rest % base)]
    rest /= base
  }
  return text
}
