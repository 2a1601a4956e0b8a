/** A picture of a shared table: never older than it says, also when readings overlap with changes. */
import { expect, test } from '@jest/globals'
import { snapshot } from '../../../src/identity/snapshot.js'

/** A source whose readings the test answers one by one. */
function source() {
  const time = { wall: 0, monotonic: 0 }
  const readings: { give(value: string): void; fail(): void }[] = []
  const picture = snapshot<string>({
    load: () =>
      new Promise((resolve, reject) => {
        readings.push({ give: resolve, fail: () => reject(new Error('away')) })
      }),
    clock: { now: () => time.wall, monotonic: () => time.monotonic },
    refreshMs: 10,
    maxAgeMs: 50,
    timeoutMs: 30_000,
  })
  const reading = (at: number) => readings[at] ?? { give: () => {}, fail: () => {} }
  return { time, readings, reading, picture }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}

test('many who ask at once share one reading', async () => {
  const { readings, reading, picture } = source()
  const asked = [picture.current(), picture.current(), picture.current()]
  reading(0).give('a')
  expect(await Promise.all(asked)).toEqual(['a', 'a', 'a'])
  expect([picture.current(), readings.length]).toEqual(['a', 1])
})

test('its age counts from the beginning of its reading', async () => {
  const { time, reading, picture } = source()
  const first = picture.current()
  time.monotonic = 9
  reading(0).give('a')
  expect(await first).toBe('a')
  expect(picture.current()).toBe('a')
  time.monotonic = 10
  expect(picture.current()).toBeInstanceOf(Promise)
})

test('a machine that slept, or whose clock was set, asks again', async () => {
  const { time, reading, picture } = source()
  const first = picture.current()
  reading(0).give('a')
  await first
  time.wall = 10
  expect(picture.current()).toBeInstanceOf(Promise)
  // Set back, the monotonic clock still counts.
  time.wall = -1_000_000
  expect(picture.current()).toBe('a')
  time.monotonic = 10
  expect(picture.current()).toBeInstanceOf(Promise)
})

test('while the source is away the last picture counts, for a time', async () => {
  const { time, readings, reading, picture } = source()
  const first = picture.current()
  reading(0).give('a')
  await first
  time.monotonic = 20
  const second = picture.current()
  reading(1).fail()
  expect(await second).toBe('a')
  // The next interval is not for everybody to wait in.
  expect([picture.current(), readings.length]).toEqual(['a', 2])
  time.monotonic = 50
  const third = picture.current()
  reading(2).fail()
  await expect(Promise.resolve(third)).rejects.toThrow('away')
})

test('what was changed is not answered from a reading that began before', async () => {
  const { reading, picture } = source()
  const before = picture.current()
  const renewed = picture.renew()
  reading(0).give('old')
  expect(await before).toBe('old')
  await settle()
  reading(1).give('new')
  expect(await renewed).toBe('new')
})

test('what was forgotten does not come back with a late reading', async () => {
  const { readings, reading, picture } = source()
  const before = picture.current()
  picture.forget()
  const after = picture.current()
  expect(readings).toHaveLength(2)
  reading(0).give('old')
  expect(await before).toBe('old')
  const asked = picture.current()
  reading(1).give('new')
  expect([await after, await asked, picture.current()]).toEqual(['new', 'new', 'new'])
})

test('a late reading neither ends a newer one nor counts for it', async () => {
  const { reading, picture } = source()
  const before = picture.current()
  picture.forget()
  const after = picture.current()
  reading(1).give('new')
  expect(await after).toBe('new')
  reading(0).give('old')
  await before
  expect(picture.current()).toBe('new')
})

test('a source that hangs is given up', async () => {
  const picture = snapshot<string>({
    load: () => new Promise(() => {}),
    clock: { now: () => 0, monotonic: () => 0 },
    refreshMs: 10,
    maxAgeMs: 50,
    timeoutMs: 5,
  })
  await expect(Promise.resolve(picture.current())).rejects.toThrow('in time')
})
