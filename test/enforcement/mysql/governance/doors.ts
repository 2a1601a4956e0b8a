/** A door before each of the twins, with a tap on it, and clients of mysql2. */
import type mysql from 'mysql2/promise'
import { policyOf, spelledIn, type TwinName, tablesOf } from '../../../support/twins.js'
import { openTap } from '../../governance/tap.js'
import { clientsBy, type Format, type Sent, saying, type TwinDoor } from '../../governance/twin-door.js'
import { openWire, type Wire } from '../wire.js'
import { type Answer, answerOf } from './answer.js'
import { found, foundBeside } from './listener.js'

/** @param decision what a person says to everything that needs one. */
export async function openTwinDoor(
  twin: TwinName,
  decision: 'approved' | 'denied' = 'approved',
): Promise<TwinDoor<Answer>> {
  const wire = await openWire({
    tables: database =>
      `create database ${database}_vault; ${spelledIn('mysql', database, tablesOf('mysql', twin))}`,
    policy: policyOf('mysql'),
    also: { approval: saying(decision) },
  })
  const { database } = wire.database
  const spelled = (sql: string): string => spelledIn('mysql', database, sql)
  await settle(wire)
  const tap = await openTap(wire.port)
  const answers: Answer[] = []
  const clients = clientsBy(format =>
    wire.connect({ port: tap.port, connectAttributes: { cardea_session: format } }),
  )
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
    async rewind() {},
    async ask(sent, format) {
      const client = await clients.of(format)
      if (sent.undone) await client.query('begin')
      const answer = await send(client, sent, format)
      // A session outlives whatever it is asked.
      await (sent.undone ? client.query('rollback') : client.ping()).catch(error => {
        throw new Error(`the session ended at: ${sent.text}`, { cause: error })
      })
      answers.push(answer)
      return answer
    },
    found: () => [...found(answers), ...foundBeside(tap.heard())],
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
