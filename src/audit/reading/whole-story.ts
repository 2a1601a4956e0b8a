/** Everything that trails know about one statement: what is asked when somebody asks about it. */
import { idsOf, type SearchFilter } from './filter.js'
import { type Found, timeOf } from './stories.js'

/** What was found, and in which of several trails: the name of its writer, or empty. */
export interface InTrail {
  readonly trail: string
  readonly found: Found
}

export type SearchTrails = (
  filter: SearchFilter,
  options?: { readonly limit?: number; readonly reverse?: boolean },
) => AsyncIterable<InTrail>

export interface WholeStory {
  /** Those that the id names, by itself, its decision, its approval or its grant; several for a window. */
  readonly statements: readonly InTrail[]
  /** There are more statements or events than are given. */
  readonly more: boolean
  /** What happened to them or to their approval, by time: asked, answered, granted, used, undone. */
  readonly events: readonly InTrail[]
  /** Of the same session and principal, where the id names one statement: the last that began before it. */
  readonly before: readonly InTrail[]
  readonly after: readonly InTrail[]
}

const MOST = 1_000
const NEIGHBOURS = 3

/** @param id of a record, a decision, an approval request or a grant. */
export async function wholeStory(search: SearchTrails, id: string): Promise<WholeStory> {
  const named = await collect(search({ id }, { limit: MOST }))
  const statements = named.filter(({ found }) => found.kind === 'statement')
  const related = new Set(named.flatMap(({ found }) => [...relatedIds(found)]).concat(id))
  const about = (await collect(search({ id: [...related] }, { limit: MOST }))).filter(
    ({ found }) => found.kind === 'event' && isAbout(found, related, statements.length > 0),
  )
  const [only, ...others] = statements
  const alone = only !== undefined && others.length === 0
  return {
    statements,
    more: named.length === MOST || about.length === MOST,
    events: about.sort((a, b) => (timeOf(a.found) < timeOf(b.found) ? -1 : 1)),
    before: alone ? await neighbours(search, only, 'before') : [],
    after: alone ? await neighbours(search, only, 'after') : [],
  }
}

/** Ids of what belongs to a story: of an event only those of an approval, because it may name many statements. */
function relatedIds(found: Found): readonly string[] {
  if (found.kind === 'statement') return idsOf(found)
  const { decision, grant, request } = found.record.detail
  return [decision, grant, request].filter(id => typeof id === 'string')
}

/** A window or an emergency is used by many: the uses of others are no part of a statement's story. */
function isAbout(
  { record }: Found & { kind: 'event' },
  related: ReadonlySet<string>,
  known: boolean,
): boolean {
  if (record.event !== 'approval.consume' || !known) return true
  const { decision } = record.detail
  return typeof decision !== 'string' || related.has(decision)
}

async function neighbours(
  search: SearchTrails,
  { trail, found }: InTrail,
  side: 'before' | 'after',
): Promise<readonly InTrail[]> {
  if (found.kind !== 'statement') return []
  const { principal, session } = found.statement
  const at = Date.parse(found.time)
  const filter: SearchFilter = {
    session,
    ...(principal === null ? {} : { principal: principal.subject }),
    ...(side === 'before' ? { to: at + 1 } : { from: at }),
  }
  const all: InTrail[] = []
  for await (const one of search(filter, { reverse: side === 'before' })) {
    if (one.found.kind !== 'statement' || !isBeside(one, { trail, found }, side)) continue
    all.push(one)
    if (all.length === NEIGHBOURS) break
  }
  return side === 'before' ? all.reverse() : all
}

/** Of one writer by number; of several by time, where neither came first if it is the same. */
function isBeside(one: InTrail, { trail, found }: InTrail, side: 'before' | 'after'): boolean {
  const [a, b] = [one.found, found]
  if (a.kind !== 'statement' || b.kind !== 'statement') return false
  if (one.trail === trail) return side === 'before' ? a.seq < b.seq : a.seq > b.seq
  return side === 'before' ? a.time < b.time : a.time > b.time
}

async function collect<T>(from: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of from) all.push(one)
  return all
}
