import { EMPTY_ROOT, HASH_BYTES, TreeHasher } from './tree-hasher.js'

/** A tree at one size. */
export interface TreeHead {
  /** Leaves. */
  readonly size: number
  readonly root: Buffer
}

/**
 * What of a Merkle tree has to be kept to add leaves and to know its root: the roots of its perfect subtrees, from
 * the largest to the smallest, one for each bit of its size (RFC 6962 §2.1).
 */
export class CompactRange {
  readonly #hasher: TreeHasher
  readonly #nodes: Buffer[]
  #size: number

  private constructor(hasher: TreeHasher, size: number, nodes: Buffer[]) {
    this.#hasher = hasher
    this.#size = size
    this.#nodes = nodes
  }

  static empty(hasher: TreeHasher = new TreeHasher()): CompactRange {
    return new CompactRange(hasher, 0, [])
  }

  /** @param nodes as `nodes()` gave them. @returns undefined where they are not those of a tree of that size. */
  static of(size: number, nodes: readonly string[]): CompactRange | undefined {
    const hashes = nodes.map(node => Buffer.from(node, 'hex'))
    if (nodes.length !== bits(size) || hashes.some(({ length }) => length !== HASH_BYTES)) return undefined
    return new CompactRange(new TreeHasher(), size, hashes)
  }

  get size(): number {
    return this.#size
  }

  /** @param line without its line feed. */
  addLine(line: Uint8Array): void {
    this.add(this.#hasher.leaf(line))
  }

  add(leaf: Buffer): void {
    let node = leaf
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      const left = this.#nodes.pop()
      if (left !== undefined) node = this.#hasher.node(left, node)
    }
    this.#nodes.push(node)
    this.#size += 1
  }

  head(): TreeHead {
    let root: Buffer | undefined
    for (let at = this.#nodes.length - 1; at >= 0; at--) {
      const node = this.#nodes[at]
      if (node !== undefined) root = root === undefined ? node : this.#hasher.node(node, root)
    }
    return { size: this.#size, root: root ?? Buffer.from(EMPTY_ROOT, 'hex') }
  }

  /** Hexadecimal, from the largest subtree to the smallest. */
  nodes(): readonly string[] {
    return this.#nodes.map(node => node.toString('hex'))
  }
}

function bits(size: number): number {
  let count = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2
  return count
}
