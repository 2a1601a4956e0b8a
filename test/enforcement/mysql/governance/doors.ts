/** A door before each of the twins, with a tap on it, and clients of mysql2. */
import type mysql from 'mysql2/promise'
import type { CorpusStatement } from '../../../support/corpus.js'
import { agent, policyOf, spelledIn, type TwinName, tablesOf } from '../../../support/twins.js'
import { openTap, type Tap } from '../../governance/tap.js'
import { openWire, type Wire } from '../wire.js'
import { type Answer, answerOf, type Format } from './answer.js'

export interface TwinDoor {
  readonly wire: Wire
  readonly tap: Tap
  /** A statement of the corpus as this twin takes it. */
  spelled(sql: string): string
  /** Sends a statement, by itself or in a transaction that is rolled back, and says what the door has answered to it. */
  ask(sent: Sent, format: Format): Promise<Answer>
  /** Every answer so far. */
  answers(): readonly Answer[]
  close(): Promise<void>
}

export interface Sent {
  readonly text: string
  readonly values: readonly unknown[]
  /** In a transaction that is rolled back, so that the next statement finds what this one has found. */
  readonly undone: boolean
}

const approver = { subject: 'bob', issuer: agent.issuer }

/** @param decision what a person says to everything that needs one. */
export async function openTwinDoor(
  twin: TwinName,
  decision: 'approved' | 'denied' = 'approved',
): Promise<TwinDoor> {
  const wire = await openWire({
    tables: database =>
      `create database ${database}_vault; ${spelledIn('mysql', database, tablesOf('mysql', twin))}`,
    policy: policyOf('mysql'),
    also: { approval: async () => ({ decision, approver, reason: 'test' }) },
  })
  const { database } = wire.database
  const spelled = (sql: string): string => spelledIn('mysql', database, sql)
  await settle(wire)
  const tap = await openTap(wire.port)
  const clients = new Map<Format, mysql.Connection>()
  const answers: Answer[] = []
  async function clientOf(format: Format): Promise<mysql.Connection> {
    const found = clients.get(format)
    if (found !== undefined) return found
    const client = await wire.connect({ port: tap.port, connectAttributes: { cardea_session: format } })
    clients.set(format, client)
    return client
  }
  async function send(client: mysql.Connection, { text, values }: Sent, format: Format): Promise<Answer> {
    const sql = spelled(text)
    const heard = (): Answer => answerOf(tap.taken(), format, database)
    tap.taken()
    // What is wrong with it is in the answer.
    if (format === 'text') {
      await client.query(sql, [...values]).catch(() => {})
      return heard()
    }
    const statement = await client.prepare(sql).catch(() => undefined)
    if (statement === undefined) return heard()
    tap.taken()
    await statement.execute([...values]).catch(() => {})
    const answer = heard()
    // Closes it, and forgets that the driver has it.
    client.unprepare(sql)
    return answer
  }
  return {
    wire,
    tap,
    spelled,
    async ask(sent, format) {
      const client = await clientOf(format)
      if (sent.undone) await client.query('begin')
      const answer = await send(client, sent, format)
      // A session outlives whatever it is asked.
      await (sent.undone ? client.query('rollback') : client.ping()).catch(error => {
        throw new Error(`the session ended at: ${sent.text}`, { cause: error })
      })
      answers.push(answer)
      return answer
    },
    answers: () => answers,
    async close() {
      tap.close()
      await wire.sql(`drop database if exists ${database}_vault`)
      await wire.close()
    },
  }
}

/** Makes plans the same on both twins: an engine's guesses at a table's size come and go. */
async function settle({ sql, database: { database } }: Wire): Promise<void> {
  const tables = await sql(`select concat('\`', table_schema, '\`.\`', table_name, '\`') as name
    from information_schema.tables
    where table_schema in ('${database}', '${database}_vault') and table_type = 'BASE TABLE'`)
  await sql(`analyze table ${tables.map(({ name }) => name).join(', ')}`)
}

/** A statement as the protocol takes it: values only where it has some. */
export function sentOf({ sql, bindings = [] }: CorpusStatement): Pick<Sent, 'text' | 'values'> {
  return { text: sql, values: bindings }
}
