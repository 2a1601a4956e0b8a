/** Approvals that a client tries to spend on something else, or as somebody else, in the protocol's own ways. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { memoryApprovalStore } from '../../../../src/index.js'
import { board, person, until } from '../../../main-job/shared-queue.js'
import { POLICY } from '../../../support/billing.js'
import { describePostgres } from '../../../support/databases.js'
import { openWire, type Wire } from '../kit.js'
import {
  bind,
  close,
  errorOf,
  execute,
  parse,
  type RawClient,
  rawClient,
  SYNC,
  types,
} from '../raw-client.js'

const ASKS = POLICY.replace(/ {2}- \{ id: settle.*\n/, '')
const PAY = "update payments set status = 'paid' where id = 1"
const OTHER = "update payments set status = 'stolen' where id = 2"
const bob = person('bob')

describePostgres('tickets on the wire', () => {
  const notices = board()
  const waiting = board()
  let wire: Wire
  /** Where statements wait for people. */
  let patient: Wire
  const clients: RawClient[] = []
  beforeAll(async () => {
    const queue = (mode: 'ticket' | 'wait') => ({ store: memoryApprovalStore(), key: randomBytes(32), mode })
    const [first, second] = await Promise.all([
      openWire({ policy: ASKS, also: { approval: notices, queue: queue('ticket') } }),
      openWire({ policy: ASKS, also: { approval: waiting, queue: queue('wait') } }),
    ])
    wire = first
    patient = second
  })
  beforeEach(() => wire.sql(`update payments set status = 'open'`))
  afterAll(async () => {
    for (const { socket } of clients) socket.destroy()
    await Promise.all([wire.close(), patient.close()])
  })

  /** A connection of its own. */
  const as = async (
    conversation: string,
    { user = 'bot', password = 'any', at = wire }: { user?: string; password?: string; at?: Wire } = {},
  ) => {
    const client = await rawClient(at.port, {
      parameters: { user, 'cardea.session': conversation },
      password,
    })
    clients.push(client)
    return client
  }
  const run = (client: RawClient, ...parts: readonly Buffer[]) => client.exchange(...parts, SYNC)
  const once = async (client: RawClient, text: string) => {
    const answers = await run(client, parse('', text), bind('', ''), execute(''))
    client.socket.end()
    await client.ended
    return answers
  }
  const ticketOf = (answers: Parameters<typeof errorOf>[0]): string => {
    const { C, D = '' } = errorOf(answers) ?? {}
    expect(C).toBe('42501')
    const [, ticket] = /ticket (\w+)/.exec(D) ?? []
    if (ticket === undefined) throw new Error(`no ticket: ${D}`)
    return ticket
  }
  const status = async (id: number, at = wire): Promise<unknown> =>
    (await at.sql(`select status from payments where id = ${id}`))[0]?.['status']

  test('one works after a reconnect, once, for its own conversation, principal and agent only', async () => {
    const ticket = ticketOf(await once(await as('chat-7'), PAY))
    expect(await notices.answer(ticket, bob)).toMatchObject({ state: 'approved' })
    const others = [
      await as('chat-8'),
      await as('chat-7', { password: 'mallory' }),
      await as('chat-7', { user: 'other-bot' }),
    ]
    for (const other of others) expect(ticketOf(await once(other, PAY))).not.toBe(ticket)
    // Nor does a text that means the same.
    expect(ticketOf(await once(await as('chat-7'), `${PAY} `))).not.toBe(ticket)
    expect(await status(1)).toBe('open')

    expect(types(await once(await as('chat-7'), PAY))).toBe('12CZ')
    expect(await status(1)).toBe('paid')
    expect(ticketOf(await once(await as('chat-7'), PAY))).not.toBe(ticket)
  })

  test('a name that stands for another text after the approval is judged anew', async () => {
    const client = await as('chat-9')
    const ticket = ticketOf(await run(client, parse('a', PAY), bind('', 'a'), execute('')))
    await notices.answer(ticket, bob)
    const swapped = await run(client, close('S', 'a'), parse('a', OTHER), bind('', 'a'), execute(''))
    expect(ticketOf(swapped)).not.toBe(ticket)
    expect([await status(1), await status(2)]).toEqual(['open', 'open'])
    // The approval is still there for what was approved, under whatever name.
    expect(types(await run(client, parse('b', PAY), bind('', 'b'), execute('')))).toBe('12CZ')
    expect(await status(1)).toBe('paid')
  })

  test('a name that is given another text while people look at the first is asked about twice', async () => {
    const client = await as('chat-10', { at: patient })
    client.send(
      ...[parse('a', PAY), bind('', 'a'), execute('')],
      ...[close('S', 'a'), parse('a', OTHER), bind('', 'a'), execute(''), SYNC],
    )
    const first = await waiting.next()
    expect(await waiting.answer(first.id, bob)).toMatchObject({ state: 'approved' })
    const second = await waiting.next(1)
    expect(second.id).not.toBe(first.id)
    expect(await waiting.answer(second.id, bob, 'denied')).toMatchObject({ counted: true })
    expect(errorOf(await client.ready())?.['C']).toBe('42501')
    // Both stood in one implicit transaction.
    expect([await status(1, patient), await status(2, patient)]).toEqual(['open', 'open'])
    await until(() => waiting.concluded.length === 2)
  })
})
