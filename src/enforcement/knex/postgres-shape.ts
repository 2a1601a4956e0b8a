import type { EngineError } from '../../model/executor.js'
import type { Field } from '../../model/result.js'
import type { Binding } from '../../model/submission.js'
import type { PgConnection, PgField } from './postgres-query.js'

export function pg(raw: object): PgConnection {
  return raw as PgConnection
}

/** The values as node-postgres takes them. */
export function pgValues(bindings: readonly Binding[]): readonly unknown[] {
  return bindings.map(value => (value === undefined ? null : value))
}

/**
 * PostgreSQL refuses writes in a read-only transaction: the server's own word beside the analysis. Inside
 * the caller's own, a savepoint takes the setting back afterwards; a read loses nothing by being rolled back.
 *
 * For every read, although analysis has proved it one: sent in the statement's own network write, the
 * bracket costs the server about 5 µs, and a governed select by key took as long without it (measured in
 * alternating rounds). So there is nothing to win by a session that is read-only by default, which would
 * lean on nobody setting it back.
 */
export function readOnlyBracket(inTransaction: boolean): {
  before: readonly string[]
  after: readonly string[]
} {
  return inTransaction
    ? {
        before: ['SAVEPOINT cardea_read', 'SET TRANSACTION READ ONLY'],
        after: ['ROLLBACK TO SAVEPOINT cardea_read', 'RELEASE SAVEPOINT cardea_read'],
      }
    : { before: ['BEGIN READ ONLY'], after: ['COMMIT'] }
}

export function pgFieldOut(field: PgField): Field {
  const origin =
    field.tableID === 0 ? {} : { origin: { tableId: field.tableID, columnNumber: field.columnID } }
  return { name: field.name, type: field.dataTypeID, ...origin }
}

export function pgFieldIn(field: Field, sent: PgField | undefined): PgField {
  const same = sent !== undefined && sent.dataTypeID === field.type
  return {
    name: field.name,
    tableID: field.origin?.tableId ?? 0,
    columnID: field.origin?.columnNumber ?? 0,
    dataTypeID: typeof field.type === 'number' ? field.type : 25,
    dataTypeSize: same ? sent.dataTypeSize : -1,
    dataTypeModifier: same ? sent.dataTypeModifier : -1,
    format: 'text',
  }
}

const named = [
  'severity',
  'detail',
  'hint',
  'where',
  'schema',
  'table',
  'column',
  'dataType',
  'constraint',
  'position',
] as const

export function pgEngineError(error: unknown): EngineError | undefined {
  if (!(error instanceof Error)) return undefined
  const code: unknown = Reflect.get(error, 'code')
  const severity: unknown = Reflect.get(error, 'severity')
  if (typeof code !== 'string' || typeof severity !== 'string') return undefined
  const fields: Partial<Record<(typeof named)[number], string>> = {}
  for (const name of named) {
    const value: unknown = Reflect.get(error, name)
    if (typeof value === 'string') fields[name] = value
  }
  return { failed: true, message: error.message, code, ...fields }
}
