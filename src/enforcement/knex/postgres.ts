import { CardeaError } from '../../errors.js'
import { plainRows, type ResultSet } from '../../model/result.js'
import type { Driver, Ran, Work } from './driver.js'
import { pgMeter } from './postgres-meter.js'
import {
  type PgAnswer,
  type PgAsk,
  type PgConnection,
  type PgResult,
  type PgStatement,
  pgAsk,
} from './postgres-query.js'
import { pg, pgEngineError, pgFieldIn, pgFieldOut, pgValues, readOnlyBracket } from './postgres-shape.js'
import { postgresStream } from './postgres-stream.js'
import { stoppable } from './stoppable.js'

const writes = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'COPY'])

/** node-postgres: every statement over the extended protocol, so the server itself refuses two at once. */
export function postgresDriver(): Driver {
  const ask = pgAsk()
  const meter = pgMeter()
  const pinned = new WeakMap<object, Map<string, string>>()
  return Object.freeze({
    dialect: 'postgres',
    rules: { bindings: { arrays: true, json: true, nonFinite: true }, options: ['rowMode'] },
    streamOptions: ['batchSize', 'highWaterMark', 'objectMode'],
    pin: raw => pin(ask, pg(raw), pinned),
    isPinned: raw => isLexedAsAnalyzed(pinned.get(raw)),
    isShareable: () => false,
    inTransaction: raw => {
      const status = pg(raw).getTransactionStatus?.()
      return status === undefined || status === null ? undefined : status !== 'I'
    },
    control: async (raw, text) => {
      await ask(pg(raw), { text, values: [], arrays: false })
    },
    run: work => {
      meter.restart(pg(work.raw))
      return run(ask, work)
    },
    stream: (work, options) => postgresStream(ask, meter, work, options),
    engineError: pgEngineError,
    errorCode: () => undefined,
  } satisfies Driver)
}

/** The server reports these settings whenever they change, so a change cannot go unseen. */
const lexing = [
  ['standard_conforming_strings', 'on'],
  ['client_encoding', 'UTF8'],
] as const

function isLexedAsAnalyzed(reported: ReadonlyMap<string, string> | undefined): boolean {
  if (reported === undefined) return false
  for (const [name, value] of lexing) if (reported.get(name) !== value) return false
  return true
}

async function pin(
  ask: PgAsk,
  connection: PgConnection,
  pinned: WeakMap<object, Map<string, string>>,
): Promise<void> {
  const reported = pinned.get(connection) ?? new Map<string, string>()
  if (!pinned.has(connection)) {
    pinned.set(connection, reported)
    connection.connection.on(
      'parameterStatus',
      (message: { parameterName: string; parameterValue: string }) => {
        reported.set(message.parameterName, message.parameterValue)
      },
    )
  }
  const { result } = await ask(connection, {
    text: "select set_config('standard_conforming_strings', 'on', false), set_config('client_encoding', 'UTF8', false)",
    values: [],
    arrays: true,
  })
  const row = result.rows[0]
  if (!Array.isArray(row))
    throw new CardeaError('CARDEA_CONNECTION_FAILED', 'The session settings could not be pinned.')
  reported.set('standard_conforming_strings', String(row[0]))
  reported.set('client_encoding', String(row[1]))
}

async function run(ask: PgAsk, work: Work): Promise<Ran> {
  const { limits, statement, inTransaction } = work
  const connection = pg(work.raw)
  const bracket = limits.readOnly ? readOnlyBracket(inTransaction) : undefined
  const question: PgStatement = {
    text: statement.sql,
    values: pgValues(statement.bindings),
    arrays: statement.options.arrays,
    ...(limits.maxRows === undefined ? {} : { rows: limits.maxRows + 1 }),
    ...(bracket === undefined ? {} : { bracket }),
  }
  const answer = await stoppable(work, limits.signal, async () => {
    try {
      return await ask(connection, question)
    } catch (error) {
      if (bracket !== undefined && !inTransaction)
        await ask(connection, { text: 'ROLLBACK', values: [], arrays: false })
      throw error
    }
  })
  return ran(answer, limits.maxRows)
}

function ran({ result, suspended }: PgAnswer, maxRows: number | undefined): Ran {
  const rows = maxRows === undefined ? result.rows : result.rows.slice(0, maxRows)
  const affected = result.command !== null && writes.has(result.command) ? result.rowCount : null
  return {
    result: {
      fields: result.fields.map(pgFieldOut),
      rows,
      truncated: suspended || rows.length < result.rows.length,
      ...(affected === null ? {} : { affected }),
    },
    respond: released => ({ response: response(result, released) }),
  }
}

/** None for a command whose tag counts nothing, as EXPLAIN's. */
function rowCount(result: PgResult, released: ResultSet): number | null {
  return result.rowCount === null || result.fields.length === 0 ? result.rowCount : released.rows.length
}

function response(result: PgResult, released: ResultSet): object {
  return {
    command: result.command,
    rowCount: released.affected ?? rowCount(result, released),
    oid: result.oid,
    rows: released.rows,
    fields: released.fields.map((field, at) => pgFieldIn(field, result.fields[at])),
    rowAsArray: plainRows(released.rows).some(Array.isArray),
  }
}
