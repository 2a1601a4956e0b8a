/** Statements that need a person: what the client hears meanwhile, and what ends the wait. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type pg from 'pg'
import type { ApprovalCallback } from '../../../../src/index.js'
import { POLICY } from '../../../support/billing.js'
import { describePostgres } from '../../../support/databases.js'
import { openWire, type Wire } from '../kit.js'

const bob = { subject: 'bob', issuer: 'https://login.corp.example' }
const UPDATE = "update payments set status = 'approved' where id = 1"
const ASKS = POLICY.replace(/ {2}- \{ id: settle.*\n/, '')

describePostgres('approvals on the wire', () => {
  let wire: Wire
  let client: pg.Client
  let answer: ApprovalCallback
  let asked = 0
  beforeAll(async () => {
    wire = await openWire({
      policy: ASKS,
      also: {
        approval: (request, context) => {
          asked += 1
          return answer(request, context)
        },
      },
    })
  })
  afterAll(() => wire.close())
  const until = async (true_: () => boolean | Promise<boolean>): Promise<void> => {
    for (let tries = 0; tries < 200; tries++) {
      if (await true_()) return
      await pause(50)
    }
    throw new Error('it did not come to that')
  }
  const status = async (): Promise<unknown> =>
    (await wire.sql('select status from payments where id = 1'))[0]?.['status']

  test('a statement that waits says so, with its ticket, and runs once people have approved', async () => {
    client = await wire.connect()
    const notices: string[] = []
    client.on('notice', notice => notices.push(notice.message ?? ''))
    let approve: () => void = () => {}
    const decided = new Promise<void>(resolve => {
      approve = resolve
    })
    answer = async () => {
      await decided
      return { decision: 'approved', approver: bob, reason: 'fine' }
    }
    const running = client.query(UPDATE)
    await until(() => notices.length > 0)
    expect(notices[0]).toMatch(/^cardea: The statement waits for an approval \(ticket \S+\)/)
    expect(await status()).toBe('open')
    approve()
    expect((await running).rowCount).toBe(1)
    expect(await status()).toBe('approved')
    await wire.sql("update payments set status = 'open' where id = 1")
    await client.end()
  })

  test('a denial is told with its reason', async () => {
    client = await wire.connect()
    answer = async () => ({ decision: 'denied', approver: bob, reason: 'not today' })
    await expect(client.query(UPDATE)).rejects.toMatchObject({ code: '42501' })
    expect(await status()).toBe('open')
    await client.end()
  })

  test('a cancel request ends the wait, and the session goes on', async () => {
    client = await wire.connect()
    const before = asked
    let late: () => void = () => {}
    answer = () =>
      new Promise(resolve => {
        late = () => resolve({ decision: 'approved', approver: bob, reason: 'late' })
      })
    const running = client.query("update payments set status = 'late' where id = 1").catch(error => error)
    await until(() => asked > before)
    const [session] = wire.sessions
    session?.cancel()
    expect(await running).toMatchObject({ code: '57014' })
    late()
    await pause(200)
    expect(await status()).toBe('open')
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await client.end()
  })

  test('a client that leaves takes its statement with it, for ever', async () => {
    client = await wire.connect()
    const before = asked
    let late: () => void = () => {}
    answer = () =>
      new Promise(resolve => {
        late = () => resolve({ decision: 'approved', approver: bob, reason: 'late' })
      })
    client.query("update payments set status = 'ghost' where id = 1").catch(() => {})
    await until(() => asked > before)
    const { stream } = client as unknown as { connection: { stream: { destroy(): void } } }['connection'] & {
      stream: { destroy(): void }
    }
    ;(
      stream ?? (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream
    ).destroy()
    await until(() => wire.sessions.size === 0)
    late()
    await pause(300)
    expect(await status()).toBe('open')
  })

  test('in a block a denial fails the block', async () => {
    client = await wire.connect()
    answer = async () => ({ decision: 'denied', approver: bob, reason: 'no' })
    await client.query('begin')
    await expect(client.query(UPDATE)).rejects.toMatchObject({ code: '42501' })
    await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' })
    await client.query('rollback')
    await client.end()
  })

  test('the statement that is executed again is decided again', async () => {
    client = await wire.connect()
    answer = async () => ({ decision: 'approved', approver: bob, reason: 'once' })
    const query = { name: 'pay', text: 'update payments set status = $1 where id = 1', values: ['one'] }
    await client.query(query)
    const before = asked
    answer = async () => ({ decision: 'denied', approver: bob, reason: 'not twice' })
    await expect(client.query({ ...query, values: ['two'] })).rejects.toMatchObject({ code: '42501' })
    expect(asked).toBe(before + 1)
    expect(await status()).toBe('one')
    await client.end()
  })
})
