/** How far an index knows a trail. */
import type { MarkedPlace } from '../reading/place-reader.js'
import type { Database } from './database.js'

export interface KnownTrail {
  readonly id: number
  /** Number of the trail's first segment: pruning moves it. */
  readonly firstSegment: number
  /** Where the next line is to be read. */
  readonly segment: number
  readonly offset: number
  /** Stories so far: the number of the next one. */
  readonly stories: number
  /** The last line that was read. */
  readonly head: MarkedPlace
}

type Row = Readonly<Record<string, unknown>>

export function knownTrail(database: Database, path: string): KnownTrail | undefined {
  const [row] = rows(
    database,
    `select id, first_segment, segment, offset, stories, head_segment, head_offset, head_bytes,
       lower(hex(head_hash)) as head_hash from trail where path = ?`,
    path,
  )
  return row === undefined
    ? undefined
    : {
        id: Number(row['id']),
        firstSegment: Number(row['first_segment']),
        segment: Number(row['segment']),
        offset: Number(row['offset']),
        stories: Number(row['stories']),
        head: placeIn(row, 'head'),
      }
}

export function saveTrail(database: Database, path: string, known: Omit<KnownTrail, 'id'>): void {
  const { firstSegment, head, offset, segment, stories } = known
  database
    .prepare(
      `insert into trail (path, first_segment, segment, offset, stories, head_segment, head_offset, head_bytes, head_hash)
       values (?, ?, ?, ?, ?, ?, ?, ?, unhex(?))
       on conflict (path) do update set first_segment = excluded.first_segment, segment = excluded.segment,
         offset = excluded.offset, stories = excluded.stories, head_segment = excluded.head_segment,
         head_offset = excluded.head_offset, head_bytes = excluded.head_bytes, head_hash = excluded.head_hash`,
    )
    .run(path, firstSegment, segment, offset, stories, head.segment, head.offset, head.bytes, head.hash)
}

export function forgetTrail(database: Database, { id }: KnownTrail): void {
  for (const table of ['story', 'open_intent', 'span', 'term'])
    database.prepare(`delete from ${table} where trail = ?`).run(id)
}

export function isSameState(a: KnownTrail | undefined, b: KnownTrail | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.id === b.id && a.segment === b.segment && a.offset === b.offset && a.head.hash === b.head.hash
}

/** Intents without an outcome so far, in order. */
export function openIntents(database: Database, { id }: KnownTrail): readonly MarkedPlace[] {
  return rows(
    database,
    `select first_segment, first_offset, first_bytes, lower(hex(first_hash)) as first_hash
     from open_intent where trail = ? order by n`,
    id,
  ).map(row => placeIn(row, 'first'))
}

export function placeIn(row: Row, name: 'first' | 'last' | 'head'): MarkedPlace {
  return {
    segment: Number(row[`${name}_segment`]),
    offset: Number(row[`${name}_offset`]),
    bytes: Number(row[`${name}_bytes`]),
    hash: String(row[`${name}_hash`]),
  }
}

export function rows(database: Database, sql: string, ...values: readonly unknown[]): readonly Row[] {
  return database.prepare(sql).all(...values) as Row[]
}
