import { describe, expect, test } from '@jest/globals'
import { frozenStatements } from '../../../src/agents/autogen.js'

const clock = { time: 1_000, now: () => clock.time, monotonic: () => clock.time }
const statement = (sql: string) => ({ sql, params: [], reads: true, rows: 1 })

describe('frozen statements', () => {
  test('are kept until their time, and no longer', () => {
    const frozen = frozenStatements({ clock })
    frozen.put('a', statement('select 1'), clock.time + 10)
    expect(frozen.get('a')?.sql).toBe('select 1')
    clock.time += 10
    expect(frozen.get('a')).toBeUndefined()
    clock.time -= 10
    expect(frozen.get('a')).toBeUndefined()
  })

  test('are dropped when asked', () => {
    const frozen = frozenStatements({ clock })
    frozen.put('a', statement('select 1'), clock.time + 10)
    frozen.drop('a')
    frozen.drop('b')
    expect(frozen.get('a')).toBeUndefined()
  })

  test('make room, the oldest first, by number and by size', () => {
    const few = frozenStatements({ clock, max: 2 })
    for (const name of ['a', 'b', 'c']) few.put(name, statement(name), clock.time + 10)
    expect(['a', 'b', 'c'].map(name => few.get(name)?.sql)).toEqual([undefined, 'b', 'c'])

    const small = frozenStatements({ clock, maxBytes: 5_000 })
    for (const name of ['a', 'b', 'c']) small.put(name, statement(name.repeat(1_000)), clock.time + 10)
    expect(['a', 'b', 'c'].map(name => small.get(name) !== undefined)).toEqual([false, true, true])
    small.put('d', { ...statement('select 1'), params: ['x'.repeat(5_000)] }, clock.time + 10)
    expect(['b', 'c', 'd'].map(name => small.get(name))).toEqual([undefined, undefined, undefined])
  })

  test('put twice count once', () => {
    const frozen = frozenStatements({ clock, maxBytes: 5_000 })
    for (let at = 0; at < 10; at += 1) frozen.put('a', statement('x'.repeat(1_000)), clock.time + 10)
    frozen.put('b', statement('x'.repeat(1_000)), clock.time + 10)
    expect(frozen.get('a')).toBeDefined()
    expect(frozen.get('b')).toBeDefined()
  })

  test('whose time is over make room before others', () => {
    const frozen = frozenStatements({ clock, max: 2 })
    frozen.put('long', statement('a'), clock.time + 1_000)
    frozen.put('short', statement('b'), clock.time + 10)
    clock.time += 10
    frozen.put('new', statement('c'), clock.time + 10)
    expect(frozen.get('long')).toBeDefined()
    expect(frozen.get('new')).toBeDefined()
  })
})
