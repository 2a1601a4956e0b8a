/** Rows between the server and the client: none is lost, whenever anybody hears that there are many. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { RowPipe } from '../../../../src/enforcement/postgres/session/row-pipe.js'
import { dataRow } from '../rows/frames.js'

const HELD = 1_000
const ROW = dataRow([Buffer.alloc(300, 'x')])

function openPipe() {
  const told = { large: 0, paused: false, cancelled: false }
  const portal = { told: undefined, statement: {} } as never
  const pipe = new RowPipe({
    portal,
    cancel: () => {
      told.cancelled = true
    },
    pause: () => {
      told.paused = true
    },
    resume: () => {
      told.paused = false
    },
  })
  pipe.hold(HELD, () => {
    told.large += 1
  })
  pipe.columns = [{ name: 'v', table: 0, number: 0, type: 25, size: -1, modifier: -1, format: 0 }]
  const arrive = (rows: number): void => {
    for (let row = 0; row < rows; row++) pipe.addRows(ROW, 0, ROW.length, 1)
    pipe.arrived()
  }
  return { pipe, told, arrive }
}

const answered = Promise.resolve()

async function rest(batches: AsyncIterator<unknown>): Promise<number> {
  let rows = 0
  for (let next = await batches.next(); next.done !== true; next = await batches.next()) {
    rows += (next.value as { readonly length: number }).length
  }
  return rows
}

describe('rows that are passed on', () => {
  test('are all there where the end comes before anybody heard that there are many', () => {
    const { pipe, told, arrive } = openPipe()
    arrive(10)
    arrive(4_000)
    expect(told.paused).toBe(true)
    pipe.end()
    expect(pipe.takeAll().length).toBe(4_010)
    // The server has more to say: what the next statement is answered.
    expect(told.paused).toBe(false)
  })

  test('are all there however they arrive and whenever they are read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 8 }),
        async (before, after) => {
          const { pipe, arrive } = openPipe()
          for (const rows of before) arrive(rows)
          const reading = rest(pipe.batches(answered))
          for (const rows of after) {
            arrive(rows)
            await Promise.resolve()
          }
          pipe.end()
          expect(await reading).toBe([...before, ...after].reduce((sum, rows) => sum + rows, 0))
        },
      ),
    )
  })

  test('are told to be many once, and the server waits where nobody reads them', async () => {
    const { pipe, told, arrive } = openPipe()
    arrive(1)
    await Promise.resolve()
    expect(told).toMatchObject({ large: 0, paused: false })
    arrive(4_000)
    expect(told).toMatchObject({ large: 1, paused: true })
    const batches = pipe.batches(answered)
    let read = 0
    while (told.paused) read += (await batches.next()).value?.length ?? Number.NaN
    expect(read * ROW.length).toBeGreaterThan(600_000)
    pipe.end()
    expect(read + (await rest(batches))).toBe(4_001)
  })

  test('are many batches where many have come at once', async () => {
    const { pipe, arrive } = openPipe()
    arrive(1_000)
    const batches = pipe.batches(answered)
    arrive(300)
    arrive(1)
    pipe.end()
    const lengths: number[] = []
    for (let next = await batches.next(); next.done !== true; next = await batches.next()) {
      lengths.push((next.value as { readonly length: number }).length)
    }
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(1_301)
    expect(lengths.at(-1)).toBe(1)
    expect(Math.max(...lengths) * ROW.length).toBeLessThan(32_768)
    expect(Math.min(...lengths)).toBeGreaterThan(0)
  })

  test('of which the reader wants no more are thrown away, and the statement is cancelled', async () => {
    const { pipe, told, arrive } = openPipe()
    arrive(4_000)
    await pipe.batches(answered).return?.()
    arrive(4_000)
    expect(told).toMatchObject({ cancelled: true, paused: false })
    pipe.end()
    expect(pipe.count).toBe(8_000)
  })
})
