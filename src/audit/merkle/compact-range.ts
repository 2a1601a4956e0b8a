import { EMPTY_ROOT, hashBytes, type TreeHash, TreeHasher } from './tree-hasher.js'

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
  readonly #nodes: TreeHash[]
  #size: number

  private constructor(hasher: TreeHasher, size: number, nodes: TreeHash[]) {
    this.#hasher = hasher
    this.#size = size
    this.#nodes = nodes
  }

  static empty(hasher: TreeHasher = new TreeHasher()): CompactRange {
    return new CompactRange(hasher, 0, [])
  }

  /** @param nodes as `nodes()` gave them. @returns undefined where they are not those of a tree of that size. */
  static of(size: number, nodes: readonly string[]): CompactRange | undefined {
    const hashes = nodes.map(node => Buffer.from(node, 'hex').toString('latin1'))
    if (nodes.length !== bits(size) || hashes.some(({ length }) => length !== 32)) return undefined
    return new CompactRange(new TreeHasher(), size, hashes)
  }

  get size(): number {
    return this.#size
  }

  /** @param line without its line feed. */
  addLine(line: Uint8Array): void {
    this.add(this.#hasher.leaf(line))
  }

  add(leaf: TreeHash): void {
    let node = leaf
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      const left = this.#nodes.pop()
      if (left !== undefined) node = this.#hasher.node(left, node)
    }
    this.#nodes.push(node)
    this.#size += 1
  }

  head(): TreeHead {
    let root: TreeHash | undefined
    for (let at = this.#nodes.length - 1; at >= 0; at--) {
      const node = this.#nodes[at]
      if (node !== undefined) root = root === undefined ? node : this.#hasher.node(node, root)
    }
    return { size: this.#size, root: hashBytes(root ?? EMPTY_ROOT) }
  }

  /** Hexadecimal, from the largest subtree to the smallest. */
  nodes(): readonly string[] {
    return this.#nodes.map(node => hashBytes(node).toString('hex'))
  }
}

function bits(size: number): number {
  let count = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2
  return count
}
