/** Deleting the oldest segments of a trail once they are older than the retention, on record in the trail itself. */
import { rmSync, statSync } from 'node:fs'
import { CardeaError, ConfigurationError } from '../../errors.js'
import type { Clock } from '../../util/clock.js'
import type { Ids } from '../../util/ids.js'
import { type FileTrailOptions, fileTrail } from '../file-trail.js'
import { placedEntries, segmentsOf } from '../reading/entries.js'
import { type Segment, segment } from '../segment-files.js'
import { nodeTrailFiles, type TrailFiles } from '../trail-files.js'
import { lineHash, type TrailEntry } from '../trail-line.js'
import { verifyTrail } from '../verify.js'

const DAY_MS = 86_400_000

/** PCI DSS 10.5.1: history of audit logs for at least 12 months. */
export const LEAST_RETENTION_MS = 366 * DAY_MS

/** What a writer opens last: the segment in use, and the one whose end it continues. */
const KEPT_SEGMENTS = 2

export interface PruneOptions {
  /** Milliseconds since the Unix epoch: only segments whose records are all older. */
  readonly before: number
  /** Milliseconds; at least 12 months, which is the default. Nothing younger is ever deleted. */
  readonly retentionMs?: number
  /** Who asks for it, for the record. */
  readonly by: Readonly<Record<string, unknown>>
  /** As the trail is opened with, where its root key is kept elsewhere. */
  readonly keys?: FileTrailOptions['keys']
  readonly clock: Clock
  readonly ids: Ids
}

export interface PrunedSegment {
  readonly name: string
  readonly bytes: number
  /** Number and hash of its last record. */
  readonly seq: number
  readonly hash: string
  /** Times of its oldest and newest record, ISO 8601 in UTC. */
  readonly oldest: string
  readonly newest: string
}

/** The oldest segments that `pruneTrail` would delete. */
export async function prunable(
  directory: string,
  options: Pick<PruneOptions, 'before' | 'retentionMs' | 'clock'>,
): Promise<readonly PrunedSegment[]> {
  const before = checked(options)
  const segments = await segmentsOf(directory)
  const all: PrunedSegment[] = []
  for (const candidate of segments.slice(0, Math.max(0, segments.length - KEPT_SEGMENTS))) {
    const found = await measured(directory, candidate, before)
    if (found === null) break
    all.push(found)
  }
  return all
}

/**
 * Deletes whole segments from the beginning of a trail: each is on record as `trail.prune`, durable, before it is
 * deleted, so that the trail verifies as whole from the next one on whenever the process dies. Takes the lock of the
 * trail: its writer has to be at rest.
 *
 * @throws ConfigurationError within the retention; CardeaError CARDEA_TRAIL_LOCKED while somebody writes,
 *   CARDEA_TRAIL_DAMAGED for a trail that does not verify, of which nothing is deleted.
 * @example
 * await pruneTrail('./audit', { before: Date.parse('2025-01-01'), by: { user: 'ops' }, clock, ids })
 */
export async function pruneTrail(
  directory: string,
  options: PruneOptions,
  files: TrailFiles = nodeTrailFiles,
): Promise<readonly PrunedSegment[]> {
  const { by, clock, ids, keys } = options
  const wanted = await prunable(directory, options)
  if (wanted.length === 0) return []
  await checkTrail(directory, wanted, clock)
  const trail = fileTrail({ directory, clock, ids, ...(keys === undefined ? {} : { keys }) }, files)
  try {
    await trail.open?.()
    for (const { name, seq, hash, newest } of wanted) {
      const detail = {
        by,
        before: new Date(options.before).toISOString(),
        hash,
        newest,
        retentionDays: Math.floor((options.retentionMs ?? LEAST_RETENTION_MS) / DAY_MS),
        segment: name,
        seq,
      }
      const time = new Date(clock.now()).toISOString()
      await trail.write([{ event: 'trail.prune', phase: 'single', id: ids.next(), time, detail }], 'durable')
      rmSync(segment(directory, Number.parseInt(name, 10)).path, { force: true })
      files.syncDirectory(directory)
    }
  } finally {
    await trail.close()
  }
  return wanted
}

/** The newest time that may go. */
function checked({
  before,
  clock,
  retentionMs = LEAST_RETENTION_MS,
}: Pick<PruneOptions, 'before' | 'retentionMs' | 'clock'>): number {
  if (!(retentionMs >= LEAST_RETENTION_MS)) {
    throw new ConfigurationError(
      'The retention of a trail is at least 12 months, 366 days (PCI DSS 10.5.1). Nothing was deleted.',
    )
  }
  const latest = clock.now() - retentionMs
  if (!(before <= latest)) {
    throw new ConfigurationError(
      `What is younger than the retention stays: name a time before ${new Date(latest).toISOString()}. Nothing was deleted.`,
    )
  }
  return before
}

/** Null where a record of it has to stay, or cannot be dated. */
async function measured(
  directory: string,
  { name, number, path }: Segment,
  before: number,
): Promise<PrunedSegment | null> {
  let [oldest, newest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  let last: { readonly seq: number; readonly hash: string } | undefined
  for await (const { entry, line, place } of placedEntries(directory, { segment: number, offset: 0 })) {
    if (place.segment !== number) break
    const time = Date.parse(entry.time)
    if (!(time < before)) return null
    oldest = Math.min(oldest, time)
    newest = Math.max(newest, time)
    last = { seq: entry.seq, hash: lineHash(line) }
  }
  if (last === undefined) return null
  const times = { oldest: new Date(oldest).toISOString(), newest: new Date(newest).toISOString() }
  return { name, bytes: statSync(path).size, ...last, ...times }
}

/** Evidence that does not verify is not deleted, and what stays must be able to stand by itself. */
async function checkTrail(directory: string, wanted: readonly PrunedSegment[], clock: Clock): Promise<void> {
  const { firstBad } = await verifyTrail(directory, { clock })
  if (firstBad !== undefined) {
    throw new CardeaError(
      'CARDEA_TRAIL_DAMAGED',
      `The trail in ${directory} does not verify, so nothing of it was deleted. Run cardea audit verify, and keep the directory as evidence.`,
    )
  }
  const next = Number.parseInt(wanted.at(-1)?.name ?? '0', 10) + 1
  const first = await firstOf(directory, next)
  if (first?.event !== 'trail.segment' || !Array.isArray(first.detail['tree'])) {
    throw new ConfigurationError(
      `${segment(directory, next).name} does not say which tree of records it continues: it is of a version of Cardea without checkpoints, and what stands before it cannot be pruned. Nothing was deleted.`,
    )
  }
}

async function firstOf(directory: string, number: number): Promise<TrailEntry | undefined> {
  for await (const { entry } of placedEntries(directory, { segment: number, offset: 0 })) return entry
  return undefined
}
