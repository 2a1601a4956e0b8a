/** Proofs for whoever holds a checkpoint and not the trail: that a record is in it, that a later one continues an earlier. */
import { CardeaError, ConfigurationError } from '../errors.js'
import { readLatest } from './checkpoints/latest-checkpoint.js'
import { type ParsedCheckpoint, parseCheckpoint } from './checkpoints/note-text.js'
import {
  consistencyRanges,
  inclusionRanges,
  type LeafRange,
  provesConsistency,
  provesInclusion,
  RangeRoots,
} from './merkle/proofs.js'
import { lineBatches, listSegments } from './segment-files.js'
import { decodeLine } from './trail-line.js'

export interface InclusionProof {
  /** Of the record in the tree: its `seq` less one. */
  readonly index: number
  /** The record's line, as written, without its line feed. */
  readonly line: string
  /** Base64, from the record's sibling up to the root's child (RFC 6962 §2.1.1). */
  readonly hashes: readonly string[]
  /** The signed note that names the tree. */
  readonly checkpoint: string
  /** The proof as a C2SP tlog-proof (https://c2sp.org/tlog-proof). */
  readonly text: string
}

export interface ConsistencyProof {
  readonly from: number
  readonly to: number
  /** Base64 roots of both trees. */
  readonly roots: readonly [string, string]
  /** Base64 (RFC 6962 §2.1.2). */
  readonly hashes: readonly string[]
}

/**
 * That the record `seq` is in the tree of a checkpoint. Signatures are `verifyTrail`'s.
 *
 * @param checkpoint a signed note; default: the newest one beside the trail.
 * @throws ConfigurationError for a record that the checkpoint does not cover; CardeaError CARDEA_TRAIL_DAMAGED where the
 *   records do not make the tree that the checkpoint names.
 * @example
 * const { text } = await proveInclusion('./audit', 1204)
 */
export async function proveInclusion(
  directory: string,
  seq: number,
  checkpoint?: string,
): Promise<InclusionProof> {
  const named = await checkpointOf(directory, checkpoint)
  if (!Number.isSafeInteger(seq) || seq < 1 || seq > named.size) {
    throw new ConfigurationError(
      `The checkpoint covers the records 1 to ${named.size}, and ${seq} is not one of them.`,
    )
  }
  const index = seq - 1
  const { line, roots } = await read(directory, inclusionRanges(index, named.size), named.size, index)
  if (line === undefined) {
    throw new ConfigurationError(`Record ${seq} is not in ${directory} any more: it was pruned.`)
  }
  if (!provesInclusion(line, index, named.size, roots, named.root)) throw contradicted(directory, named.size)
  const hashes = roots.map(base64)
  const text = `c2sp.org/tlog-proof@v1\nindex ${index}\n${hashes.map(hash => `${hash}\n`).join('')}\n${named.source}`
  return { index, line: line.toString('utf8'), hashes, checkpoint: named.source, text }
}

/** That the tree of `to` records continues the one of `from`. @throws as `proveInclusion` does. */
export async function proveConsistency(
  directory: string,
  from: number,
  to: number,
): Promise<ConsistencyProof> {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 1 || from > to) {
    throw new ConfigurationError(
      'A proof of consistency needs two sizes, the first of them 1 or more and the smaller.',
    )
  }
  const whole = { from: 0, to }
  const before = { from: 0, to: from }
  const proof = await read(directory, consistencyRanges(from, to), to)
  const [old] = (await read(directory, [before], from)).roots
  const [all] = (await read(directory, [whole], to)).roots
  if (
    old === undefined ||
    all === undefined ||
    !provesConsistency({ size: from, root: old }, { size: to, root: all }, proof.roots)
  ) {
    throw contradicted(directory, to)
  }
  return { from, to, roots: [base64(old), base64(all)], hashes: proof.roots.map(base64) }
}

async function checkpointOf(directory: string, given: string | undefined): Promise<ParsedCheckpoint> {
  const found = given === undefined ? await readLatest(directory) : (parseCheckpoint(given) ?? 'unreadable')
  if (found === null) throw new ConfigurationError(`There is no checkpoint in ${directory}.`)
  if (found === 'unreadable') throw new ConfigurationError('That is no checkpoint.')
  return found
}

/** One pass over the first `size` records. */
async function read(
  directory: string,
  ranges: readonly LeafRange[],
  size: number,
  wanted?: number,
): Promise<{ readonly roots: readonly Buffer[]; readonly line: Buffer | undefined }> {
  const roots = new RangeRoots(ranges)
  let at = 0
  let line: Buffer | undefined
  for (const segment of await listSegments(directory)) {
    for await (const { lines } of lineBatches(segment.path)) {
      for (const bytes of lines) {
        if (at === 0 && segment.number > 1) at = continueAt(directory, bytes, roots)
        if (at === size) return { roots: roots.roots(), line }
        if (at === wanted) line = Buffer.from(bytes)
        roots.add(bytes)
        at += 1
      }
    }
  }
  if (at < size) throw contradicted(directory, size)
  return { roots: roots.roots(), line }
}

/** The first record of a pruned trail says which tree it continues. */
function continueAt(directory: string, bytes: Buffer, roots: RangeRoots): number {
  const entry = decodeLine(bytes)
  if (typeof entry === 'string' || entry.event !== 'trail.segment') throw contradicted(directory, 0)
  const nodes = entry.detail['tree']
  roots.continueAt(entry.seq - 1, Array.isArray(nodes) ? nodes.map(String) : [])
  return entry.seq - 1
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64')
}

function contradicted(directory: string, size: number): CardeaError {
  return new CardeaError(
    'CARDEA_TRAIL_DAMAGED',
    `The records in ${directory} do not make the tree of ${size} that was named. Run cardea audit verify.`,
  )
}
