/** The parts of operation by themselves: limits, calls under way, readiness, logs. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { CardeaError } from '../../src/errors.js'
import { calls } from '../../src/gateway/operation/calls.js'
import { limiter } from '../../src/gateway/operation/limiter.js'
import { errorFields, gatewayLog } from '../../src/gateway/operation/log.js'
import { readiness } from '../../src/gateway/operation/readiness.js'
import { createScrubber } from '../../src/masking/scrubber.js'

const clockAt = (start = 0) => {
  let now = start
  return {
    clock: { now: () => now, monotonic: () => now },
    pass: (ms: number) => {
      now += ms
    },
  }
}
const LIMITS = {
  concurrent: 16,
  perMinute: 600,
  sessions: 64,
  statementsPerMinute: 60_000,
  failedSignIns: 60,
}
const who = (subject: string) => ({ subject, issuer: 'https://login.corp.example' })

describe('limits', () => {
  test('never let more than they say, whatever the order of coming and going', () => {
    const step = fc.oneof(fc.constant('enter'), fc.constant('leave'), fc.nat(5_000))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), steps => {
        const { clock, pass } = clockAt()
        const limits = limiter({ ...LIMITS, concurrent: 3, perMinute: 10 }, clock)
        const inside: (() => void)[] = []
        const entered: number[] = []
        for (const one of steps) {
          if (typeof one === 'number') pass(one)
          else if (one === 'leave') inside.shift()?.()
          else {
            const entry = limits.enter(who('a'), true)
            if (!entry.let) {
              expect(entry.retryAfterSeconds).toBeGreaterThan(0)
              continue
            }
            inside.push(entry.leave)
            entered.push(clock.now())
          }
          expect(inside.length).toBeLessThanOrEqual(3)
          const minute = entered.filter(at => at > clock.now() - 60_000)
          // A full account and what comes in within the minute.
          expect(minute.length).toBeLessThanOrEqual(20)
        }
      }),
    )
  })

  test('are of one caller, come back with time, and leaving twice gives nothing', () => {
    const { clock, pass } = clockAt()
    const limits = limiter({ ...LIMITS, concurrent: 1, perMinute: 60 }, clock)
    const first = limits.enter(who('a'), true)
    expect(limits.enter(who('a'), true)).toMatchObject({ let: false, limit: 'concurrent' })
    expect(limits.enter(who('a'), false).let).toBe(true)
    expect(limits.enter(who('b'), true).let).toBe(true)
    if (first.let) {
      first.leave()
      first.leave()
    }
    expect(limits.enter(who('a'), true).let).toBe(true)
    expect(limits.enter(who('a'), true)).toMatchObject({ let: false, limit: 'concurrent' })
    for (let n = 0; n < 100; n += 1) limits.enter(who('c'), false)
    expect(limits.enter(who('c'), false)).toEqual({ let: false, limit: 'rate', retryAfterSeconds: 1 })
    pass(1_000)
    expect(limits.enter(who('c'), false).let).toBe(true)
  })
})

describe('limits of sessions', () => {
  test('hold for all sessions of a caller, beside its requests, and come back', () => {
    const { clock, pass } = clockAt()
    const limits = limiter({ ...LIMITS, concurrent: 2, sessions: 2, statementsPerMinute: 60 }, clock)
    const [one, two, three] = [who('a'), who('a'), who('a')].map(limits.session)
    if (one?.let !== true || two?.let !== true) throw new Error('not let in')
    expect(three).toEqual({ let: false, limit: 'sessions', retryAfterSeconds: 1 })
    expect(limits.session(who('b')).let).toBe(true)
    expect([one.enter(), two.enter()]).toEqual([null, null])
    expect(one.enter()).toMatchObject({ limit: 'concurrent' })
    expect(limits.enter(who('a'), true)).toMatchObject({ let: false, limit: 'concurrent' })
    one.left()
    two.left()
    for (let n = 0; n < 58; n += 1) {
      expect(one.enter()).toBe(null)
      one.left()
    }
    expect(two.enter()).toMatchObject({ limit: 'rate', retryAfterSeconds: 1 })
    pass(1_000)
    expect(two.enter()).toBe(null)
    one.leave()
    one.leave()
    expect(limits.session(who('a')).let).toBe(true)
    expect(limits.session(who('a')).let).toBe(false)
  })
})

describe('calls under way', () => {
  test('are waited for, then ended, and none begins afterwards unharmed', async () => {
    const all = calls()
    const ended: string[] = []
    const work = (name: string) =>
      all.run(undefined, signal => {
        const over = deferred()
        if (signal.aborted) over.resolve()
        signal.addEventListener('abort', () => over.resolve())
        return over.promise.then(() => void ended.push(name))
      })
    const both = Promise.all([work('a'), work('b')])
    expect(all.underWay).toBe(2)
    await all.settled(AbortSignal.abort())
    expect(ended).toEqual([])
    all.abort()
    await all.settled(new AbortController().signal)
    await both
    expect([all.underWay, ended]).toEqual([0, ['a', 'b']])
    await work('late')
    expect(ended).toEqual(['a', 'b', 'late'])
  })

  test('end with their caller', async () => {
    const all = calls()
    const caller = new AbortController()
    const running = all.run(caller.signal, signal => {
      const over = deferred()
      signal.addEventListener('abort', () => over.resolve())
      return over.promise
    })
    caller.abort()
    await running
    expect(all.underWay).toBe(0)
  })
})

function deferred() {
  let resolve: () => void = () => {}
  const promise = new Promise<void>(give => {
    resolve = give
  })
  return { promise, resolve }
}

describe('readiness', () => {
  test('asks each part once for many who ask, keeps the answer for a moment, and tells changes', async () => {
    const { clock, pass } = clockAt()
    let asked = 0
    let up = true
    const told: string[] = []
    const probe = async () => {
      asked += 1
      if (!up) throw new Error('down')
    }
    const ready = readiness(
      [{ name: 'database', probe }],
      clock,
      (name, ok) => void told.push(`${name} ${ok}`),
    )
    const answers = await Promise.all([ready.current(), ready.current(), ready.current()])
    expect([asked, answers.map(({ ready: yes }) => yes)]).toEqual([1, [true, true, true]])
    up = false
    expect((await ready.current()).ready).toBe(true)
    pass(2_000)
    expect(await ready.current()).toEqual({ ready: false, checks: { database: 'failing' } })
    pass(2_000)
    await ready.current()
    up = true
    pass(2_000)
    expect((await ready.current()).ready).toBe(true)
    expect(told).toEqual(['database false', 'database true'])
    ready.leave()
    expect((await ready.current()).ready).toBe(false)
  })
})

describe('logs', () => {
  test('hold no card number, whatever text or field it is in', () => {
    let out = ''
    const { clock } = clockAt(1_700_000_000_000)
    const destination = {
      write(line: string) {
        out += line
      },
    }
    const log = gatewayLog('info', { scrubber: createScrubber(), clock, destination })
    const pan = fc.constantFrom('4111111111111111', '5500005555555559', '4111-1111-1111-1111')
    fc.assert(
      fc.property(pan, fc.string(), fc.boolean(), (card, around, asField) => {
        out = ''
        const text = `${around} ${card} ${around}`
        if (asField) log.warn('x', { field: text })
        else log.warn(text)
        const line = JSON.parse(out) as Record<string, unknown>
        expect(line).toMatchObject({ level: 'warn', time: '2023-11-14T22:13:20.000Z' })
        expect(JSON.stringify(line)).not.toContain(card)
      }),
      { numRuns: 100 },
    )
    log.debug('nothing of this')
    expect(out).not.toContain('nothing of this')
    log.setLevel('debug')
    log.debug('but of this')
    expect(out).toContain('but of this')
  })

  test('tell nothing of an error of others but its name and code', () => {
    const foreign = Object.assign(new TypeError('password=hunter2'), { code: 'ECONNREFUSED' })
    expect(errorFields(foreign)).toEqual({ code: 'ECONNREFUSED', error: 'TypeError' })
    expect(errorFields('hunter2')).toEqual({ code: 'UNKNOWN', error: 'unknown' })
    expect(errorFields(new CardeaError('CARDEA_CLOSED', 'It is closed.'))).toEqual({
      code: 'CARDEA_CLOSED',
      error: 'It is closed.',
    })
  })
})
