import { hash } from 'node:crypto'

/** The 32 bytes of a hash as a text of 32 characters (Latin-1): hashes are made for every record, and buffers are dear. */
export type TreeHash = string

/** Root of the tree without leaves: SHA-256 of nothing (RFC 6962 §2.1). */
export const EMPTY_ROOT: TreeHash = hash('sha256', '', 'binary')

/**
 * Hashes of a Merkle tree (RFC 6962 §2.1): of a leaf SHA-256(0x00 ‖ line), of a node SHA-256(0x01 ‖ left ‖ right), so that
 * neither passes for the other. Holds the bytes that go into the hash, which every record of a trail waits for.
 */
export class TreeHasher {
  readonly #node = Buffer.alloc(65)
  #leaf = Buffer.alloc(65_536)

  constructor() {
    this.#node[0] = 1
  }

  /** @param line without its line feed. */
  leaf(line: Uint8Array): TreeHash {
    if (line.length >= this.#leaf.length) this.#leaf = Buffer.alloc(2 * line.length)
    this.#leaf.set(line, 1)
    return hash('sha256', this.#leaf.subarray(0, line.length + 1), 'binary')
  }

  node(left: TreeHash, right: TreeHash): TreeHash {
    this.#node.write(left, 1, 'latin1')
    this.#node.write(right, 33, 'latin1')
    return hash('sha256', this.#node, 'binary')
  }
}

export function hashBytes(hash: TreeHash): Buffer {
  return Buffer.from(hash, 'latin1')
}
