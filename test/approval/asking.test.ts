/** How often and through whom people are asked: merged questions, limits, several ways at once, tickets without a listener. */
import { describe, expect, test } from '@jest/globals'
import type { ApprovalChannel, Conclusion } from '../../src/approval/approval-channel.js'
import { type ApprovalDeskOptions, approvalDesk } from '../../src/approval/approval-desk.js'
import { callbackApproval } from '../../src/approval/providers/callback.js'
import { memoryApprovalStore } from '../../src/approval/stores/memory.js'
import { ConfigurationError } from '../../src/errors.js'
import type { ApprovalAnswer, ApprovalRequest } from '../../src/model/grant.js'
import { isRefusal } from '../../src/model/refusal.js'
import { ulids } from '../../src/util/ids.js'
import {
  approves,
  bob,
  carol,
  type DecidedParts,
  decided,
  handClock,
  MINUTE,
  type Noted,
  passed,
  patient,
  plainScrubber,
  refused,
  requirement,
} from './desk-kit.js'

function desk(options: Partial<ApprovalDeskOptions> = {}) {
  const clock = handClock()
  const notes: Noted[] = []
  const made = approvalDesk({
    clock,
    ids: ulids(clock),
    scrubber: plainScrubber,
    note: async (event, detail) => void notes.push({ event, detail }),
    ...options,
  })
  return { desk: made, clock, notes }
}

/** A channel that keeps what it is told. */
function ear(options: { broken?: boolean } = {}) {
  const told: ApprovalRequest[] = []
  const ends: Conclusion[] = []
  const channel: ApprovalChannel = {
    name: 'ear',
    open: () => {},
    announce: async request => {
      if (options.broken === true) throw new Error('nobody there')
      told.push(request)
    },
    conclude: async (_request, conclusion) => void ends.push(conclusion),
  }
  return { channel, told, ends }
}

const settle = () => new Promise(resolve => setTimeout(resolve, 5))
const terms = (more: object): DecidedParts => ({ decision: { approval: { ...requirement, ...more } } })
const numbered = (one: number, more: object = {}) =>
  decided({ submission: { bindings: [`card ${one}`] }, ...terms(more) })

describe('the same question at once', () => {
  test('is asked once; one caller gets the grant, and the others ask anew', async () => {
    const { channel, told } = ear()
    const { desk: one } = desk({ channels: [channel] })
    const callers = Array.from({ length: 4 }, () => one.obtain(decided(), patient))
    for (let round = 1; round <= 4; round += 1) {
      while (told.length < round) await settle()
      await settle()
      expect(told).toHaveLength(round)
      await one.queue.answer(told[round - 1]?.id ?? '', approves(), 'test')
    }
    const grants = (await Promise.all(callers)).map(pass => passed(pass).grant?.requestId)
    expect(new Set(grants).size).toBe(4)
    await one.close()
  })

  test('goes on for the others when one of them gives up, and ends with the last', async () => {
    const { channel, told } = ear()
    const { desk: one } = desk({ channels: [channel] })
    const [first, second] = [new AbortController(), new AbortController()]
    const leaving = one.obtain(decided(), first.signal)
    const staying = one.obtain(decided(), second.signal)
    while (told.length === 0) await settle()
    await settle()
    first.abort()
    refused(await leaving, 'CARDEA_ABANDONED')
    const id = told[0]?.id ?? ''
    expect((await one.queue.find(id, bob))?.state).toBe('pending')
    second.abort()
    refused(await staying, 'CARDEA_ABANDONED')
    expect(await one.queue.answer(id, approves(), 'test')).toMatchObject({
      counted: false,
      state: 'withdrawn',
    })
  })

  test.each([
    ['bindings', { bindings: ['another'] }],
    ['session', { session: 'another' }],
    ['agent', { agent: { framework: 'autogen', id: 'another' } }],
    ['data source', { dataSource: { id: 'another', environment: 'production' } }],
  ])('is another one with another %s', async (_, submission) => {
    const { channel, told } = ear()
    const { desk: one } = desk({ channels: [channel], mode: 'ticket' })
    const tickets = [await one.obtain(decided(), patient), await one.obtain(decided({ submission }), patient)]
    expect(new Set(tickets.map(pass => refused(pass, 'CARDEA_APPROVAL_PENDING').ticket)).size).toBe(2)
    expect(told).toHaveLength(2)
  })
})

describe('limits', () => {
  test('of requests that wait: exactly so many, however many come at once', async () => {
    const { channel, told } = ear()
    const { desk: one } = desk({ channels: [channel], mode: 'ticket' })
    const asked = Array.from({ length: 9 }, (_, at) => one.obtain(numbered(at, { maxPending: 3 }), patient))
    const codes = (await Promise.all(asked)).map(pass => (isRefusal(pass) ? pass.code : 'passed'))
    expect(codes.filter(code => code === 'CARDEA_APPROVAL_PENDING')).toHaveLength(3)
    expect(codes.filter(code => code === 'CARDEA_APPROVAL_LIMIT')).toHaveLength(6)
    expect(told).toHaveLength(3)
    await one.queue.answer(told[0]?.id ?? '', approves(), 'test')
    refused(await one.obtain(numbered(77, { maxPending: 3 }), patient), 'CARDEA_APPROVAL_PENDING')
  })

  test('of requests in an hour, whatever the session and the name of the agent', async () => {
    const { channel, told } = ear()
    const { desk: one, clock } = desk({ channels: [channel], mode: 'ticket' })
    const ask = (at: number, submission: object = {}) =>
      one.obtain(
        decided({ submission: { bindings: [at], ...submission }, ...terms({ maxPerHour: 2 }) }),
        patient,
      )
    for (const at of [1, 2]) refused(await ask(at), 'CARDEA_APPROVAL_PENDING')
    const elsewhere = { session: 'new', agent: { framework: 'x', id: 'new' } }
    refused(await ask(3, elsewhere), 'CARDEA_APPROVAL_LIMIT')
    clock.advance(60 * MINUTE + 1)
    refused(await ask(3, elsewhere), 'CARDEA_APPROVAL_PENDING')
    expect(told).toHaveLength(3)
  })

  test('of requests in an hour, however many come at once', async () => {
    const { channel } = ear()
    const { desk: one } = desk({ channels: [channel], mode: 'ticket' })
    const asked = Array.from({ length: 8 }, (_, at) => one.obtain(numbered(at, { maxPerHour: 2 }), patient))
    const codes = (await Promise.all(asked)).map(pass => (isRefusal(pass) ? pass.code : 'passed'))
    expect(codes.filter(code => code === 'CARDEA_APPROVAL_PENDING')).toHaveLength(2)
    expect(codes.filter(code => code === 'CARDEA_APPROVAL_LIMIT')).toHaveLength(6)
  })

  test('after a denial: not the same again, in no session and by no other agent name, for a while', async () => {
    const { desk: one, clock } = desk({
      providers: [callbackApproval(async () => ({ decision: 'denied', approver: bob, reason: 'no' }))],
    })
    const cool = { coolDownMs: 10 * MINUTE }
    const ask = (parts: object = {}) => one.obtain(decided({ submission: parts, ...terms(cool) }), patient)
    refused(await ask(), 'CARDEA_APPROVAL_DENIED')
    refused(await ask(), 'CARDEA_APPROVAL_LIMIT')
    refused(await ask({ session: 'new', agent: { framework: 'x', id: 'y' } }), 'CARDEA_APPROVAL_LIMIT')
    refused(await ask({ bindings: ['other'] }), 'CARDEA_APPROVAL_DENIED')
    clock.advance(10 * MINUTE + 1)
    refused(await ask(), 'CARDEA_APPROVAL_DENIED')
  })

  test('a timeout is no denial', async () => {
    const { channel } = ear()
    const { desk: one, clock } = desk({ channels: [channel], mode: 'ticket' })
    refused(await one.obtain(decided(), patient), 'CARDEA_APPROVAL_PENDING')
    clock.advance(15 * MINUTE)
    refused(await one.obtain(decided(), patient), 'CARDEA_APPROVAL_PENDING')
  })
})

describe('several ways at once', () => {
  const mute = () => new Promise<ApprovalAnswer>(() => {})

  test('the first decision counts, and the other question is taken away', async () => {
    const { channel, told, ends } = ear()
    let taken = false
    const provider = callbackApproval((_request, { signal }) => {
      signal.addEventListener('abort', () => {
        taken = true
      })
      return mute()
    })
    const { desk: one } = desk({ providers: [provider], channels: [channel] })
    const waiting = one.obtain(decided(), patient)
    while (told.length === 0) await settle()
    await one.queue.answer(told[0]?.id ?? '', approves(), 'ear')
    passed(await waiting)
    await settle()
    expect(taken).toBe(true)
    expect(ends).toEqual([{ state: 'approved' }])
  })

  test('one that fails leaves it to the others; all that fail leave nobody', async () => {
    const broken = ear({ broken: true })
    const rejects = callbackApproval(() => Promise.reject(new Error('down')))
    const partly = desk({ providers: [callbackApproval(async () => approves())], channels: [broken.channel] })
    passed(await partly.desk.obtain(decided(), patient))
    const none = desk({ providers: [rejects], channels: [broken.channel] })
    refused(await none.desk.obtain(decided(), patient), 'CARDEA_APPROVAL_UNAVAILABLE')
    expect(none.notes.at(-1)?.detail['why']).toMatch(/callback: down; ear: nobody there|ear: .*; callback: /)
  })

  test('a quorum may come through different ones', async () => {
    const { channel, told } = ear()
    const asked: number[] = []
    const provider = callbackApproval((_request, { answers }) => {
      asked.push(answers.length)
      return answers.length === 0 ? Promise.resolve(approves(bob)) : mute()
    })
    const { desk: one } = desk({ providers: [provider], channels: [channel] })
    const waiting = one.obtain(decided(terms({ quorum: 2 })), patient)
    while (asked.length < 2) await settle()
    expect(await one.queue.answer(told[0]?.id ?? '', approves(bob), 'ear')).toMatchObject({ counted: false })
    await one.queue.answer(told[0]?.id ?? '', approves(carol), 'ear')
    expect(passed(await waiting).grant?.answers.map(({ approver }) => approver.subject)).toEqual([
      bob.subject,
      carol.subject,
    ])
  })
})

describe('a ticket', () => {
  test('of which nobody could be told is refused as unavailable', async () => {
    const { channel } = ear({ broken: true })
    const { desk: one } = desk({ channels: [channel], mode: 'ticket' })
    refused(await one.obtain(decided(), patient), 'CARDEA_APPROVAL_UNAVAILABLE')
    const down = desk({ providers: [callbackApproval(() => Promise.reject(new Error('x')))], mode: 'ticket' })
    refused(await down.desk.obtain(decided(), patient), 'CARDEA_APPROVAL_UNAVAILABLE')
  })

  test('in memory ends with the desk, and its channels are told', async () => {
    const { channel, ends } = ear()
    const { desk: one, notes } = desk({ channels: [channel], mode: 'ticket' })
    refused(await one.obtain(decided(), patient), 'CARDEA_APPROVAL_PENDING')
    await one.close()
    expect(ends).toEqual([{ state: 'withdrawn', why: 'closed' }])
    expect(notes.at(-1)?.event).toBe('approval.expire')
  })

  test('answered for a version that has changed since does not count', async () => {
    const { channel, told } = ear()
    const { desk: one } = desk({ channels: [channel], mode: 'ticket' })
    refused(await one.obtain(decided(terms({ quorum: 2 })), patient), 'CARDEA_APPROVAL_PENDING')
    const id = told[0]?.id ?? ''
    const seen = (await one.queue.find(id, bob))?.version ?? 0
    expect(await one.queue.answer(id, approves(carol), 'test', seen)).toMatchObject({ counted: true })
    expect(await one.queue.answer(id, approves(bob), 'test', seen)).toMatchObject({ counted: false })
    expect(await one.queue.answer(id, approves(bob), 'test', seen + 1)).toMatchObject({ counted: true })
  })

  test('needs the ways of signing in that the rule lists, and a ticket number where it says so', async () => {
    const { channel, told } = ear()
    const { desk: one } = desk({ channels: [channel], mode: 'ticket' })
    const strict = decided(terms({ amr: ['mfa', 'hwk'], ticketRequired: true }))
    refused(await one.obtain(strict, patient), 'CARDEA_APPROVAL_PENDING')
    const id = told[0]?.id ?? ''
    const strong = { ...bob, amr: ['pwd', 'hwk', 'mfa'] }
    for (const answer of [
      approves(bob),
      approves({ ...bob, amr: ['mfa'] }),
      approves(strong),
      { ...approves(strong), ticket: ' ' },
    ]) {
      expect(await one.queue.answer(id, answer, 'test')).toMatchObject({ counted: false, state: 'pending' })
    }
    const whole = { ...approves(strong), ticket: 'CHG-7' }
    expect(await one.queue.answer(id, whole, 'test')).toMatchObject({ counted: true, state: 'approved' })
  })
})

test('a store that outlives the process needs a key of its own', () => {
  const durable = { ...memoryApprovalStore(), durable: true }
  expect(() => desk({ store: durable })).toThrow(ConfigurationError)
  expect(() => desk({ store: durable, key: new Uint8Array(31) })).toThrow(ConfigurationError)
  desk({ store: durable, key: new Uint8Array(32) })
})
