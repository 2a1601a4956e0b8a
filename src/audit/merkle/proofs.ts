/**
 * Proofs over a Merkle tree (RFC 6962 §2.1.1, §2.1.2): that a record is in a tree, and that one tree continues another.
 * A proof is made of the roots of ranges of leaves, so that one pass over a trail gives it without holding its leaves.
 */
import { CompactRange } from './compact-range.js'
import { type TreeHash, TreeHasher } from './tree-hasher.js'

/** Leaves from `from` up to and without `to`. */
export interface LeafRange {
  readonly from: number
  readonly to: number
}

/** Whose roots prove that the leaf `index` (from 0) is in the tree of `size`: from its sibling up to the root's child. */
export function inclusionRanges(index: number, size: number): readonly LeafRange[] {
  const ranges: LeafRange[] = []
  let [from, to] = [0, size]
  while (to - from > 1) {
    const middle = from + split(to - from)
    if (index < middle) {
      ranges.unshift({ from: middle, to })
      to = middle
    } else {
      ranges.unshift({ from, to: middle })
      from = middle
    }
  }
  return ranges
}

/** Whose roots prove that the tree of `after` leaves continues the one of `before`, which has at least one. */
export function consistencyRanges(before: number, after: number): readonly LeafRange[] {
  const ranges: LeafRange[] = []
  let [from, to] = [0, after]
  // The first tree as a whole is known to whoever checks; a part of it is not.
  let known = true
  while (to !== before) {
    const middle = from + split(to - from)
    if (before <= middle) {
      ranges.unshift({ from: middle, to })
      to = middle
    } else {
      ranges.unshift({ from, to: middle })
      from = middle
      known = false
    }
  }
  return known ? ranges : [{ from, to }, ...ranges]
}

/** Largest power of two below `size`. */
function split(size: number): number {
  let power = 1
  while (power * 2 < size) power *= 2
  return power
}

/** Roots of ranges that do not overlap, of leaves that come in order. */
export class RangeRoots {
  readonly #ranges: readonly { readonly range: LeafRange; tree: CompactRange }[]
  #at = 0
  #next = 0

  constructor(private readonly ranges: readonly LeafRange[]) {
    this.#ranges = ranges
      .map(range => ({ range, tree: CompactRange.empty() }))
      .sort((a, b) => a.range.from - b.range.from)
  }

  /** Goes on behind leaves that are gone. @param nodes of the tree of `size` leaves, as `CompactRange` gives them. */
  continueAt(size: number, nodes: readonly string[]): void {
    this.#next = size
    const subtrees = perfectSubtrees(size)
    for (const each of this.#ranges) {
      const { from, to } = each.range
      const inside = nodes.filter((_, at) => {
        const subtree = subtrees[at]
        return subtree !== undefined && subtree.from >= from && subtree.to <= to
      })
      each.tree = CompactRange.of(Math.max(0, Math.min(size, to) - from), inside) ?? each.tree
      if (to <= size) this.#at += 1
    }
  }

  add(line: Uint8Array): void {
    const current = this.#ranges[this.#at]
    const leaf = this.#next++
    if (current === undefined || leaf < current.range.from) return
    current.tree.addLine(line)
    if (leaf + 1 === current.range.to) this.#at += 1
  }

  /** In the order in which the ranges were given. */
  roots(): readonly Buffer[] {
    const roots = new Map(this.#ranges.map(({ range, tree }) => [range, tree.head().root]))
    return this.ranges.flatMap(range => roots.get(range) ?? [])
  }
}

/** Those that a tree of this size is made of, from the largest to the smallest. */
function perfectSubtrees(size: number): readonly LeafRange[] {
  const subtrees: LeafRange[] = []
  for (let from = 0; from < size; ) {
    const to = from + split(size - from + 1)
    subtrees.push({ from, to })
    from = to
  }
  return subtrees
}

/** RFC 9162 §2.1.3.2. @param index from 0. @param line of the record, without its line feed. */
export function provesInclusion(
  line: Uint8Array,
  index: number,
  size: number,
  proof: readonly Buffer[],
  root: Buffer,
): boolean {
  if (index >= size) return false
  const hasher = new TreeHasher()
  let node = hasher.leaf(line)
  let [at, last] = [index, size - 1]
  for (const sibling of proof.map(hashOf)) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      node = hasher.node(sibling, node)
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)]
    } else node = hasher.node(node, sibling)
    ;[at, last] = [half(at), half(last)]
  }
  return last === 0 && node === hashOf(root)
}

/** RFC 9162 §2.1.4.2. */
export function provesConsistency(
  before: { readonly size: number; readonly root: Buffer },
  after: { readonly size: number; readonly root: Buffer },
  proof: readonly Buffer[],
): boolean {
  if (before.size < 1 || before.size > after.size) return false
  if (before.size === after.size) return proof.length === 0 && before.root.equals(after.root)
  const hasher = new TreeHasher()
  const path = isPowerOfTwo(before.size) ? [before.root, ...proof] : proof
  const [first, ...others] = path.map(hashOf)
  if (first === undefined) return false
  let [at, last] = [before.size - 1, after.size - 1]
  while (at % 2 === 1) [at, last] = [half(at), half(last)]
  let [old, whole] = [first, first]
  for (const node of others) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      old = hasher.node(node, old)
      whole = hasher.node(node, whole)
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)]
    } else whole = hasher.node(whole, node)
    ;[at, last] = [half(at), half(last)]
  }
  return last === 0 && old === hashOf(before.root) && whole === hashOf(after.root)
}

function hashOf(bytes: Buffer): TreeHash {
  return bytes.toString('latin1')
}

function half(value: number): number {
  return Math.floor(value / 2)
}

function isPowerOfTwo(value: number): boolean {
  return split(value + 1) === value
}
