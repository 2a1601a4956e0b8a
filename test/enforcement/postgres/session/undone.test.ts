/** Writes of a transaction that no statement ends: what takes them back is on record. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { allowAllPolicy } from '../../../../src/testing/index.js'
import { openRelay, type Relay } from '../../../gateway/hostile/relay.js'
import { describePostgres } from '../../../support/databases.js'
import { openWire, type Wire } from '../kit.js'
import {
  bind,
  errorOf,
  execute,
  FLUSH,
  parse,
  query,
  type RawClient,
  rawClient,
  SYNC,
} from '../raw-client.js'

const TABLES = `
create table jobs (id int primary key, state text, place int unique deferrable initially deferred);
insert into jobs select n, 'open', n from generate_series(1, 20) n;
`

const set = (id: number, state = 'done'): string => `update jobs set state = '${state}' where id = ${id}`
const run = (text: string): Buffer => Buffer.concat([parse('', text), bind('', ''), execute('')])

interface Line {
  readonly event: string
  readonly phase: string
  readonly body?: { readonly statement: string; readonly decision: { readonly id: string } }
  readonly detail?: {
    readonly decisions: readonly string[]
    readonly statements: number
    readonly end: string
    readonly sqlstate?: string
  }
}

describePostgres('writes that are taken back', () => {
  let wire: Wire
  let relay: Relay
  let client: RawClient
  beforeAll(async () => {
    wire = await openWire({
      tables: TABLES,
      also: { policy: allowAllPolicy() },
      through: async database => {
        relay = await openRelay(database)
        return relay
      },
    })
  })
  beforeEach(async () => {
    await wire.sql(`update jobs set state = 'open', place = id`)
    client = await rawClient(wire.port)
    // What a connection learns first comes in exchanges of its own.
    await client.exchange(query(set(20)))
  })
  afterEach(async () => {
    client.socket.destroy()
    await over()
  })
  afterAll(async () => {
    await wire.close()
    await relay.down()
  })

  const lines = () => wire.records<Line>()
  const undone = (): readonly (Line['detail'] & object)[] =>
    lines().flatMap(({ event, detail }) =>
      event === 'transaction.undone' && detail !== undefined ? [detail] : [],
    )
  /** The latest of each: texts are repeated by the tests. */
  const decisionOf = (text: string): string | undefined =>
    lines().findLast(({ phase, body }) => phase === 'intent' && body?.statement === text)?.body?.decision.id
  const done = async (): Promise<unknown> =>
    (await wire.sql(`select id from jobs where state = 'done' and id < 20 order by id`)).map(({ id }) => id)
  /** Runs it, and gives what has come on record by it. */
  const recorded = async (steps: () => Promise<unknown>) => {
    const before = undone().length
    await steps()
    return undone().slice(before)
  }
  const over = async (): Promise<void> => {
    while (wire.sessions.size > 0) await pause(10)
  }

  test.each([
    ['of a pipeline', (...texts: string[]) => Buffer.concat([...texts.map(run), SYNC])],
    ['of one text', (...texts: string[]) => query(texts.join('; '))],
  ])('%s, by a later statement that fails: rolled back, each of them', async (_, sent) => {
    const found = await recorded(async () => {
      client.send(sent(set(1), 'select id from jobs where id = 5', set(2), 'select 1/0', set(3)))
      expect(errorOf(await client.ready())).toMatchObject({ C: '22012' })
    })
    expect(found).toEqual([
      {
        session: 's1',
        decisions: [decisionOf(set(1)), decisionOf(set(2))],
        statements: 2,
        end: 'rolled back',
        sqlstate: '22012',
      },
    ])
    expect(await done()).toEqual([])
  })

  test('by the commit itself: rolled back', async () => {
    const move = 'update jobs set place = 2 where id = 1'
    const found = await recorded(async () => {
      client.send(run(set(4)), run(move), run('select id from jobs where id = 6'), SYNC)
      expect(errorOf(await client.ready())).toMatchObject({ C: '23505' })
    })
    expect(found).toEqual([expect.objectContaining({ statements: 2, end: 'rolled back', sqlstate: '23505' })])
    expect(await done()).toEqual([])
  })

  test('by a refusal of Cardea: rolled back', async () => {
    const found = await recorded(async () => {
      await client.exchange(run(set(5)), run('select * from pg_read_file($$x$$)'), run(set(6)), SYNC)
    })
    expect(found).toEqual([expect.objectContaining({ statements: 1, end: 'rolled back' })])
  })

  test('by a client that leaves before its Sync: rolled back', async () => {
    const found = await recorded(async () => {
      client.send(run(set(7)), FLUSH)
      await new Promise(go => client.socket.once('data', go))
      client.socket.destroy()
      await over()
    })
    expect(found).toEqual([expect.objectContaining({ decisions: [decisionOf(set(7))], end: 'rolled back' })])
    expect(await done()).toEqual([])
  })

  test('whose commit is not answered: nobody knows, and the client is told so', async () => {
    const found = await recorded(async () => {
      relay.cutAt('Z\0\0\0\x05I')
      client.send(run(set(8)), run('select id from jobs where id = 8'), SYNC)
      await client.ended
      expect(errorOf(await client.ready())).toMatchObject({ S: 'FATAL', C: '08007' })
      await over()
    })
    expect(found).toEqual([expect.objectContaining({ statements: 1, end: 'unknown' })])
    expect(await done()).toEqual([8])
  })

  test('what may have been committed by itself is not said to be rolled back', async () => {
    const found = await recorded(async () => {
      client.send(run(set(9)), run('comment on table jobs is null'), run('select 1/0'), SYNC)
      expect(errorOf(await client.ready())).toMatchObject({ C: '22012' })
    })
    expect(found).toEqual([expect.objectContaining({ statements: 2, end: 'unknown' })])
  })

  test('many are counted, the first are named', async () => {
    const found = await recorded(async () => {
      const texts = Array.from({ length: 300 }, (_, at) => run(set(21 + at)))
      await client.exchange(...texts, run('select 1/0'), SYNC)
    })
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ statements: 300, end: 'rolled back' })
    expect(found[0]?.decisions).toHaveLength(256)
    expect(found[0]?.decisions[0]).toBe(decisionOf(set(21)))
  })

  test.each([
    ['they stay', [set(10), set(11)], [10, 11]],
    ['the client commits them before the failure', ['begin', set(12), 'commit', 'select 1/0'], [12]],
    ['the client commits what came before its BEGIN', [set(13), 'begin', 'commit', 'select 1/0'], [13]],
    ['the client takes them back itself', ['begin', set(14), 'rollback', 'select 1/0'], []],
    ['nothing was written', ['select id from jobs', 'select 1/0'], []],
  ])('nothing is said where %s', async (_, texts, ids) => {
    const found = await recorded(async () => {
      await client.exchange(...texts.map(run), SYNC)
    })
    expect(found).toEqual([])
    expect(await done()).toEqual(ids)
  })

  test('what a transaction of before has written is not said to be undone', async () => {
    const found = await recorded(async () => {
      client.send(run(set(15)), run(set(16)), SYNC, run('select 1/0'), SYNC)
      await client.ready(2)
    })
    expect(found).toEqual([])
    expect(await done()).toEqual([15, 16])
  })
})
