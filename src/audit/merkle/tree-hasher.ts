import { hash } from 'node:crypto'

/** Bytes of a hash. */
export const HASH_BYTES = 32

/** Root of the tree without leaves: SHA-256 of nothing (RFC 6962 §2.1). */
export const EMPTY_ROOT: string = hash('sha256', '', 'hex')

/**
 * Hashes of a Merkle tree (RFC 6962 §2.1): of a leaf SHA-256(0x00 ‖ line), of a node SHA-256(0x01 ‖ left ‖ right), so that
 * neither passes for the other. Holds the bytes that go into the hash, which every record of a trail waits for.
 */
export class TreeHasher {
  readonly #node = Buffer.alloc(1 + 2 * HASH_BYTES)
  #leaf = Buffer.alloc(65_536)

  constructor() {
    this.#node[0] = 1
  }

  /** @param line without its line feed. */
  leaf(line: Uint8Array): Buffer {
    if (line.length >= this.#leaf.length) this.#leaf = Buffer.alloc(2 * line.length)
    this.#leaf.set(line, 1)
    return hash('sha256', this.#leaf.subarray(0, line.length + 1), 'buffer')
  }

  node(left: Uint8Array, right: Uint8Array): Buffer {
    this.#node.set(left, 1)
    this.#node.set(right, 1 + HASH_BYTES)
    return hash('sha256', this.#node, 'buffer')
  }
}
