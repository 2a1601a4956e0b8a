import type { Effect } from '../model/decision.js'
import type {
  AuditRecord,
  OutcomeDetail,
  OutcomeStatus,
  RecordedPrincipal,
  StatementRecord,
} from '../model/record.js'
import type { TrailEntry } from './trail-line.js'
import { readTrail } from './trail-reader.js'

/** Every condition given must hold; texts compare without regard to case. */
export interface SearchFilter {
  /** The subject of the principal, or of someone on whose behalf it acts. */
  readonly principal?: string
  /** The agent's id. */
  readonly agent?: string
  /** A relation, with its schema (`public.cards`) or without (`cards`). */
  readonly object?: string
  readonly label?: string
  readonly decision?: Effect
  readonly status?: OutcomeStatus
  readonly rule?: string
  /** Milliseconds since the Unix epoch; the intent's time counts, inclusive. */
  readonly from?: number
  /** Exclusive. */
  readonly to?: number
  /** Anywhere in any text of the records: statement, ids, reasons, errors. */
  readonly text?: string
}

/** A statement with both its records put together, or something that happened around statements. */
export type Found =
  | {
      readonly kind: 'statement'
      readonly id: string
      readonly time: string
      /** Number of the record that opens the story: the intent, or the whole record of what never ran. */
      readonly seq: number
      readonly statement: StatementRecord
      /** Absent while the statement runs, or when its writer died and has not come back. */
      readonly outcome?: OutcomeDetail
      /** When the outcome was recorded. */
      readonly endedAt?: string
    }
  | {
      readonly kind: 'event'
      readonly seq: number
      readonly record: Extract<AuditRecord, { phase: 'single' }>
    }

/**
 * What matches, in the order in which it ended. Holds only the statements that are open at one time.
 *
 * @throws CardeaError CARDEA_TRAIL_DAMAGED at a line that is no record.
 * @example
 * for await (const found of search('./audit', { label: 'pan', decision: 'deny' })) print(found)
 */
export async function* search(directory: string, filter: SearchFilter = {}): AsyncGenerator<Found> {
  const open = new Map<string, TrailEntry & { phase: 'intent' }>()
  for await (const entry of readTrail(directory)) {
    if (entry.phase === 'intent') {
      open.set(entry.id, entry)
      continue
    }
    const found = join(entry, open)
    if (found !== null && matches(found, filter)) yield found
  }
  for (const intent of open.values()) {
    const found = began(intent)
    if (matches(found, filter)) yield found
  }
}

function join(
  entry: Exclude<TrailEntry, { phase: 'intent' }>,
  open: Map<string, TrailEntry & { phase: 'intent' }>,
): Found | null {
  if (entry.phase === 'single') return { kind: 'event', seq: entry.seq, record: entry }
  const ended = { outcome: entry.outcome, endedAt: entry.time }
  const intent = open.get(entry.id)
  if (intent !== undefined) {
    open.delete(entry.id)
    return { ...began(intent), ...ended }
  }
  if (entry.body === undefined) return null
  return {
    kind: 'statement',
    id: entry.id,
    time: entry.time,
    seq: entry.seq,
    statement: entry.body,
    ...ended,
  }
}

function began(intent: TrailEntry & { phase: 'intent' }): Extract<Found, { kind: 'statement' }> {
  return { kind: 'statement', id: intent.id, time: intent.time, seq: intent.seq, statement: intent.body }
}

function matches(found: Found, filter: SearchFilter): boolean {
  const time = Date.parse(found.kind === 'event' ? found.record.time : found.time)
  if (filter.from !== undefined && time < filter.from) return false
  if (filter.to !== undefined && time >= filter.to) return false
  if (filter.text !== undefined && !holdsText(found, filter.text.toLowerCase())) return false
  return found.kind === 'event' ? !asksForStatement(filter) : matchesStatement(found, filter)
}

function asksForStatement(filter: SearchFilter): boolean {
  const { agent, decision, label, object, principal, rule, status } = filter
  return [agent, decision, label, object, principal, rule, status].some(condition => condition !== undefined)
}

function matchesStatement(found: Extract<Found, { kind: 'statement' }>, filter: SearchFilter): boolean {
  const { statement, outcome } = found
  return (
    agrees(filter.principal, wanted => namesPrincipal(statement.principal, wanted)) &&
    agrees(filter.agent, wanted => same(statement.agent?.id, wanted)) &&
    agrees(filter.object, wanted => statement.objects.some(({ name }) => isObject(name, wanted))) &&
    agrees(filter.label, wanted => statement.labels.some(label => same(label, wanted))) &&
    agrees(filter.decision, wanted => statement.decision.effect === wanted) &&
    agrees(filter.status, wanted => outcome?.status === wanted) &&
    agrees(filter.rule, wanted => same(statement.decision.rule, wanted))
  )
}

function agrees<Wanted>(wanted: Wanted | undefined, test: (wanted: Wanted) => boolean): boolean {
  return wanted === undefined || test(wanted)
}

function same(value: string | undefined, wanted: string): boolean {
  return value?.toLowerCase() === wanted.toLowerCase()
}

function namesPrincipal(principal: RecordedPrincipal | null | undefined, wanted: string): boolean {
  if (principal === null || principal === undefined) return false
  return same(principal.subject, wanted) || namesPrincipal(principal.onBehalfOf, wanted)
}

function isObject(name: string, wanted: string): boolean {
  return same(name, wanted) || same(name.slice(name.indexOf('.') + 1), wanted)
}

function holdsText(value: unknown, wanted: string): boolean {
  if (typeof value === 'string') return value.toLowerCase().includes(wanted)
  if (typeof value === 'number') return String(value) === wanted
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some(member => holdsText(member, wanted))
}
