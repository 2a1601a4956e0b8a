import { describe, expect, test } from '@jest/globals'
import { Vigil } from '../../../src/enforcement/wire/vigil.js'

/** An event loop that turns when it is told to. */
function loop() {
  let waiting: (() => void)[] = []
  const vigil = new Vigil(turn => waiting.push(turn))
  return {
    vigil,
    /** Turns until nothing wants another turn. @returns how often. */
    run: (most = 100_000): number => {
      let turns = 0
      while (waiting.length > 0 && turns < most) {
        const now = waiting
        waiting = []
        for (const turn of now) turn()
        turns += 1
      }
      return turns
    },
    get pending() {
      return waiting.length
    },
  }
}

describe('a vigil', () => {
  test('turns the loop for a while, and lets it sleep then', () => {
    const { vigil, run } = loop()
    expect(vigil.begin('server')).toBe(true)
    expect(run()).toBeGreaterThan(100)
    expect(run()).toBe(0)
  })

  test('is kept once, however many wait', () => {
    const each = loop()
    for (let session = 0; session < 100; session++) each.vigil.begin(session % 2 === 0 ? 'client' : 'server')
    expect(each.pending).toBe(1)
    expect(each.run()).toBeLessThan(1_000)
  })

  test('goes on while waits that end in time follow each other', () => {
    const { vigil, run } = loop()
    for (let statement = 0; statement < 1_000; statement++) {
      expect(vigil.begin('server')).toBe(true)
      run(100)
      vigil.end('server')
      expect(vigil.begin('client')).toBe(true)
      run(100)
      vigil.end('client')
    }
  })

  test('is kept for one of sixteen where each wait is long, and for all as soon as one is not', () => {
    const { vigil, run } = loop()
    const kept = (waits: number): number => {
      let count = 0
      for (let wait = 0; wait < waits; wait++) {
        if (vigil.begin('client')) count += 1
        run()
        // Too late: the loop has stopped turning.
        vigil.end('client')
      }
      return count
    }
    kept(100)
    expect(kept(160)).toBe(10)
    while (!vigil.begin('client'));
    run(10)
    vigil.end('client')
    expect(vigil.begin('client')).toBe(true)
  })

  test('does not take a slow client for a slow server', () => {
    const { vigil, run } = loop()
    for (let statement = 0; statement < 100; statement++) {
      expect(vigil.begin('server')).toBe(true)
      run(100)
      vigil.end('server')
      vigil.begin('client')
      run()
      vigil.end('client')
    }
  })
})
