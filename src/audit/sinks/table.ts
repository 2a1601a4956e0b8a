import { hostname } from 'node:os'
import type { Knex } from 'knex'
import { ConfigurationError } from '../../errors.js'
import type { AuditRecord } from '../../model/record.js'
import { PeerAwayError, PeerRefusalError, type Transport } from '../spool/transport.js'
import { recordLine } from '../trail-line.js'
import { type RemoteSink, type RemoteSinkOptions, remoteSink } from './remote.js'
import { engineName, isDuplicate, isUnfit } from './table-errors.js'
import { TABLE } from './table-migrations.js'

export interface TableSinkOptions extends RemoteSinkOptions {
  /** On PostgreSQL, MySQL, MariaDB or SQLite, not a governed one; the caller destroys it after the sink has closed. */
  readonly knex: Knex
  /** Names this writer in every row. Default: the host name. */
  readonly origin?: string
}

const ENGINES: readonly unknown[] = ['postgresql', 'mysql', 'sqlite3']
const LIMITS = { records: 200, bytes: 1_048_576, lingerMs: 250 } as const
/**
 * Bytes of a record that MySQL and MariaDB take as they come: 16 MiB is their smaller `max_allowed_packet`, and every
 * character may need an escape. They cut the connection where there are more, which looks like a server that is away.
 */
const LONGEST_ON_MYSQL = 7 * 1_048_576
/** Milliseconds of one statement. */
const PATIENCE_MS = 8_000

/**
 * Adds records to the table `cardea_audit_records`, a batch in one statement, so that all of it is there or none. Takes
 * the right `INSERT` alone. A record that was added before its acknowledgement was lost is not added twice.
 *
 * @throws ConfigurationError for a Knex that it cannot work with.
 * @example
 * await migrateAuditTable(admin)
 * tableSink({ knex, spool: { directory: './spool/table' } })
 */
export function tableSink(options: TableSinkOptions): RemoteSink {
  const { knex, origin = hostname() } = options
  if (knex?.isTransaction === true || !ENGINES.includes(knex?.client?.dialect)) {
    throw new ConfigurationError(
      'tableSink needs a Knex of PostgreSQL, MySQL, MariaDB or SQLite, and not a transaction.',
    )
  }
  const insert = async (rows: readonly Row[]): Promise<void> => {
    await knex(TABLE).insert(rows).timeout(PATIENCE_MS)
  }
  const transport: Transport = {
    limits: LIMITS,
    send: async (records, signal) => {
      const rows = records.map(record => rowOf(record, origin))
      if (
        knex.client.dialect === 'mysql' &&
        rows.some(row => Buffer.byteLength(row.record) > LONGEST_ON_MYSQL)
      )
        throw new PeerRefusalError('A record is longer than the table of audit records takes.')
      try {
        await insert(rows).catch(async (error: unknown) => {
          if (!isDuplicate(error)) throw error
          for (const row of rows) {
            signal.throwIfAborted()
            await insert([row]).catch(ignoreDuplicate)
          }
        })
      } catch (error) {
        const name = engineName(error)
        const named = name === undefined ? '' : ` (${name})`
        if (isUnfit(error))
          throw new PeerRefusalError(`The table of audit records cannot hold a record${named}.`)
        throw new PeerAwayError(`The table of audit records did not take records${named}.`)
      }
    },
  }
  return remoteSink('table', options, transport)
}

interface Row {
  readonly record: string
  readonly [column: string]: string | null
}

function ignoreDuplicate(error: unknown): void {
  if (!isDuplicate(error)) throw error
}

function rowOf(record: AuditRecord, origin: string): Row {
  const body = 'body' in record ? record.body : undefined
  const outcome = 'outcome' in record ? record.outcome : undefined
  return {
    id: record.id,
    phase: record.phase,
    event: record.event,
    time: record.time,
    origin: column(origin, 255),
    data_source: column(body?.dataSource.id, 100),
    subject: column(body?.principal?.subject, 255),
    status: outcome?.status ?? null,
    record: recordLine(record),
  }
}

/** What any engine can hold in a column of that length; the record has it whole. */
function column(text: string | undefined, length: number): string | null {
  if (text === undefined) return null
  return Buffer.from([...text.replace(/\p{Cc}/gu, ' ')].slice(0, length).join('')).toString()
}
