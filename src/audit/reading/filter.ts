/** What a reader of a trail asks for, and whether a story meets it. */
import type { Effect } from '../../model/decision.js'
import type { OutcomeStatus, RecordedPrincipal } from '../../model/record.js'
import type { Found } from './stories.js'

/** Every condition given must hold; texts compare without regard to case. */
export interface SearchFilter {
  /** The subject of the principal, or of someone on whose behalf it acts. */
  readonly principal?: string
  /** The agent's id. */
  readonly agent?: string
  /** Of a statement, or of what happened to a session. */
  readonly session?: string
  /** The id of the data source. */
  readonly dataSource?: string
  /** A relation, with its schema (`public.cards`) or without (`cards`). */
  readonly object?: string
  readonly label?: string
  readonly decision?: Effect
  readonly status?: OutcomeStatus
  readonly rule?: string
  /** Of a record, a decision, an approval request or a grant, or an event that names one; any of them, if several. */
  readonly id?: string | readonly string[]
  /** Milliseconds since the Unix epoch; the intent's time counts, inclusive. */
  readonly from?: number
  /** Exclusive. */
  readonly to?: number
  /** Anywhere in any text of the records: statement, ids, reasons, errors. */
  readonly text?: string
}

export function matches(found: Found, filter: SearchFilter): boolean {
  const time = Date.parse(found.kind === 'event' ? found.record.time : found.time)
  if (filter.from !== undefined && time < filter.from) return false
  if (filter.to !== undefined && time >= filter.to) return false
  if (filter.id !== undefined && !isNamed(found, filter.id)) return false
  if (filter.text !== undefined && !holdsText(found, filter.text.toLowerCase())) return false
  return found.kind === 'event' ? matchesEvent(found, filter) : matchesStatement(found, filter)
}

/** By what a story can be called. */
export function idsOf(found: Found): readonly string[] {
  if (found.kind === 'event') return [found.record.id, ...mentions(found.record)]
  const { approval, decision } = found.statement
  return [found.id, decision.id, ...(approval === undefined ? [] : [approval.request, approval.grant])]
}

/** Everybody for whom the statement was asked, the caller first. */
export function subjectsOf(principal: RecordedPrincipal | null | undefined): readonly string[] {
  if (principal === null || principal === undefined) return []
  return [principal.subject, ...subjectsOf(principal.onBehalfOf)]
}

/** The session that an event is about, if it names one. */
export function sessionOf({ record }: Found & { kind: 'event' }): string | undefined {
  const { session } = record.detail
  return typeof session === 'string' ? session : undefined
}

const LONGEST_ID = 128

/** What an event around statements names. What the trail says about itself names statements by the way only. */
function mentions({ detail, event }: Extract<Found, { kind: 'event' }>['record']): readonly string[] {
  return event.startsWith('trail.') ? [] : textsIn(detail).filter(text => text.length <= LONGEST_ID)
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

function isNamed(found: Found, wanted: string | readonly string[]): boolean {
  const known = idsOf(found)
  return [wanted].flat().some(one => known.some(id => same(id, one)))
}

function matchesEvent(found: Found & { kind: 'event' }, filter: SearchFilter): boolean {
  const { agent, dataSource, decision, label, object, principal, rule, status } = filter
  const asked = [agent, dataSource, decision, label, object, principal, rule, status]
  return (
    asked.every(condition => condition === undefined) &&
    agrees(filter.session, wanted => same(sessionOf(found), wanted))
  )
}

function matchesStatement(found: Found & { kind: 'statement' }, filter: SearchFilter): boolean {
  const { statement, outcome } = found
  return (
    agrees(filter.principal, wanted =>
      subjectsOf(statement.principal).some(subject => same(subject, wanted)),
    ) &&
    agrees(filter.agent, wanted => same(statement.agent?.id, wanted)) &&
    agrees(filter.session, wanted => same(statement.session, wanted)) &&
    agrees(filter.dataSource, wanted => same(statement.dataSource.id, wanted)) &&
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

function isObject(name: string, wanted: string): boolean {
  return same(name, wanted) || same(withoutSchema(name), wanted)
}

export function withoutSchema(name: string): string {
  return name.slice(name.indexOf('.') + 1)
}

function holdsText(value: unknown, wanted: string): boolean {
  if (typeof value === 'string') return value.toLowerCase().includes(wanted)
  if (typeof value === 'number') return String(value) === wanted
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some(member => holdsText(member, wanted))
}
