import { SurfaceRefusedError } from '../../errors.js'
import type { EngineError } from '../../model/executor.js'
import { type Field, plainRows, type ResultSet, type Row } from '../../model/result.js'
import type { MysqlConnection, MysqlField, MysqlHeader, MysqlStatement } from './mysql-query.js'
import type { DriverOptions } from './snapshot.js'

export function mysql(raw: object): MysqlConnection {
  return raw as MysqlConnection
}

/** The options that a question is asked with. */
export function mysqlOptions({ arrays, exact }: DriverOptions): Pick<MysqlStatement, 'arrays' | 'exact'> {
  return { arrays, ...(exact === undefined ? {} : { exact }) }
}

/**
 * MySQL refuses writes in a read-only transaction. One that the caller has open cannot be changed, so
 * whatever the statement wrote is taken back to a savepoint.
 */
export function readOnlyBracket(inTransaction: boolean): { readonly before: string; readonly after: string } {
  return inTransaction
    ? { before: 'SAVEPOINT cardea_read', after: 'ROLLBACK TO SAVEPOINT cardea_read' }
    : { before: 'START TRANSACTION READ ONLY', after: 'ROLLBACK' }
}

export function rowsIn(released: ResultSet, sent: readonly MysqlField[]): [Row[], object[]] {
  return [plainRows(released.rows), released.fields.map((field, at) => mysqlFieldIn(field, sent[at]))]
}

/** Without what tells changed rows from those that held the new values before: it would confirm a guess. */
export function headerIn(header: MysqlHeader | undefined, released: ResultSet): object {
  return {
    fieldCount: 0,
    affectedRows: released.affected ?? 0,
    insertId: released.generatedKey ?? 0,
    info: '',
    serverStatus: header?.serverStatus ?? 0,
    warningStatus: 0,
    changedRows: released.affected ?? 0,
  }
}

export function mysqlFieldOut(field: MysqlField): Field {
  const { orgTable, orgName, schema } = field
  const origin = orgTable && orgName ? { origin: { schema, relation: orgTable, column: orgName } } : {}
  return { name: field.name, type: field.columnType, ...origin }
}

function mysqlFieldIn(field: Field, sent: MysqlField | undefined): object {
  return {
    catalog: 'def',
    schema: field.origin?.schema ?? '',
    table: field.origin?.relation ?? '',
    orgTable: field.origin?.relation ?? '',
    name: field.name,
    orgName: field.origin?.column ?? '',
    characterSet: sent?.characterSet,
    columnLength: sent?.columnLength,
    columnType: field.type,
    type: field.type,
    flags: sent?.flags,
    decimals: sent?.decimals,
  }
}

export function mysqlEngineError(error: unknown): EngineError | undefined {
  const sqlState = text(error, 'sqlState')
  if (!(error instanceof Error) || sqlState === undefined || error instanceof SurfaceRefusedError)
    return undefined
  const errno: unknown = Reflect.get(error, 'errno')
  return {
    failed: true,
    message: error.message,
    code: sqlState,
    ...(typeof errno === 'number' ? { errno } : {}),
  }
}

export function text(error: unknown, name: string): string | undefined {
  const value: unknown = error instanceof Error ? Reflect.get(error, name) : undefined
  return typeof value === 'string' ? value : undefined
}
