/** What is lost with a connection: the client is told the same as the trail. And commits that were none. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { PolicyEngine } from '../../../../src/index.js'
import { allowAllPolicy } from '../../../../src/testing/index.js'
import { openRelay, type Relay } from '../../../gateway/hostile/relay.js'
import { describePostgres } from '../../../support/databases.js'
import { openWire, type Wire } from '../kit.js'
import { bind, errorOf, execute, parse, query, type RawClient, rawClient, SYNC } from '../raw-client.js'

const TABLES = `
create table jobs (id int primary key, state text);
insert into jobs select n, 'open' from generate_series(1, 20) n;
create procedure mark(n int) language plpgsql as $$
  begin update jobs set state = 'done' where id = n; commit; perform pg_sleep(0); end $$;
create function noted(n int) returns text language plpgsql volatile as $$
  begin return 'row ' || n || repeat('.', 1000); end $$;
`

interface Line {
  readonly event: string
  readonly phase: string
  readonly id: string
  readonly body?: { readonly statement: string; readonly decision: { readonly id: string } }
  readonly outcome?: { readonly status: string }
  readonly detail?: object
}

function doubts(name: string, policy: PolicyEngine, cases: readonly (readonly string[])[]): void {
  describePostgres(name, () => {
    let wire: Wire
    let relay: Relay
    let client: RawClient
    beforeAll(async () => {
      wire = await openWire({
        tables: TABLES,
        also: { policy },
        through: async database => {
          relay = await openRelay(database)
          return relay
        },
      })
    })
    beforeEach(async () => {
      client = await rawClient(wire.port)
      // What a connection learns first comes in exchanges of its own.
      await client.exchange(query('update jobs set id = id where id = 20'))
    })
    afterEach(async () => {
      client.socket.destroy()
      while (wire.sessions.size > 0) await pause(10)
    })
    afterAll(async () => {
      await wire.close()
      await relay.down()
    })

    const lines = () => wire.records<Line>()
    const statusOf = (text: string): string | undefined => {
      const { id } = lines().findLast(({ body }) => body?.statement === text) ?? { id: '' }
      return lines().findLast(line => line.id === id && line.outcome !== undefined)?.outcome?.status
    }

    test.each(cases)('%s: %s is lost at %j: %s, and %s on record', async (_, text, mark, code, status) => {
      if (text === undefined || mark === undefined) throw new Error('no case')
      relay.cutAt(mark)
      client.send(query(text))
      await client.ended
      expect(errorOf(await client.ready())).toMatchObject({ S: 'FATAL', C: code })
      while (wire.sessions.size > 0) await pause(10)
      expect(statusOf(text)).toBe(status)
    })

    const undone = (): unknown[] =>
      lines().flatMap(({ event, detail }) => (event === 'transaction.undone' ? [detail] : []))

    const ways = [
      ['one by one', (...texts: string[]) => texts.map(query), 4],
      ['in one text', (...texts: string[]) => [query(texts.join(';'))], 1],
      [
        'extended',
        (...texts: string[]) =>
          texts.map(text => Buffer.concat([parse('', text), bind('', ''), execute(''), SYNC])),
        4,
      ],
    ] as const

    test.each(ways.filter(([way]) => way !== 'in one text'))(
      'a COMMIT that the database carries out as ROLLBACK is on record as that (%s)',
      async (_, sent, answers) => {
        for (const end of ['commit', 'end work', 'prepare transaction $$x$$']) {
          const before = undone().length
          client.send(...sent('begin', `update jobs set state = 'no' where id = 1`, 'select 1/0', end))
          await client.ready(answers)
          const { body } = lines().findLast(line => line.body?.statement === end) ?? {}
          expect(undone().slice(before)).toEqual([
            { session: 's1', decisions: [body?.decision.id], statements: 1, end: 'rolled back' },
          ])
        }
        expect(await wire.sql(`select id from jobs where state = 'no'`)).toEqual([])
      },
    )

    test.each(ways)(
      'nothing is said of a commit or a rollback that was one (%s)',
      async (_, sent, answers) => {
        const before = undone().length
        client.send(...sent('begin', 'select 1', 'update jobs set id = id where id = 2', 'commit'))
        await client.ready(answers)
        client.send(...sent('begin', 'savepoint a', 'rollback to a', 'rollback'))
        await client.ready(answers)
        expect(undone()).toHaveLength(before)
      },
    )
  })
}

const allow = allowAllPolicy()
const counting: PolicyEngine = {
  ...allow,
  evaluate: async (...asked) => {
    const verdict = await allow.evaluate(...asked)
    return { ...verdict, obligations: { ...verdict.obligations, maxAffectedRows: 100 } }
  },
}

const CASES = [
  ['a read', 'select id, state from jobs where id = 3', 'SELECT 1', '08006', 'failed'],
  [
    'a write that waits for its commit',
    `update jobs set state = 'x' where id = 4`,
    'UPDATE 1',
    '08006',
    'failed',
  ],
  ['a procedure', 'call mark(5)', 'CALL', '08007', 'unknown'],
  ['a change of the schema', 'create table made (n int)', 'CREATE TABLE', '08007', 'unknown'],
  [
    'a long read through code that may write',
    'select noted(n) from generate_series(1, 2000) n',
    'row 1900',
    '08007',
    'unknown',
  ],
  ['a long read', 'select repeat($$.$$, 500), n from generate_series(1, 2000) n', '1900', '08006', 'failed'],
] as const

doubts('under a policy that does not say what only reads', allow, CASES)
doubts('under a policy that has written rows counted', counting, CASES)
