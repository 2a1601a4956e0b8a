/** Against the definition of RFC 6962, written down once more and as plainly as it can be. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { CompactRange } from '../../../src/audit/merkle/compact-range.js'
import {
  consistencyRanges,
  inclusionRanges,
  type LeafRange,
  provesConsistency,
  provesInclusion,
  RangeRoots,
} from '../../../src/audit/merkle/proofs.js'

const sha = (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest()

function split(size: number): number {
  let power = 1
  while (power * 2 < size) power *= 2
  return power
}

function root(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves
  if (only === undefined) return sha()
  if (leaves.length === 1) return sha(Buffer.from([0]), only)
  const at = split(leaves.length)
  return sha(Buffer.from([1]), root(leaves.slice(0, at)), root(leaves.slice(at)))
}

function path(index: number, leaves: readonly Buffer[]): readonly Buffer[] {
  if (leaves.length === 1) return []
  const at = split(leaves.length)
  return index < at
    ? [...path(index, leaves.slice(0, at)), root(leaves.slice(at))]
    : [...path(index - at, leaves.slice(at)), root(leaves.slice(0, at))]
}

function subproof(size: number, leaves: readonly Buffer[], known: boolean): readonly Buffer[] {
  if (size === leaves.length) return known ? [] : [root(leaves)]
  const at = split(leaves.length)
  return size <= at
    ? [...subproof(size, leaves.slice(0, at), known), root(leaves.slice(at))]
    : [...subproof(size - at, leaves.slice(at), false), root(leaves.slice(0, at))]
}

const leavesOf = (count: number) => Array.from({ length: count }, (_, at) => Buffer.from(`line ${at}`))

function treeOf(leaves: readonly Buffer[]): CompactRange {
  const tree = CompactRange.empty()
  for (const leaf of leaves) tree.addLine(leaf)
  return tree
}

function rootsOf(ranges: readonly LeafRange[], leaves: readonly Buffer[], pruned: number): readonly Buffer[] {
  const roots = new RangeRoots(ranges)
  if (pruned > 0) roots.continueAt(pruned, treeOf(leaves.slice(0, pruned)).nodes())
  for (const leaf of leaves.slice(pruned)) roots.add(leaf)
  return roots.roots()
}

const count = fc.integer({ min: 1, max: 130 })
const spot = fc.nat()

describe('a tree', () => {
  test('has the root of RFC 6962, however often it was put down and taken up', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 130 }), spot, (size, anywhere) => {
        const leaves = leavesOf(size)
        const middle = anywhere % (size + 1)
        const first = treeOf(leaves.slice(0, middle))
        const again = CompactRange.of(middle, first.nodes())
        for (const leaf of leaves.slice(middle)) again?.addLine(leaf)
        expect(again?.head()).toEqual({ size, root: root(leaves) })
      }),
    )
  })

  test('is not taken up with nodes of another size, or that are none', () => {
    const nodes = treeOf(leavesOf(6)).nodes()
    expect(CompactRange.of(7, nodes)).toBeUndefined()
    expect(CompactRange.of(6, nodes.with(0, 'ab'))).toBeUndefined()
  })
})

describe('proofs', () => {
  test('of inclusion are those of RFC 6962, over a pruned trail too, and hold for nothing else', () => {
    fc.assert(
      fc.property(count, spot, spot, (size, anywhere, cut) => {
        const leaves = leavesOf(size)
        const index = anywhere % size
        const proof = rootsOf(inclusionRanges(index, size), leaves, cut % (index + 1))
        expect(proof).toEqual(path(index, leaves))
        const [line, top] = [leaves[index] as Buffer, root(leaves)]
        expect(provesInclusion(line, index, size, proof, top)).toBe(true)
        expect(provesInclusion(Buffer.from('another'), index, size, proof, top)).toBe(false)
        expect(provesInclusion(line, index, size, proof, sha())).toBe(false)
        expect(provesInclusion(line, index, size, [...proof, sha()], top)).toBe(false)
        if (proof.length > 0) expect(provesInclusion(line, index, size, proof.slice(1), top)).toBe(false)
        if (size > 1) expect(provesInclusion(line, (index + 1) % size, size, proof, top)).toBe(false)
        expect(provesInclusion(line, size, size, proof, top)).toBe(false)
      }),
    )
  })

  test('of consistency are those of RFC 6962, over a pruned trail too, and hold for nothing else', () => {
    fc.assert(
      fc.property(count, spot, spot, (size, anywhere, cut) => {
        const leaves = leavesOf(size)
        const before = (anywhere % size) + 1
        const proof = rootsOf(consistencyRanges(before, size), leaves, cut % (before + 1))
        expect(proof).toEqual(subproof(before, leaves, true))
        const old = { size: before, root: root(leaves.slice(0, before)) }
        const whole = { size, root: root(leaves) }
        expect(provesConsistency(old, whole, proof)).toBe(true)
        const other = leaves.with(before - 1, Buffer.from('another'))
        expect(provesConsistency({ size: before, root: root(other.slice(0, before)) }, whole, proof)).toBe(
          false,
        )
        expect(provesConsistency(old, { size, root: root(other) }, proof)).toBe(false)
        expect(provesConsistency(old, whole, [...proof, sha()])).toBe(false)
        if (proof.length > 0) expect(provesConsistency(old, whole, proof.slice(1))).toBe(false)
        if (before > 1) expect(provesConsistency({ ...old, size: before - 1 }, whole, proof)).toBe(false)
      }),
    )
  })
})
