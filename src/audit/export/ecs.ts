/**
 * Elastic Common Schema 8.17, as JSON lines. What the schema has no field for stands below `cardea`. ECS means the
 * shipper of logs by `agent`, so the agent that asked is `cardea.agent`.
 */
import type { LifecycleEvent } from '../../model/record.js'
import type { Found } from '../search.js'
import { endpointOf } from './endpoint.js'
import type { ExportFormat } from './export-format.js'
import { jsonLine } from './jsonl.js'
import { personIn, textIn } from './said.js'
import { type Weight, weightOf } from './weight.js'

const ECS = '8.17.0'
const SEVERITY: Readonly<Record<Weight, number>> = { info: 1, low: 3, medium: 6, high: 9 }
const WRITES: ReadonlySet<string> = new Set([
  'insert',
  'update',
  'delete',
  'merge',
  'import',
  'ddl',
  'privilege',
])

interface Sort {
  readonly category: string
  readonly type: string
  readonly outcome?: 'success' | 'failure' | 'unknown'
}

/** By what an event is about: its name up to the dot, or the whole where that differs. */
const SORTS: Readonly<Record<string, Sort>> = {
  'trail.open': { category: 'process', type: 'start' },
  'trail.close': { category: 'process', type: 'end' },
  trail: { category: 'process', type: 'info' },
  transaction: { category: 'database', type: 'change' },
  policy: { category: 'configuration', type: 'change' },
  config: { category: 'configuration', type: 'change' },
  session: { category: 'session', type: 'end' },
  agent: { category: 'iam', type: 'change' },
  approval: { category: 'iam', type: 'info' },
  'identity.refuse': { category: 'authentication', type: 'start', outcome: 'failure' },
  'identity.mint': { category: 'iam', type: 'creation' },
  'identity.revoke': { category: 'iam', type: 'deletion' },
  control: { category: 'configuration', type: 'info', outcome: 'failure' },
  audit: { category: 'database', type: 'access' },
  catalog: { category: 'database', type: 'access' },
  statement: { category: 'database', type: 'access' },
}

/** @param version of Cardea. */
export function ecs(version: string): ExportFormat {
  const observer = { vendor: 'Cardea', product: 'Cardea', type: 'gateway', version }
  return Object.freeze<ExportFormat>({
    head: '',
    lines({ found, trail }) {
      const special = found.kind === 'event' ? eventFields(found) : statementFields(found)
      const { cardea, event, time, ...rest } = special
      return jsonLine({
        '@timestamp': time,
        ecs: { version: ECS },
        observer,
        event: {
          kind: 'event',
          module: 'cardea',
          dataset: 'cardea.audit',
          sequence: found.seq,
          severity: SEVERITY[weightOf(found)],
          ...event,
        },
        ...rest,
        cardea: trail === '' ? cardea : { trail, ...cardea },
      })
    },
  })
}

interface Fields {
  readonly time: string
  readonly event: object
  readonly cardea: object
  readonly [field: string]: unknown
}

function statementFields({ endedAt, id, outcome, statement, time }: Found & { kind: 'statement' }): Fields {
  const { agent, analysis, approval, dataSource, decision, principal, ...said } = statement
  const { error, ...end } = outcome ?? {}
  const from = endpointOf(statement.origination)
  const people = [principal?.subject, ...(approval?.approvers ?? []).map(({ subject }) => subject)]
  return {
    time,
    event: {
      id,
      action: analysis?.kind ?? 'unknown',
      category: ['database'],
      type: [WRITES.has(analysis?.kind ?? '') ? 'change' : 'access'],
      outcome: outcomeOf(outcome?.status),
      start: time,
      ...(endedAt === undefined ? {} : { end: endedAt }),
      ...(outcome === undefined ? {} : { duration: Math.round(outcome.durationMs * 1_000_000) }),
      reason: decision.reason,
    },
    message: statement.statement,
    source: {
      address: from.text,
      ...(from.ip === undefined ? {} : { ip: from.ip }),
      ...(from.port === undefined ? {} : { port: from.port }),
    },
    destination: { address: dataSource.id },
    rule: { id: decision.rule, ruleset: decision.policyHash },
    ...(principal === null
      ? {}
      : {
          user: {
            name: principal.subject,
            domain: principal.issuer,
            ...(principal.name === undefined ? {} : { full_name: principal.name }),
            ...(principal.roles === undefined ? {} : { roles: principal.roles }),
          },
        }),
    related: {
      user: [...new Set(people.filter(name => name !== undefined))],
      ...(from.ip === undefined ? {} : { ip: [from.ip] }),
    },
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
    cardea: {
      ...said,
      agent,
      analysis,
      approval,
      data_source: dataSource,
      decision: { id: decision.id, effect: decision.effect },
      principal,
      ...(outcome === undefined ? {} : { outcome: end }),
    },
  }
}

function eventFields({ record }: Found & { kind: 'event' }): Fields {
  const { detail, event, id, time } = record
  const { category, type, outcome = 'success' } = sortOf(event)
  const who = personIn(detail, 'by', 'principal', 'approver')
  const session = textIn(detail, 'session')
  return {
    time,
    event: { id, action: event, category: [category], type: [type], outcome },
    message: event,
    ...(who === undefined
      ? {}
      : { user: { name: who.subject, domain: who.issuer }, related: { user: [who.subject] } }),
    cardea: { detail: JSON.stringify(detail), ...(session === undefined ? {} : { session }) },
  }
}

function sortOf(event: LifecycleEvent): Sort {
  const [about = ''] = event.split('.')
  return SORTS[event] ?? SORTS[about] ?? { category: 'process', type: 'info' }
}

function outcomeOf(status: string | undefined): 'success' | 'failure' | 'unknown' {
  if (status === undefined || status === 'unknown') return 'unknown'
  return status === 'released' ? 'success' : 'failure'
}
