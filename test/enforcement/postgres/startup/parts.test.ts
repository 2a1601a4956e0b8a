/** What a client may ask for, and how it is read. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { CancelKeys } from '../../../../src/enforcement/postgres/startup/cancel-keys.js'
import { Farewell } from '../../../../src/enforcement/postgres/startup/farewell.js'
import { readFirstPacket } from '../../../../src/enforcement/postgres/startup/first-packet.js'
import { settingsIn } from '../../../../src/enforcement/postgres/startup/options.js'
import { startRequest } from '../../../../src/enforcement/postgres/startup/request.js'
import { SETTINGS, settingAllowed } from '../../../../src/enforcement/postgres/startup/settings.js'
import { Expiry } from '../../../../src/enforcement/wire/expiry.js'

describe('settings', () => {
  test.each([
    ['TimeZone', 'Europe/Vienna'],
    ['DateStyle', 'ISO, MDY'],
    ['client_encoding', "'utf-8'"],
    ['CLIENT_ENCODING', 'UNICODE'],
    ['statement_timeout', '0'],
    ['lock_timeout', '5s'],
    ['default_transaction_isolation', 'repeatable read'],
    ['default_transaction_read_only', 'on'],
    ['search_path', null],
    ['role', null],
  ])('%s = %s', (name, value) => {
    expect(settingAllowed(name, value)).toBe(!['search_path', 'role'].includes(name))
  })

  test.each([
    ['search_path', 'public'],
    ['role', 'admin'],
    ['session_authorization', 'admin'],
    ['row_security', 'off'],
    ['client_encoding', 'SJIS'],
    ['standard_conforming_strings', 'off'],
    ['default_transaction_read_only', 'off'],
    ['session_replication_role', 'replica'],
    ['timezone', "'; drop table x; --"],
    ['toString', 'x'],
    ['__proto__', 'x'],
    ['cardea.session', 'x'],
  ])('%s = %s is judged', (name, value) => {
    expect(settingAllowed(name, value)).toBe(false)
  })

  test('no value that is allowed could end a literal', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(SETTINGS)), fc.string({ maxLength: 20 }), (name, value) => {
        if (name !== 'application_name' && name !== 'client_encoding' && settingAllowed(name, value)) {
          expect(value).not.toMatch(/['"\\;\0]/)
        }
      }),
    )
  })
})

describe('options', () => {
  test.each([
    ['', []],
    ['-c a=b', [['a', 'b']]],
    [
      '-ca=b  --c-d=e=f',
      [
        ['a', 'b'],
        ['c_d', 'e=f'],
      ],
    ],
    ['-c a=one\\ two\\\\', [['a', 'one two\\']]],
    ['\t-c\na=', [['a', '']]],
  ])('%j', (text, expected) => {
    expect(settingsIn(text)).toEqual(expected)
  })

  test.each(['-c', '-c a', 'a=b', '-d 1', '-c =b', '--', '-e', '- c a=b'])('%j is refused', text => {
    expect(settingsIn(text)).toBeNull()
  })

  test('any text is read or refused', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        for (const [name] of settingsIn(text) ?? []) expect(name).not.toBe('')
      }),
    )
  })
})

describe('the start-up packet', () => {
  const asked = (parameters: Readonly<Record<string, string>>, minor = 0) =>
    startRequest({ kind: 'startup', major: 3, minor, parameters: new Map(Object.entries(parameters)) })

  test('random bytes are read or refused; nothing else happens', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.boolean(), (random, start) => {
        const bytes = Buffer.from(random)
        if (start && bytes.length >= 8) bytes.writeUInt32BE(0x3_0000, 4)
        try {
          const packet = readFirstPacket(bytes, 0, bytes.length)
          if (packet.kind === 'startup') startRequest(packet)
        } catch (error) {
          expect(error instanceof RangeError || error instanceof Farewell).toBe(true)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('the database is the user where none is named', () => {
    expect(asked({ user: 'billing' }).database).toBe('billing')
    expect(asked({ user: 'billing', database: '' }).database).toBe('billing')
    expect(asked({ user: 'bot', database: 'billing' }).database).toBe('billing')
  })

  test('options and parameters are one', () => {
    const request = asked({
      user: 'bot',
      options: '-c TimeZone=UTC',
      application_name: 'x',
      replication: 'off',
    })
    expect([...request.settings]).toEqual([
      ['timezone', 'UTC'],
      ['application_name', 'x'],
    ])
    expect(request.agent).toEqual({ id: 'bot', framework: 'x' })
    expect(asked({ user: 'bot', 'cardea.session': 'a' }).conversation).toBe('a')
    expect(() => asked({ user: 'bot', options: '-c cardea.other=1' })).toThrow('cardea.other is not offered')
    expect(() => asked({ user: 'bot', replication: 'database' })).toThrow('Replication')
    expect(() => asked({})).toThrow('user name')
  })

  test('no value is repeated in a refusal', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 8 }), (name, secret) => {
        try {
          asked({ user: 'bot', [name]: secret })
        } catch (error) {
          if (!name.includes(secret)) expect((error as Error).message).not.toContain(secret)
        }
      }),
    )
  })

  test.each([
    [0, undefined],
    [2, undefined],
    [3, { minor: 2, options: [] }],
  ])('protocol 3.%d', (minor, negotiate) => {
    expect(asked({ user: 'bot' }, minor).negotiate).toEqual(negotiate)
  })
})

describe('cancel keys', () => {
  test('only the very key cancels, and only while it is there', () => {
    const keys = new CancelKeys()
    const told: string[] = []
    const one = keys.add(7, 4, () => told.push('one'))
    const two = keys.add(7, 32, () => told.push('two'))
    expect(two.secret).toHaveLength(32)
    expect(keys.cancel({ pid: 8, secret: one.secret })).toBe(false)
    expect(keys.cancel({ pid: 7, secret: Buffer.concat([one.secret, Buffer.alloc(1)]) })).toBe(false)
    expect(keys.cancel(one)).toBe(true)
    one.forget()
    expect(keys.cancel(one)).toBe(false)
    expect(keys.cancel(two)).toBe(true)
    expect(told).toEqual(['one', 'two'])
  })

  const family = Buffer.alloc(32, 7)
  const pids = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })

  test('a process knows the keys of another, and not one that was changed in any way', () => {
    fc.assert(
      fc.property(pids, fc.nat(31), fc.integer({ min: 1, max: 255 }), pids, (pid, at, change, other) => {
        const here = new CancelKeys(family)
        const { secret } = new CancelKeys(family).add(pid, 32, () => {})
        expect(here.isOurs({ pid, secret })).toBe(true)
        expect(here.cancel({ pid, secret })).toBe(false)
        const changed = Buffer.from(secret)
        changed[at] = (secret[at] ?? 0) ^ change
        expect(here.isOurs({ pid, secret: changed })).toBe(false)
        if (other !== pid) expect(here.isOurs({ pid: other, secret })).toBe(false)
        expect(new CancelKeys().isOurs({ pid, secret })).toBe(false)
        expect(here.isOurs({ pid, secret: secret.subarray(1) })).toBe(false)
      }),
    )
  })

  test('of short keys that are forged next to none pass for one of ours', () => {
    const keys = new CancelKeys(family)
    expect(keys.isOurs(new CancelKeys(family).add(7, 4, () => {}))).toBe(true)
    // A known sequence, so that the test is the same each time.
    const forged = Array.from({ length: 20_000 }, (_, n) => Buffer.from([n >> 16, n >> 8, n, (n * 31) & 255]))
    const passed = forged.filter(secret => keys.isOurs({ pid: 7, secret })).length
    expect(passed).toBeGreaterThan(0)
    expect(passed).toBeLessThan(20_000 / 128)
  })

  test('who has had a server process before does not know the key of who has it after', () => {
    const keys = new CancelKeys(family)
    const secrets = Array.from({ length: 100 }, () => keys.add(7, 4, () => {}).secret.toString('hex'))
    expect(new Set(secrets).size).toBeGreaterThan(95)
  })
})

test('an expiry further away than a timer reaches does not come at once', async () => {
  const expiry = new Expiry({ now: () => 0, monotonic: () => 0 })
  let over = 0
  expiry.at(2 ** 40, () => over++)
  expiry.at(undefined, () => over++)
  await new Promise(resolve => setTimeout(resolve, 20))
  expect(over).toBe(0)
  expiry.stop()
})
