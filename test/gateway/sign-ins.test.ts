/** Failed sign-ins: how many there may be, who is held up by them, and who is not. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { SignIns } from '../../src/gateway/operation/sign-ins.js'

const PER_MINUTE = 60

const scene = () => {
  let now = 0
  const signIns = new SignIns(() => PER_MINUTE, { now: () => now, monotonic: () => now })
  const attempt = (address: string, name: string, how: 'known' | 'refused' | 'unclear') => {
    const one = signIns.attempt({ address, name })
    if (one.let) one.ended(how)
    return one.let
  }
  return {
    signIns,
    attempt,
    fails: (address: string, name: string) => attempt(address, name, 'refused'),
    comesIn: (address: string, name: string) => attempt(address, name, 'known'),
    pass: (ms: number) => {
      now += ms
    },
  }
}

test('ten may fail under one name from one address, and one more every six seconds', () => {
  const { signIns, fails, comesIn, pass } = scene()
  for (let n = 0; n < 10; n += 1) expect(fails('192.0.2.1', 'bot')).toBe(true)
  expect(signIns.attempt({ address: '192.0.2.1', name: 'bot' })).toEqual({ let: false, retryAfterSeconds: 6 })
  // The good one waits as well: nobody looks at its token.
  expect(comesIn('192.0.2.1', 'bot')).toBe(false)
  expect(comesIn('192.0.2.1', 'other')).toBe(true)
  expect(comesIn('192.0.2.2', 'bot')).toBe(true)
  pass(6_000)
  expect(comesIn('192.0.2.1', 'bot')).toBe(true)
  for (let n = 0; n < 10; n += 1) expect(fails('192.0.2.1', 'bot')).toBe(true)
})

test('an address that tries one name after the other comes to its end, and holds up nobody who has been in', () => {
  const { fails, comesIn, pass } = scene()
  expect(comesIn('192.0.2.1', 'bot')).toBe(true)
  const tried = Array.from({ length: 200 }, (_, n) => fails('192.0.2.1', `name-${n}`))
  expect(tried.filter(Boolean)).toHaveLength(PER_MINUTE)
  expect(comesIn('192.0.2.1', 'bot')).toBe(true)
  expect(comesIn('192.0.2.1', 'newcomer')).toBe(false)
  expect(comesIn('192.0.2.9', 'newcomer')).toBe(true)
  pass(1_000)
  expect(comesIn('192.0.2.1', 'newcomer')).toBe(true)
})

test('a provider that cannot tell is nobody’s failure', () => {
  const { attempt } = scene()
  for (let n = 0; n < 100; n += 1) expect(attempt('192.0.2.1', 'bot', 'unclear')).toBe(true)
})

test('what is under way counts once something has failed', () => {
  const { signIns, fails } = scene()
  const stranger = { address: '192.0.2.1', name: 'bot' }
  const pool = Array.from({ length: 100 }, () => signIns.attempt(stranger))
  expect(pool.filter(one => one.let)).toHaveLength(64)
  for (const one of pool) if (one.let) one.ended('known')
  expect(fails('192.0.2.1', 'bot')).toBe(true)
  expect(Array.from({ length: 100 }, () => signIns.attempt(stranger)).filter(one => one.let)).toHaveLength(9)
})

test.each([
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff:1:2:3', true],
  ['2001:db8::1', '2001:db8:0:0:5:6:7:8', true],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ['::ffff:192.0.2.1', '192.0.2.1', true],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.2', false],
  ['fe80::1%eth0', 'fe80::2', true],
])('%s and %s are one network: %s', (one, other, same) => {
  const { fails } = scene()
  for (let n = 0; n < 10; n += 1) fails(one, 'bot')
  expect(fails(other, 'bot')).toBe(!same)
})

test('a hundred thousand names and addresses take no more room, and let no more through', () => {
  const { signIns, fails, comesIn, pass } = scene()
  const size = () => (signIns as unknown as { lines: ReadonlyMap<string, unknown> }).lines.size
  let through = 0
  for (let n = 0; n < 100_000; n += 1)
    if (fails(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, `n${n}`)) through += 1
  expect(size()).toBeLessThanOrEqual(10_000)
  expect(through).toBeLessThan(10_100)
  pass(60_001)
  expect(comesIn('192.0.2.1', 'bot')).toBe(true)
  expect(size()).toBeLessThan(10)
})

test('whatever happens, a minute sees no more failures than a full account and what came back', () => {
  const step = fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.nat(20_000))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const { fails, pass } = scene()
      let now = 0
      const failed: { at: number; name: string }[] = []
      for (const one of steps) {
        if (typeof one === 'number') {
          pass(one)
          now += one
        } else if (fails('192.0.2.1', one)) failed.push({ at: now, name: one })
        for (const name of ['a', 'b', 'c']) {
          expect(failed.filter(it => it.name === name && it.at > now - 60_000).length).toBeLessThanOrEqual(20)
        }
      }
    }),
  )
})
