/** Two hundred callers that wait, in one process on a real database: what they hold, and what its death leaves. */
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from '@jest/globals'
import type { Answered } from '../../../src/approval/approval-queue.js'
import { patience } from '../../../src/testing/settled.js'
import { describeMariadb, describePostgres } from '../../support/databases.js'
import { type Engine, type Storage, storage } from '../stores/kit.js'
import { DeskProcess } from './desk-process.js'
import type { Outcome, Spec } from './protocol.js'

const WAITS = 200
const { inTime } = patience(60_000)
const START = Date.UTC(2030, 0, 1)
const bob = { subject: 'bob@corp.example', issuer: 'https://idp.corp.example', roles: ['dba'] }

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function spec(session: string, mode: Spec['mode']): Spec {
  const statement = 'delete from a where b = $1'
  return { statement, binding: 1, asker: 'alice', session, mode, quorum: 1, policy: 1, catalog: 1 }
}

async function desks(place: Storage, count: number): Promise<DeskProcess[]> {
  const key = randomBytes(32).toString('hex')
  return Promise.all(
    Array.from({ length: count }, async () => {
      const one = await DeskProcess.start()
      cleanups.push(() => one.kill())
      await one.order({ do: 'open', config: place.config, key, wall: START, steady: 0 })
      return one
    }),
  )
}

async function approve(desk: DeskProcess, id: string): Promise<Answered> {
  const answer = { decision: 'approved', approver: bob, reason: 'ticket 42' } as const
  return (await desk.order({ do: 'answer', id, answer })) as Answered
}

async function clear(desk: DeskProcess, id: string, of: Spec): Promise<Outcome> {
  return (await desk.order({ do: 'clear', id, spec: of })) as Outcome
}

/** Connections to the database, and how many of them are at work or within a transaction. */
async function connections(place: Storage, engine: Engine): Promise<{ all: number; busy: number }> {
  if (engine === 'postgres') {
    const { rows } = await place.outside.raw(
      `SELECT count(*)::int AS all, count(*) FILTER (WHERE state <> 'idle')::int AS busy FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    )
    return rows[0]
  }
  const [rows] = await place.outside.raw(
    `SELECT count(*) AS \`all\`, coalesce(sum(command <> 'Sleep'), 0) AS busy FROM information_schema.processlist
     WHERE db = database() AND id <> connection_id()`,
  )
  return { all: Number(rows[0].all), busy: Number(rows[0].busy) }
}

const threads = ({ pid }: DeskProcess): number => readdirSync(`/proc/${pid}/task`).length

function waits(engine: Engine): void {
  test('hold no connection and no thread; the death of the process ends them, and tickets survive it', async () => {
    const place = await storage(engine)
    cleanups.push(() => place.dispose())
    const [waiting, other, third] = await desks(place, 3)
    if (waiting === undefined || other === undefined || third === undefined) throw new Error('no desks')
    const before = threads(waiting)

    const sessions = Array.from({ length: WAITS }, (_, at) => `session-${at}`)
    for (const session of sessions)
      await waiting.order({ do: 'ask', call: session, spec: spec(session, 'wait') })
    const ids = await inTime(
      Promise.all(sessions.map(session => waiting.announced(session))),
      'two hundred requests',
    )
    expect(new Set(ids).size).toBe(WAITS)

    // At rest now and then, with the few connections of its pool and the one that listens.
    for (let quiet = 0; quiet < 5; ) {
      const { all, busy } = await connections(place, engine)
      expect(all).toBeLessThanOrEqual(2 * 4)
      if (busy === 0) quiet += 1
      await sleep(20)
    }
    expect(threads(waiting)).toBeLessThanOrEqual(before + 4)

    // Each is told of its own answer, wherever that came in.
    const [first = '', second = '', ...rest] = ids
    expect(await approve(other, first)).toMatchObject({ counted: true, state: 'approved' })
    expect(await inTime(waiting.settled('session-0'), 'the first')).toMatchObject({ kind: 'pass', id: first })
    expect(await clear(waiting, first, spec('session-0', 'wait'))).toMatchObject({ kind: 'pass' })

    // One is approved and not used yet when the process dies; the others wait.
    expect(await approve(other, second)).toMatchObject({ counted: true, state: 'approved' })
    const ticket = spec('ticket', 'ticket')
    await waiting.order({ do: 'ask', call: 'ticket', spec: ticket })
    const asked = await inTime(waiting.settled('ticket'), 'a ticket')
    if (asked.kind !== 'refused' || asked.ticket === undefined) throw new Error('no ticket')
    await waiting.kill()

    for (const desk of [other, third]) await desk.order({ do: 'time', wall: START + 16_000, steady: 16_000 })
    expect(await clear(other, second, spec('session-1', 'wait'))).toMatchObject({ kind: 'refused' })
    for (const [at, id] of rest.entries()) {
      const desk = at % 2 === 0 ? other : third
      expect(await approve(desk, id)).toMatchObject({ counted: false, state: 'withdrawn' })
      if (at % 20 === 0)
        expect(await clear(desk, id, spec(`session-${at + 2}`, 'wait'))).toMatchObject({ kind: 'refused' })
    }
    expect(await approve(other, asked.ticket)).toMatchObject({ counted: true, state: 'approved' })
    expect(await clear(third, asked.ticket, ticket)).toMatchObject({ kind: 'pass', id: asked.ticket })
    expect(await clear(other, asked.ticket, ticket)).toMatchObject({ kind: 'refused' })
  }, 180_000)
}

describePostgres('two hundred waits on PostgreSQL', () => waits('postgres'))
describeMariadb('two hundred waits on MariaDB', () => waits('mariadb'))
