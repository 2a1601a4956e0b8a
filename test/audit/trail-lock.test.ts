/** Holders that cannot be seen as processes: on another host, in another container, before a reboot. */
import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { acquireLock } from '../../src/audit/trail-lock.js'
import { ids, inDirectory, rejection } from './kit.js'

const FOREIGN = JSON.stringify({ pid: 1, started: '1', host: 'elsewhere' })
const options = { ids, beatMs: 20, patienceMs: 200, onLost: () => undefined }
const locks = (directory: string) => readdirSync(directory).filter(name => name.startsWith('lock.'))

test('a holder elsewhere is dead when its heartbeat has stopped', async () => {
  await inDirectory(async directory => {
    mkdirSync(directory)
    writeFileSync(join(directory, 'lock.00000007'), FOREIGN)
    const lock = await acquireLock(directory, options)
    expect(locks(directory)).toEqual(['lock.00000008'])
    lock.release()
  })
})

test('a holder elsewhere whose heart beats keeps the lock', async () => {
  await inDirectory(async directory => {
    mkdirSync(directory)
    const path = join(directory, 'lock.00000007')
    writeFileSync(path, FOREIGN)
    let beat = 0
    const heart = setInterval(() => utimesSync(path, ++beat, beat), 20)
    try {
      expect(await rejection(acquireLock(directory, options))).toMatchObject({ code: 'CARDEA_TRAIL_LOCKED' })
    } finally {
      clearInterval(heart)
    }
  })
})

test('of many that find the same dead lock, one takes over', async () => {
  await inDirectory(async directory => {
    mkdirSync(directory)
    writeFileSync(join(directory, 'lock.00000007'), FOREIGN)
    const attempts = await Promise.allSettled(
      Array.from({ length: 10 }, () => acquireLock(directory, options)),
    )
    const won = attempts.flatMap(attempt => (attempt.status === 'fulfilled' ? [attempt.value] : []))
    expect(won).toHaveLength(1)
    expect(locks(directory)).toEqual(['lock.00000008'])
    for (const lock of won) lock.release()
  })
})

test('a holder whose lock is taken away is told once, and no longer holds it', async () => {
  await inDirectory(async directory => {
    mkdirSync(directory)
    let lost = 0
    const lock = await acquireLock(directory, { ...options, onLost: () => lost++ })
    for (const name of locks(directory)) rmSync(join(directory, name))
    writeFileSync(join(directory, 'lock.00000002'), FOREIGN)
    const deadline = performance.now() + 5_000
    while (lost === 0 && performance.now() < deadline) await pause(5)
    lock.release()
    expect(lost).toBe(1)
    expect(locks(directory)).toEqual(['lock.00000002'])
  })
})

test('a released lock is free at once', async () => {
  await inDirectory(async directory => {
    mkdirSync(directory)
    for (let round = 1; round <= 3; round++) {
      const lock = await acquireLock(directory, options)
      expect(locks(directory)).toEqual([`lock.0000000${round}`])
      lock.release()
    }
  })
})
