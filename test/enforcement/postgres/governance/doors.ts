/** A door before each of the twins, with a tap on it, and clients of node-postgres. */
import pg from 'pg'
import { asRaw, type CorpusStatement } from '../../../support/corpus.js'
import { agent, policyOf, type TwinName, tablesOf } from '../../../support/twins.js'
import { openTap, type Tap } from '../../governance/tap.js'
import { openWire, type Wire } from '../kit.js'
import { type Answer, answerOf, type Names } from './answer.js'

export interface TwinDoor {
  readonly wire: Wire
  readonly tap: Tap
  /** Sends a statement, by itself or in a block that is rolled back, and says what the door has answered to it. */
  ask(sent: Sent, format: Format): Promise<Answer>
  /** Sequences give again the numbers that they gave at first: no rollback takes one back. */
  renumber(): Promise<void>
  close(): Promise<void>
}

export interface Sent {
  readonly text: string
  readonly values: readonly unknown[]
  /** In a block that is rolled back, so that the next statement finds what this one has found. */
  readonly undone: boolean
}

/**
 * `text`: as node-postgres asks by itself, which is by simple query where there are no values. `binary`: by
 * extended query, for results in binary.
 */
export type Format = 'text' | 'binary'

const approver = { subject: 'bob', issuer: agent.issuer }

/** @param decision what a person says to everything that needs one. */
export async function openTwinDoor(
  twin: TwinName,
  decision: 'approved' | 'denied' = 'approved',
): Promise<TwinDoor> {
  const wire = await openWire({
    tables: tablesOf('postgres', twin),
    policy: policyOf('postgres'),
    also: { approval: async () => ({ decision, approver, reason: 'test' }) },
  })
  const tap = await openTap(wire.port)
  const names = await namesOf(wire)
  const clients = new Map<Format, pg.Client>()
  const renumber = await renumbering(wire)
  async function clientOf(format: Format): Promise<pg.Client> {
    const found = clients.get(format)
    if (found !== undefined) return found
    const client = await wire.connect({ port: tap.port, options: `-c cardea.session=${format}` })
    clients.set(format, client)
    return client
  }
  return {
    wire,
    tap,
    renumber: renumber.now,
    async ask({ text, values, undone }, format) {
      const client = await clientOf(format)
      if (undone) {
        await renumber.now()
        await client.query('begin')
      }
      tap.taken()
      const binary = format === 'binary'
      const mode = binary ? { binary, queryMode: 'extended' } : {}
      // What is wrong with it is in the answer.
      await client.query({ text, values: [...values], ...mode }).catch(() => {})
      const answer = answerOf(tap.taken(), names)
      if (undone) await client.query('rollback')
      return answer
    },
    async close() {
      for (const client of clients.values()) await client.end()
      await renumber.close()
      tap.close()
      await wire.close()
    },
  }
}

async function namesOf(wire: Wire): Promise<Names> {
  const [tables, types] = await Promise.all([
    wire.sql('select oid::int8 as number, oid::regclass::text as name from pg_class where oid >= 16384'),
    wire.sql('select oid::int8 as number, oid::regtype::text as name from pg_type where oid >= 16384'),
  ])
  const map = (rows: readonly Record<string, unknown>[]) =>
    new Map(rows.map(({ number, name }) => [Number(number), String(name)]))
  return { tables: map(tables), types: map(types), database: wire.database.database }
}

async function renumbering({ database }: Wire) {
  const client = new pg.Client(database.url)
  await client.connect()
  const { rows } = await client.query<{ name: string; last: string; called: boolean }>(
    `select format('%I.%I', schemaname, sequencename) as name, coalesce(last_value, start_value) as last,
       last_value is not null as called from pg_sequences`,
  )
  const again = rows.map(({ name, last, called }) => `setval('${name}', ${last}, ${called})`)
  return {
    now: async () => void (await client.query(`select ${again.join(', ')}`)),
    close: () => client.end(),
  }
}

/** Knex counts question marks, PostgreSQL numbers. */
export function numbered(one: CorpusStatement): Pick<Sent, 'text' | 'values'> {
  const [, values] = asRaw(one, 'postgres')
  let at = 0
  const text = one.bindings === undefined ? one.sql : one.sql.replaceAll('?', () => `$${++at}`)
  return { text, values }
}
