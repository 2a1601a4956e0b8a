/** A record as an OTLP LogRecord, in the JSON mapping of protocol buffers. */
import type { AuditRecord } from '../../model/record.js'
import { recordLine } from '../trail-line.js'

interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue: string } | { readonly intValue: string }
}

/** @see https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const SEVERITIES = { info: [9, 'INFO'], warn: [13, 'WARN'], error: [17, 'ERROR'] } as const

/** Names that the semantic conventions have for `Dialect`. */
const SYSTEMS: Readonly<Record<string, string>> = {
  postgres: 'postgresql',
  mysql: 'mysql',
  mariadb: 'mariadb',
  sqlite: 'sqlite',
}

/** @param observed milliseconds since the Unix epoch. */
export function logRecord(record: AuditRecord, observed: number): object {
  const [severityNumber, severityText] = SEVERITIES[severityOf(record)]
  return {
    timeUnixNano: nanoseconds(Date.parse(record.time)),
    observedTimeUnixNano: nanoseconds(observed),
    severityNumber,
    severityText,
    eventName: `cardea.${record.event}`,
    body: { stringValue: recordLine(record) },
    attributes: attributesOf(record),
  }
}

export function textAttributes(values: Readonly<Record<string, string | undefined>>): readonly Attribute[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: { stringValue: value } }],
  )
}

/**
 * What is in a record, it is masked; nothing is added from elsewhere.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/database/database-spans/ for the names that begin with `db.`
 */
function attributesOf(record: AuditRecord): readonly Attribute[] {
  const body = 'body' in record ? record.body : undefined
  const outcome = 'outcome' in record ? record.outcome : undefined
  const rows = outcome?.rows
  return [
    ...textAttributes({
      'cardea.record.id': record.id,
      'cardea.event': record.event,
      'cardea.fingerprint': body?.fingerprint,
      'cardea.phase': record.phase,
      'cardea.outcome': outcome?.status,
      'cardea.decision.effect': body?.decision.effect,
      'cardea.decision.id': body?.decision.id,
      'cardea.decision.rule': body?.decision.rule,
      'cardea.data_source': body?.dataSource.id,
      'db.system.name': body && (SYSTEMS[body.dataSource.dialect] ?? 'other_sql'),
      'db.query.text': body?.statement,
      'db.response.status_code': outcome?.error?.sqlstate,
      'deployment.environment.name': body?.dataSource.environment,
      'enduser.id': body?.principal?.subject,
      'error.type': outcome?.error?.code,
      'gen_ai.agent.id': body?.agent?.id,
      'session.id': body?.session,
    }),
    ...(rows === undefined ? [] : [{ key: 'db.response.returned_rows', value: { intValue: String(rows) } }]),
  ]
}

function severityOf(record: AuditRecord): keyof typeof SEVERITIES {
  if (record.event === 'control.fail') return 'error'
  const status = 'outcome' in record ? record.outcome?.status : undefined
  return status === 'refused' || status === 'failed' || status === 'unknown' ? 'warn' : 'info'
}

function nanoseconds(milliseconds: number): string {
  return `${BigInt(Math.trunc(milliseconds)) * 1_000_000n}`
}
