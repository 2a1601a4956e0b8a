/** A door before each of the twins, with a tap on it, and clients of node-postgres. */
import pg from 'pg'
import { policyOf, type TwinName, tablesOf } from '../../../support/twins.js'
import { openTap } from '../../governance/tap.js'
import { clientsBy, saying, type TwinDoor } from '../../governance/twin-door.js'
import { openWire, type Wire } from '../kit.js'
import { type Answer, answerOf, type Names } from './answer.js'
import { found } from './listener.js'

/** @param decision what a person says to everything that needs one. */
export async function openTwinDoor(
  twin: TwinName,
  decision: 'approved' | 'denied' = 'approved',
): Promise<TwinDoor<Answer>> {
  const wire = await openWire({
    tables: tablesOf('postgres', twin),
    policy: policyOf('postgres'),
    also: { approval: saying(decision) },
  })
  const tap = await openTap(wire.port)
  const names = await namesOf(wire)
  const sequences = await renumbering(wire)
  const clients = clientsBy(format =>
    wire.connect({ port: tap.port, options: `-c cardea.session=${format}` }),
  )
  return {
    wire,
    tap,
    spelled: sql => sql,
    // Sequences give again the numbers that they gave at first.
    rewind: sequences.rewind,
    async ask({ text, values, undone }, format) {
      const client = await clients.of(format)
      if (undone) {
        await sequences.rewind()
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
    found: () => found(tap.heard()),
    async close() {
      for (const client of await clients.all()) await client.end()
      await sequences.close()
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
    rewind: async () => void (await client.query(`select ${again.join(', ')}`)),
    close: () => client.end(),
  }
}
